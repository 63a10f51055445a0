"""What a safetensors file says of the inputs that its model was trained on; kept only where it is sound."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from evaluation.checkpoints.refusal import CheckpointRefused, Reason

LEAST_SIDE, MOST_SIDE = 16, 1024
_CHANNELS = 3


def input_entries(metadata: Mapping[str, str]) -> dict[str, str]:
    """The entries that say how pictures become inputs, under timm's names; all others are dropped.

    Raises:
        CheckpointRefused: one of them is not what its name stands for.
    """
    found = {key: metadata[key] for key in _RULES if key in metadata}
    for key, text in found.items():
        rule, holds = _RULES[key]
        if not holds(_value(text)):
            raise CheckpointRefused(Reason.BAD_METADATA, f"The metadata say {key} {text[:80]!r}; it must be {rule}.")
    return found


def input_settings(metadata: Mapping[str, str]) -> dict[str, Any]:
    """The entries that `input_entries` has passed as values, under timm's names."""
    found = {key: _value(text) for key, text in metadata.items()}
    if "input_size" in found:
        found["input_size"] = tuple(found["input_size"])
    return found


def _value(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except ValueError:
        return text
    except RecursionError:
        return None  # nested so deeply that it stands for nothing; no rule holds for it


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    whole = isinstance(value, list) and len(value) == _CHANNELS and all(type(each) is int for each in value)
    return whole and value[0] == _CHANNELS and all(LEAST_SIDE <= side <= MOST_SIDE for side in value[1:])


def _within(low: float, high: float) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:  # noqa: ANN401 - any JSON value
        many = isinstance(value, list) and len(value) == _CHANNELS
        return many and all(_is_number(each) and low <= each <= high for each in value)

    return holds


_RULES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "input_size": (f"[3, height, width] with sides from {LEAST_SIDE} to {MOST_SIDE}", _is_size),
    "mean": ("three numbers from 0 to 1", _within(0.0, 1.0)),
    "std": ("three numbers from .001 to 1", _within(0.001, 1.0)),
    "interpolation": (
        "bilinear, bicubic, nearest or lanczos",
        lambda value: value in ("bilinear", "bicubic", "nearest", "lanczos"),
    ),
    "crop_pct": ("a number from .1 to 2", lambda value: _is_number(value) and 0.1 <= value <= 2.0),
    "crop_mode": ("center, squash or border", lambda value: value in ("center", "squash", "border")),
}
