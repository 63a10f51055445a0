"""Which output of a model stands for which class: what a file says of it, and what the names of the classes tell."""

import json
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.datasets.class_maps import WNIDS
from evaluation.datasets.layouts import name_list

METADATA_KEY = "label_names"
"""Under which a file that is rewritten keeps the names of its outputs."""

_BY_NAME, _IN_ORDER, _BY_NUMBER = ("class_to_idx",), ("label_names", "classes", "CLASSES"), ("id2label",)
# Where trainers keep what they know beside the weights.
_ROOMS = ("meta", "dataset_meta", "hyper_parameters", "config", "pretrained_cfg")
_MOST_NAMES = 100_000
_LONGEST_NAME = 500
_POSITIONS = {name: position for position, name in enumerate(WNIDS)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Outputs:
    """How the outputs of a model stand for the classes of a benchmark.

    Attributes:
        count: outputs that the model has.
        indices: for each class the output that stands for it; None where output and class have the same number.
        known: whether names say so, and not an order that may be another.
    """

    count: int
    indices: tuple[int, ...] | None = None
    known: bool = False


def names_in(held: object, metadata: Mapping[str, str]) -> tuple[str, ...] | None:
    """The names that a file gives its outputs, in their order; None where it gives none.

    Args:
        held: what torch read, or anything else.
        metadata: of a safetensors file.

    Raises:
        CheckpointRefused: `bad_metadata` where names are there and do not name each output once.
    """
    rooms: list[Mapping[Any, Any]] = [{key: _value(text) for key, text in metadata.items()}]
    if isinstance(held, Mapping):
        rooms += [held, *(held[key] for key in _ROOMS if isinstance(held.get(key), Mapping))]
    for room in rooms:
        # The first that is there counts: a mapping by name leaves the least to guess.
        for key in (*_BY_NAME, *_IN_ORDER, *_BY_NUMBER):
            found = _names(key, room.get(key))
            if found is not None:
                return _checked_names(key, found)
    return None


def outputs_by_name(classes: Sequence[str], names: Sequence[str], *, holder: str = "checkpoint") -> Outputs:
    """Find each class of a benchmark among the names of a model's outputs.

    Args:
        classes: in the order of the labels.
        names: in the order of the outputs.
        holder: what gives the names, for the message.

    Raises:
        CheckpointRefused: `class_names_mismatch`, with the names that do not fit.
    """
    position = {_one_spelling(name): number for number, name in enumerate(names)}
    lacking = [name for name in classes if _one_spelling(name) not in position]
    wanted = {_one_spelling(name) for name in classes}
    surplus = [name for name in names if _one_spelling(name) not in wanted]
    # Some classes of ImageNet are a benchmark of their own for a model that knows all of them.
    if lacking or (surplus and not are_wnids(classes)):
        faults = [f"has no output named {name_list(lacking)}"] if lacking else []
        faults += [f"has outputs that the benchmark has no class for: {name_list(surplus)}"] if surplus else []
        raise CheckpointRefused(
            Reason.CLASS_NAMES_MISMATCH,
            f"The {holder} names its {len(names)} outputs, the benchmark has {len(classes)} classes, and the "
            f"{holder} {' and '.join(faults)}.",
        )
    return Outputs(count=len(names), indices=tuple(position[_one_spelling(name)] for name in classes), known=True)


def outputs_of_imagenet(classes: Sequence[str]) -> Outputs:
    """The outputs of a model of ImageNet's 1,000 classes that stand for classes named by their WordNet identifiers."""
    return Outputs(count=len(WNIDS), indices=tuple(_POSITIONS[name] for name in classes), known=True)


def are_wnids(classes: Sequence[str]) -> bool:
    """Whether all classes are named by the WordNet identifiers of ImageNet's 1,000.

    >>> are_wnids(["n01440764", "n02102040"]), are_wnids(["n01440764", "tench"]), are_wnids([])
    (True, False, False)
    """
    return bool(classes) and all(name in _POSITIONS for name in classes)


def _names(key: str, value: object) -> list[str] | None:
    """The names that an entry gives; None where it is something else that happens to be called so."""
    if key in _IN_ORDER:
        whole = isinstance(value, list | tuple) and value and all(_is_name(each) for each in value)
        return [str(each) for each in value] if whole else None  # type: ignore[attr-defined]
    if not isinstance(value, Mapping) or not value:
        return None
    by_number = {str(number): name for number, name in value.items()}
    if key in _BY_NAME:
        by_number = {str(number): name for name, number in value.items()}
    numbers = [str(number) for number in range(len(value))]
    # A number that lacks would shift all outputs behind it, which nobody would see in the accuracy alone.
    if set(by_number) != set(numbers) or not all(map(_is_name, by_number.values())):
        raise CheckpointRefused(
            Reason.BAD_METADATA, f"The file's {key} does not give each output from 0 to {len(value) - 1} one name."
        )
    return [str(by_number[number]) for number in numbers]


def _checked_names(key: str, names: list[str]) -> tuple[str, ...]:
    if len(names) > _MOST_NAMES or any(len(name) > _LONGEST_NAME for name in names):
        raise CheckpointRefused(
            Reason.BAD_METADATA,
            f"The file's {key} holds {len(names)} names; at most {_MOST_NAMES} of at most {_LONGEST_NAME} characters "
            "are read.",
        )
    spelt = Counter(_one_spelling(name) for name in names)
    if len(spelt) != len(names):
        twice = spelt.most_common(1)[0][0]
        raise CheckpointRefused(Reason.BAD_METADATA, f"The file's {key} gives two outputs one name: {twice[:80]!r}.")
    return tuple(names)


def _is_name(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _one_spelling(name: str) -> str:
    """In one spelling: some systems write é as one character and some as two."""
    return unicodedata.normalize("NFC", name)


def _value(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
