"""Linear probes: what the head reads, and how positions are brought to another size."""

import math

import pytest
import torch
from torch import Tensor

from evaluation.models.study.linear_probe import LinearProbe, dino_state, dino_vit, dinov2


@pytest.fixture(scope="module")
def small() -> LinearProbe:
    torch.manual_seed(0)
    return dinov2("dinov2_vits14_reg_lc").eval()


def read_by_the_head(net: LinearProbe, images: Tensor) -> Tensor:
    seen: list[Tensor] = []
    handle = net.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        net(images)
    handle.remove()
    return seen[0]


def test_dino_reads_what_timm_gives_of_the_last_blocks() -> None:
    torch.manual_seed(0)
    images = torch.rand(1, 3, 224, 224)
    net = dino_vit("vit_small").eval()
    with torch.no_grad():
        layers = net.backbone.get_intermediate_layers(images, n=4, return_prefix_tokens=True, norm=True)
    expected = torch.cat([prefix[:, 0] for _, prefix in layers], dim=1)
    assert torch.allclose(read_by_the_head(net, images), expected, atol=1e-5)


def test_the_larger_dino_reads_class_and_mean_patch_element_by_element() -> None:
    torch.manual_seed(0)
    images = torch.rand(1, 3, 224, 224)
    # Of the small one, for speed; the order is what differs.
    net = LinearProbe(dino_vit("vit_small").backbone, "class-and-mean-interleaved").eval()
    with torch.no_grad():
        ((patches, prefix),) = net.backbone.get_intermediate_layers(images, n=1, return_prefix_tokens=True, norm=True)
    found = read_by_the_head(net, images)
    assert torch.allclose(found[:, 0::2], prefix[:, 0], atol=1e-5)
    assert torch.allclose(found[:, 1::2], patches.mean(dim=1), atol=1e-5)
    assert dino_vit("vit_base").head.in_features == 2 * 768


def test_dinov2_reads_four_class_tokens_and_the_mean_patch_of_the_last(small: LinearProbe) -> None:
    images = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    found = read_by_the_head(small, images)
    assert found.shape == (1, 5 * 384)
    assert small.head.in_features == 5 * 384
    with torch.no_grad():
        tokens = small._last_blocks(images)
    # One class token, four registers that are not read, sixteen by sixteen patches.
    assert tokens[-1].shape == (1, 1 + 4 + 256, 384)
    assert torch.allclose(found[:, -384:], tokens[-1][:, 5:].mean(dim=1), atol=1e-5)
    assert torch.allclose(found[:, : 4 * 384], torch.cat([each[:, 0] for each in tokens], dim=1), atol=1e-5)


def test_positions_are_brought_to_the_images_size_and_the_class_tokens_stays(small: LinearProbe) -> None:
    with torch.no_grad():
        torch.manual_seed(0)
        # A plane over the grid stays a plane, whatever the interpolation.
        line = torch.linspace(0, 1, 37)
        plane = (line[:, None] + line[None, :]).reshape(1, 37 * 37, 1).expand(-1, -1, 384)
        small.backbone.pos_embed.copy_(torch.cat([torch.full((1, 1, 384), 7.0), plane], dim=1))
        found = small._positions(16)
        assert found.shape == (1, 1 + 256, 384)
        assert torch.all(found[:, 0] == 7)
        inner = found[0, 1:, 0].reshape(16, 16)[2:-2, 2:-2]
        steps = inner.diff(dim=1)
        assert torch.allclose(steps, steps.mean().expand_as(steps), atol=1e-3)
        assert math.isclose(float(inner.mean()), 1.0, abs_tol=1e-3)
        assert torch.equal(small._positions(37), small.backbone.pos_embed)


def test_without_registers_positions_are_off_by_the_tenth_that_the_authors_add(small: LinearProbe) -> None:
    bare = LinearProbe(small.backbone, "classes-and-mean").eval()
    with torch.no_grad():
        line = torch.arange(37.0)
        rows = line[:, None].expand(37, 37).reshape(1, 37 * 37, 1).expand(-1, -1, 384)
        small.backbone.pos_embed.copy_(torch.cat([torch.zeros(1, 1, 384), rows], dim=1))
        found = bare._positions(16)[0, 1:, 0].reshape(16, 16)[:, 0]
    # The distance of neighbours is the inverse of the scale factor that was asked for; of bicubic weights in the mean.
    distance = float(found[14] - found[1]) / 13
    assert math.isclose(distance, 37 / 16.1, rel_tol=2.5e-3)
    assert not math.isclose(distance, 37 / 16, rel_tol=2.5e-3)


def test_tensors_of_both_files_find_their_place() -> None:
    one = torch.ones(1)
    backbone = {"cls_token": one, "mask_token": one, "register_tokens": one}
    found = dino_state(backbone, {"module.linear.weight": one, "bias": one})
    assert set(found) == {"backbone.cls_token", "registers", "head.weight", "head.bias"}
    assert set(dino_state({"cls_token": one}, {})) == {"backbone.cls_token"}


def test_another_name_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"'dinov2_vitg14_lc' is no linear classifier of DINOv2"):
        dinov2("dinov2_vitg14_lc")
