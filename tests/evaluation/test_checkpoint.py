import hashlib
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from evaluation.checkpoint import read_checkpoint
from evaluation.faults import CheckpointRefused

TENSORS = {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.zeros(2)}


def test_safetensors_with_what_they_say_of_their_inputs(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    told = {"input_size": [3, 64, 64], "mean": [0.5, 0.5, 0.5], "interpolation": "bilinear", "crop_pct": 1.0}
    save_file(TENSORS, path, metadata={**{key: words(value) for key, value in told.items()}, "more": "words"})
    found = read_checkpoint(path)
    assert found.name == "mine"
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert torch.equal(found.tensors["weight"], TENSORS["weight"])
    assert found.preparation == {**told, "input_size": (3, 64, 64)}


def words(value: object) -> str:
    """A value as metadata holds it."""
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("size", ["[64, 64]", "64", "large", '["3", "64", "64"]'])
def test_an_unusable_input_size_is_refused(tmp_path: Path, size: str) -> None:
    save_file(TENSORS, tmp_path / "a.safetensors", metadata={"input_size": size})
    with pytest.raises(CheckpointRefused, match=r"a\.safetensors says input_size .*; write \[channels,"):
        read_checkpoint(tmp_path / "a.safetensors")


@pytest.mark.parametrize("wrap", [dict, *({"key": key} for key in ("state_dict", "model_state_dict", "model"))])
def test_torch_files_bare_and_wrapped_whatever_they_are_called(tmp_path: Path, wrap: Any) -> None:  # noqa: ANN401
    path = tmp_path / "mine.bin"
    torch.save(TENSORS if wrap is dict else {wrap["key"]: TENSORS, "epoch": 3}, path)
    found = read_checkpoint(path)
    assert found.tensors.keys() == TENSORS.keys()
    assert found.preparation == {}


def test_the_prefix_of_parallel_training_is_taken_off(tmp_path: Path) -> None:
    torch.save({f"module.{key}": tensor for key, tensor in TENSORS.items()}, tmp_path / "a.pt")
    assert read_checkpoint(tmp_path / "a.pt").tensors.keys() == TENSORS.keys()


class Trap:
    """Would make a file if it were ever unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.canary,)


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    torch.save({"weight": Trap(canary)}, tmp_path / "trap.pt")
    with pytest.raises(CheckpointRefused, match="cannot be read as tensors only"):
        read_checkpoint(tmp_path / "trap.pt")
    (tmp_path / "trap.pkl").write_bytes(pickle.dumps(Trap(canary)))
    with pytest.raises(CheckpointRefused, match="neither safetensors nor a zip file"):
        read_checkpoint(tmp_path / "trap.pkl")
    assert not canary.exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04 and then nothing", b"\x00" * 64, json.dumps({}).encode()])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointRefused, match=r"a\.safetensors"):
        read_checkpoint(path)


@pytest.mark.parametrize("held", [{}, {"weight": 3}, [torch.zeros(1)], torch.zeros(2)])
def test_what_is_no_state_dict_is_refused(tmp_path: Path, held: Any) -> None:  # noqa: ANN401
    torch.save(held, tmp_path / "a.pt")
    with pytest.raises(CheckpointRefused, match=r"holds no state dict of tensors by name. Save model.state_dict\(\)"):
        read_checkpoint(tmp_path / "a.pt")


def test_a_whole_model_is_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2), tmp_path / "a.pt")
    with pytest.raises(CheckpointRefused, match="Save the state dict alone, not the whole model"):
        read_checkpoint(tmp_path / "a.pt")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointRefused, match=r"absent\.pt cannot be read: No such file"):
        read_checkpoint(tmp_path / "absent.pt")
    with pytest.raises(CheckpointRefused, match="Name a checkpoint file"):
        read_checkpoint(tmp_path)
