"""Weights of Vision Transformers tell their size of image, through both doors, behind prefixes, without metadata."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors import safe_open

from evaluation.checkpoints.checker import Checker
from evaluation.checkpoints.input_size import side_of_images
from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.models.loading import load

VIT = "test_vit"


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker() as running:
        yield running


@pytest.mark.parametrize(("size", "prefix"), [(64, ""), (96, "module."), (160, "")])
def test_both_doors_measure_it_at_its_own_size(checker: Checker, tmp_path: Path, size: int, prefix: str) -> None:
    net = timm.create_model(VIT, num_classes=4, img_size=size)
    file, written = tmp_path / "vit.pt", tmp_path / "vit.safetensors"
    torch.save({"model": {f"{prefix}{name}": each for name, each in net.state_dict().items()}}, file)
    checker.check(file, written, architecture=VIT, class_count=4)
    images = torch.rand(2, 3, size, size)
    for path in (file, written):
        model = load(VIT, class_count=4, weights=path)
        assert f"input_size=(3, {size}, {size})" in model.preparation.key
        with torch.no_grad():
            assert torch.equal(model.net(images), net.eval()(images))
    with safe_open(written, "pt") as kept:
        own = timm.create_model(VIT, num_classes=4).state_dict()["pos_embed"].shape
        told = kept.metadata().get("input_size")
        assert told == (None if net.state_dict()["pos_embed"].shape == own else f"[3, {size}, {size}]")


def test_a_grid_that_is_no_square_must_be_stated(checker: Checker, tmp_path: Path) -> None:
    net = timm.create_model(VIT, num_classes=4, img_size=(64, 96))
    torch.save(net.state_dict(), tmp_path / "vit.pt")
    with pytest.raises(CheckpointRefused, match="pos_embed") as refused:
        checker.check(tmp_path / "vit.pt", tmp_path / "w.safetensors", architecture=VIT, class_count=4)
    assert refused.value.reason is Reason.SHAPE_MISMATCH


def test_the_smallest_and_the_largest_side_that_is_believed() -> None:
    net = timm.create_model(VIT, num_classes=4)
    _, positions, width = net.state_dict()["pos_embed"].shape
    patches: Any = net.patch_embed
    patch, (rows, columns) = int(patches.patch_size[0]), patches.grid_size
    tokens = positions - rows * columns

    def found(side: int) -> int | None:
        grid = torch.empty((1, (side // patch) ** 2 + tokens, width), device="meta")
        return side_of_images({"pos_embed": grid}, net)

    assert [found(side) for side in (0, 16, 1024, 1024 + patch)] == [None, 16, 1024, None]


def test_weights_that_do_not_tell() -> None:
    net = timm.create_model(VIT, num_classes=4)
    own = net.state_dict()["pos_embed"]
    width = own.shape[2]
    for shape in ((1, 3, width), (1, 5, width + 1), (5, width), (1, 10**9, width)):
        assert side_of_images({"pos_embed": torch.empty(shape, device="meta")}, net) is None
    two = {"a.pos_embed": torch.empty(1, 5, width), "b.pos_embed": torch.empty(1, 10, width)}
    assert side_of_images(two, net) is None
    assert side_of_images({"pos_embed": own}, timm.create_model("test_resnet", num_classes=4)) is None


def test_swin_is_taken_with_the_buffers_that_older_versions_saved(checker: Checker, tmp_path: Path) -> None:
    """Its masks and indices are computed anew; a file that holds them is no other model."""
    name = "swin_tiny_patch4_window7_224"
    net = timm.create_model(name, num_classes=4).half()
    state = net.state_dict()
    buffers = {each: buffer for each, buffer in net.named_buffers() if each not in state}
    assert {each.rpartition(".")[2] for each in buffers} == {"relative_position_index", "attn_mask"}
    file, written = tmp_path / "swin.pt", tmp_path / "swin.safetensors"
    torch.save({**state, **buffers}, file)
    checker.check(file, written, architecture=name, class_count=4)
    with safe_open(written, "pt") as kept:
        assert set(kept.keys()) == set(state)
    model = load(name, class_count=4, weights=file)
    assert torch.equal(model.net.state_dict()["head.fc.weight"], state["head.fc.weight"].float())
