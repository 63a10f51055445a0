"""TorchScript programs: the module's own logits, its parameters, its metadata."""

import zipfile
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from evaluation.errors import ModelRefused
from evaluation.models.torchscript_program import open_torchscript
from tests.evaluation.models.programs import images, scripted, small_net


@pytest.mark.parametrize("frozen", [False, True])
def test_a_program_gives_the_logits_and_gradients_of_the_module(tmp_path: Path, frozen: bool) -> None:
    net = small_net()
    program = open_torchscript(
        scripted(net, tmp_path / "a.pt", frozen=frozen, beside={"mean": "[0, 0, 0]"}), device="cpu"
    )
    found = []
    for run in (net, program):
        point = images().requires_grad_()
        logits = run(point)
        found.append((logits.detach(), torch.autograd.grad(logits.sum(), point)[0]))
    torch.testing.assert_close(found[0], found[1])
    assert program.facts.parameter_count == sum(each.numel() for each in net.parameters())
    assert program.facts.metadata == {"mean": "[0, 0, 0]"}
    assert (program.facts.batch, program.facts.shape, program.facts.number) == (None, (None,) * 3, torch.float32)
    assert ("frozen" in "".join(program.facts.notes)) == frozen


def test_a_program_that_was_saved_in_training_mode_is_put_into_eval_mode(tmp_path: Path) -> None:
    net = nn.Sequential(small_net(), nn.Dropout(0.9)).train()
    program = open_torchscript(scripted(net, tmp_path / "a.pt"), device="cpu")
    torch.testing.assert_close(program(images()), net.eval()(images()))


def test_the_precision_is_that_of_the_weights(tmp_path: Path) -> None:
    program = open_torchscript(scripted(small_net().half(), tmp_path / "a.pt"), device="cpu")
    assert program.facts.number == torch.float16
    assert program(images()).dtype == torch.float32


class Bare(nn.Module):
    """Neither parameters nor constants."""

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs.mean(dim=(2, 3))


def test_a_program_without_weights_counts_none(tmp_path: Path) -> None:
    assert open_torchscript(scripted(Bare().eval(), tmp_path / "a.pt"), device="cpu").facts.parameter_count == 0


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_file_that_was_cut_off(tmp_path: Path, share: float) -> None:
    data = scripted(small_net(), tmp_path / "a.pt").read_bytes()
    (tmp_path / "a.pt").write_bytes(data[: int(share * len(data))])
    with pytest.raises(ModelRefused, match="should be a TorchScript program and cannot be read"):
        open_torchscript(tmp_path / "a.pt", device="cpu")


def test_a_file_whose_bytes_changed(tmp_path: Path) -> None:
    path = scripted(small_net(), tmp_path / "a.pt")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.file_size)
    # Behind its header, which is shorter than 200 bytes.
    data[largest.header_offset + 200 + largest.file_size // 2] ^= 255
    path.write_bytes(data)
    with pytest.raises(ModelRefused, match="fails its checksum"):
        open_torchscript(tmp_path / "a.pt", device="cpu")
