"""Programs of torch.export: the module's own logits, its parameters, what it takes."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from evaluation.errors import ModelRefused
from evaluation.models.exported_program import open_exported
from tests.evaluation.models.programs import exported, images, small_net


@pytest.mark.parametrize(("fixed", "batch"), [(False, None), (True, 2)])
def test_a_program_gives_the_logits_and_gradients_of_the_module(tmp_path: Path, fixed: bool, batch: int | None) -> None:
    net = small_net()
    program = open_exported(exported(net, tmp_path / "a.pt2", fixed=fixed, beside={"std": "[1, 1, 1]"}), device="cpu")
    found = []
    for run in (net, program):
        point = images(5).requires_grad_()
        logits = run(point)
        found.append((logits.detach(), torch.autograd.grad(logits.sum(), point)[0]))
    torch.testing.assert_close(found[0], found[1])
    assert program.facts.parameter_count == sum(each.numel() for each in net.parameters())
    assert program.facts.metadata == {"std": "[1, 1, 1]"}
    assert (program.facts.batch, program.facts.shape) == (batch, (3, 12, 12))


class Two(nn.Module):
    """Takes two inputs."""

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return one + other


def test_more_than_one_input(tmp_path: Path) -> None:
    torch.export.save(torch.export.export(Two(), (images(), images())), tmp_path / "a.pt2")
    with pytest.raises(ModelRefused, match=r"a\.pt2 takes 2 inputs; a classifier takes one batch of images"):
        open_exported(tmp_path / "a.pt2", device="cpu")


def test_sixteen_bits(tmp_path: Path) -> None:
    path = exported(small_net().half(), tmp_path / "a.pt2", example=images().half())
    assert open_exported(path, device="cpu").facts.number == torch.float16


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_file_that_was_cut_off(tmp_path: Path, share: float) -> None:
    data = exported(small_net(), tmp_path / "a.pt2").read_bytes()
    (tmp_path / "a.pt2").write_bytes(data[: int(share * len(data))])
    with pytest.raises(ModelRefused, match=r"should be a torch\.export program and cannot be read"):
        open_exported(tmp_path / "a.pt2", device="cpu")
