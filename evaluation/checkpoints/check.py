"""Opens a scanned checkpoint and holds it against the architecture that it claims to be. Runs in a child process."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from evaluation.checkpoints.input_metadata import kept
from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.scan import Format

_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PARALLEL_PREFIX = "module."
_WEIGHT_TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_COUNTER_TYPES = (torch.int64, torch.int32)
_SHOWN_KEYS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What a checkpoint is said to be.

    Attributes:
        architecture: a name of the timm library, without tag.
        class_count: classes of the benchmark it is meant for.
    """

    architecture: str
    class_count: int


def check(path: Path, written: Path, form: Format, claim: Claim) -> int:
    """Check a checkpoint and rewrite it as safetensors that can be loaded without a doubt.

    Args:
        path: the scanned file.
        written: where the rewritten one goes; it is whole or absent.
        form: what the scan found.
        claim: what it is said to be.

    Returns:
        The number of weights.

    Raises:
        CheckpointRefused: with the code that fits. The order of the checks is such that no data are touched before
            their shapes are known to be those of the architecture.
    """
    reference = _reference(claim)
    state = _tensors(_loaded(path, form))
    _check_names(state, reference, claim)
    _check_shapes(state, reference, claim)
    sound = {name: _sound(name, tensor, reference[name]) for name, tensor in state.items()}
    told = _input_metadata(path, form)
    metadata = {**told, "architecture": claim.architecture, "class_count": str(claim.class_count), "format": "pt"}
    part = written.with_suffix(".part")
    save_file(sound, part, metadata=metadata)
    part.replace(written)
    return sum(tensor.numel() for tensor in sound.values())


def _reference(claim: Claim) -> Mapping[str, torch.Tensor]:
    # An exact name of our list: timm itself would follow prefixes such as "hf-hub:" to other places.
    if claim.architecture not in timm.list_models():
        raise CheckpointRefused(Reason.UNKNOWN_ARCHITECTURE, f"There is no architecture {claim.architecture[:100]!r}.")
    with torch.device("meta"):
        model = timm.create_model(claim.architecture, pretrained=False, num_classes=claim.class_count)
    state: Mapping[str, torch.Tensor] = model.state_dict()
    return state


def _loaded(path: Path, form: Format) -> object:
    try:
        if form is Format.SAFETENSORS:
            return load_file(path)
        # Never mapped into memory: compressed or moved bytes would be taken for weights.
        return torch.load(path, weights_only=True, mmap=False, map_location="cpu")
    except MemoryError:
        raise
    except Exception as error:
        # Readers of damaged files raise whatever their parsers meet; KeyError and struct.error among others.
        if "memory" in str(error).lower():
            raise MemoryError(str(error)) from error
        message = f"The file cannot be read: {type(error).__name__}: {str(error)[:200]}"
        raise CheckpointRefused(Reason.LOAD_FAILED, message) from error


def _input_metadata(path: Path, form: Format) -> dict[str, str]:
    if form is not Format.SAFETENSORS:
        return {}
    with safe_open(path, framework="pt") as file:
        return kept(file.metadata() or {})


def _tensors(loaded: object) -> dict[str, torch.Tensor]:
    for wrapper in _WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
            break
    if not isinstance(loaded, Mapping) or not loaded:
        raise CheckpointRefused(Reason.NOT_A_STATE_DICT, f"The file holds {_kind(loaded)}.")
    odd = next(
        (pair for pair in loaded.items() if not isinstance(pair[0], str) or not isinstance(pair[1], torch.Tensor)), None
    )
    if odd is not None:
        raise CheckpointRefused(Reason.NOT_A_STATE_DICT, f"Under {str(odd[0])[:100]!r} the file holds {_kind(odd[1])}.")
    if all(name.startswith(_PARALLEL_PREFIX) for name in loaded):
        return {name.removeprefix(_PARALLEL_PREFIX): tensor for name, tensor in loaded.items()}
    return dict(loaded)


def _kind(value: object) -> str:
    return "an empty dictionary" if isinstance(value, Mapping) and not value else f"a {type(value).__name__}"


def _check_names(state: Mapping[str, Any], reference: Mapping[str, Any], claim: Claim) -> None:
    absent = [name for name in reference if name not in state]
    surplus = [name for name in state if name not in reference]
    if absent or surplus:
        raise CheckpointRefused(
            Reason.ARCHITECTURE_MISMATCH,
            f"{claim.architecture} has {len(reference)} tensors; {len(absent)} of them are absent{_first(absent)} and "
            f"{len(surplus)} others are there{_first(surplus)}.",
        )


def _first(names: list[str]) -> str:
    return f" ({', '.join(name[:80] for name in names[:_SHOWN_KEYS])})" if names else ""


def _check_shapes(state: Mapping[str, torch.Tensor], reference: Mapping[str, torch.Tensor], claim: Claim) -> None:
    wrong = [name for name, tensor in state.items() if tensor.shape != reference[name].shape]
    if not wrong:
        return
    got, wanted = tuple(state[wrong[0]].shape), tuple(reference[wrong[0]].shape)
    # Where nothing differs but how many rows the last layer has, the classes are others, not the architecture.
    if all(_is_class_axis(state[name], reference[name], claim.class_count) for name in wrong):
        raise CheckpointRefused(
            Reason.CLASS_COUNT_MISMATCH,
            f"The checkpoint has {got[0]} classes and the benchmark {claim.class_count} ({wrong[0]}).",
        )
    raise CheckpointRefused(
        Reason.SHAPE_MISMATCH,
        f"{len(wrong)} tensors have other shapes than in {claim.architecture}, the first being {wrong[0]}: "
        f"{got} in place of {wanted}.",
    )


def _is_class_axis(tensor: torch.Tensor, wanted: torch.Tensor, class_count: int) -> bool:
    if tensor.dim() != wanted.dim() or tensor.dim() == 0:
        return False
    return wanted.shape[0] == class_count and tensor.shape[1:] == wanted.shape[1:]


def _sound(name: str, tensor: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    usable = _WEIGHT_TYPES if wanted.is_floating_point() else _COUNTER_TYPES
    if tensor.layout is not torch.strided or tensor.device.type != "cpu" or tensor.dtype not in usable:
        kind = f"{tensor.layout}, {tensor.dtype}, on {tensor.device.type}"
        raise CheckpointRefused(Reason.UNSUPPORTED_TENSOR, f"{name} is {kind}.")
    cast = tensor.detach().to(wanted.dtype).contiguous()
    wrong = int((~torch.isfinite(cast)).sum()) if cast.is_floating_point() else 0
    if wrong:
        raise CheckpointRefused(Reason.NON_FINITE, f"{name} holds {wrong} values that are no finite numbers.")
    # Tensors may share their memory, which safetensors cannot express.
    return cast.clone()
