"""Reading somebody's checkpoint: safetensors or torch's zip format, tensors only, nothing in it is executed."""

import hashlib
import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from evaluation.faults import CheckpointRefused

_ZIP_MAGIC = b"PK\x03\x04"
_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PREFIX = "module."
_CHUNK = 1 << 20
_PREPARATION_KEYS = ("input_size", "mean", "std", "interpolation", "crop_pct", "crop_mode")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        name: of the file, without its ending.
        digest: sha256 of the file.
        tensors: by name, on the CPU.
        preparation: what the file says about the inputs it was trained on, in timm's words; empty when it is silent.
    """

    name: str
    digest: str
    tensors: Mapping[str, Tensor]
    preparation: dict[str, Any] = field(default_factory=dict)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; the content decides what it is, not the ending.

    Raises:
        CheckpointRefused: there is no such file, or it holds no state dict.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(_ZIP_MAGIC))
            digest = hashlib.sha256(magic)
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise CheckpointRefused(f"{path} cannot be read: {error.strerror}. Name a checkpoint file.") from error
    tensors, metadata = _torch_zip(path) if magic == _ZIP_MAGIC else _safetensors(path)
    return Checkpoint(
        name=path.stem,
        digest=digest.hexdigest(),
        tensors={key.removeprefix(_PREFIX): tensor for key, tensor in tensors.items()},
        preparation=_preparation(path, metadata),
    )


def _safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointRefused(
            f"{path.name} is neither safetensors nor a zip file of torch: {error}. Save the state dict with "
            "safetensors.torch.save_file or torch.save."
        ) from error


def _torch_zip(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        # Handed over opened: given a path, torch would go by its ending.
        with path.open("rb") as file:
            held = torch.load(file, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, ValueError) as error:
        raise CheckpointRefused(
            f"{path.name} cannot be read as tensors only: {str(error).splitlines()[0]}. Save the state dict alone, "
            "not the whole model."
        ) from error
    for wrapper in _WRAPPERS:
        if isinstance(held, dict) and isinstance(held.get(wrapper), dict):
            held = held[wrapper]
            break
    if not isinstance(held, dict) or not held or not all(isinstance(each, Tensor) for each in held.values()):
        raise CheckpointRefused(f"{path.name} holds no state dict of tensors by name. Save model.state_dict().")
    return held, {}


def _preparation(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    """What the metadata says of the inputs, under timm's names; each value is JSON or a bare word."""
    found = {key: _value(metadata[key]) for key in _PREPARATION_KEYS if key in metadata}
    if "input_size" in found:
        size = found["input_size"]
        if not isinstance(size, list) or len(size) != 3 or not all(isinstance(side, int) for side in size):
            raise CheckpointRefused(
                f"{path.name} says input_size {metadata['input_size'][:100]!r}; write [channels, height, width]."
            )
        found["input_size"] = tuple(size)
    return found


def _value(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
