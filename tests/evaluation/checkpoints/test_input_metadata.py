"""What a checkpoint says of its inputs reaches the measurement, and nothing else that it says does."""

import pytest

from evaluation.checkpoints.input_metadata import input_entries
from evaluation.checkpoints.refusal import CheckpointRefused, Reason

SOUND = {
    "input_size": "[3, 64, 64]",
    "mean": "[0.5, 0.5, 0.5]",
    "std": "[0.25, 0.25, 0.25]",
    "interpolation": "bicubic",
    "crop_pct": "0.95",
    "crop_mode": "center",
}


def test_sound_entries_are_kept_as_they_are() -> None:
    assert input_entries(SOUND) == SOUND


def test_everything_else_is_dropped() -> None:
    assert input_entries({"author": "<script>", "format": "pt", "crop_pct": "1.0"}) == {"crop_pct": "1.0"}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("input_size", "[3, 100000, 100000]"),
        ("input_size", "[1, 64, 64]"),
        ("input_size", "[3, 64]"),
        ("input_size", "[3, 64, true]"),
        ("input_size", "64"),
        ("input_size", "not JSON"),
        ("mean", "[0.5, 0.5, NaN]"),
        ("mean", "[0.5]"),
        ("std", "[0, 0, 0]"),
        ("crop_pct", "0"),
        ("crop_pct", "true"),
        ("crop_pct", "1e999"),
        ("interpolation", "fastest"),
        ("crop_mode", "[]"),
    ],
)
def test_what_a_name_does_not_stand_for_is_refused_with_the_rule(key: str, text: str) -> None:
    with pytest.raises(CheckpointRefused, match=f"{key} .* it must be") as caught:
        input_entries({key: text})
    assert caught.value.reason is Reason.BAD_METADATA
    assert caught.value.reason.hint
