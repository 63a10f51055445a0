"""Where in a file the weights are: among what trainers keep beside them, and in which of several sets."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from evaluation.checkpoints.refusal import CheckpointRefused, Reason

# As timm's load_checkpoint takes them: the averaged weights before the raw ones; then what other trainers write.
_AVERAGED = ("state_dict_ema", "model_ema", "ema", "ema_state_dict")
_RAW = ("state_dict", "model", "model_state_dict", "net", "model_state")
_LONGEST_NAME = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """One set of weights of a file.

    Attributes:
        key: under which the file holds it; None where the file is the set.
        others: the keys of the further sets.
        tensors: by name.
    """

    key: str | None
    others: tuple[str, ...]
    tensors: dict[str, torch.Tensor]


def select_weights(loaded: object, key: str | None) -> Chosen:
    """Take one set of weights: the one that is asked for, or else the one that timm would load.

    Args:
        loaded: what the file holds.
        key: of the set, where somebody chose.

    Raises:
        CheckpointRefused: `not_a_state_dict`.
    """
    if not isinstance(loaded, Mapping) or not loaded:
        raise CheckpointRefused(Reason.NOT_A_STATE_DICT, f"The file holds {_kind(loaded)}.")
    sets = [each for each in (*_AVERAGED, *_RAW) if _holds_tensors(loaded.get(each))]
    if not sets:
        wrapped = next((each for each in (*_AVERAGED, *_RAW) if isinstance(loaded.get(each), Mapping)), None)
        return Chosen(key=None, others=(), tensors=_tensors(loaded if wrapped is None else loaded[wrapped]))
    taken = key if key in sets else sets[0]
    return Chosen(key=taken, others=tuple(each for each in sets if each != taken), tensors=_tensors(loaded[taken]))


def _holds_tensors(value: object) -> bool:
    return isinstance(value, Mapping) and any(isinstance(each, torch.Tensor) for each in value.values())


def _tensors(held: Mapping[object, object]) -> dict[str, torch.Tensor]:
    if not held:
        raise CheckpointRefused(Reason.NOT_A_STATE_DICT, f"The file holds {_kind(held)}.")
    found: dict[str, torch.Tensor] = {}
    for name, tensor in held.items():
        if not isinstance(name, str) or len(name) > _LONGEST_NAME or not isinstance(tensor, torch.Tensor):
            shown = str(name)[:100] if isinstance(name, str | int) else _kind(name)
            raise CheckpointRefused(Reason.NOT_A_STATE_DICT, f"Under {shown!r} the file holds {_kind(tensor)}.")
        found[name] = tensor
    return found


def _kind(value: object) -> str:
    return "an empty dictionary" if isinstance(value, Mapping) and not value else f"a {type(value).__name__}"
