"""What the board holds of the view while Python answers, run by node."""

from collections.abc import Callable
from typing import Any

Played = Callable[[str], Any]


def test_an_answer_confirms_what_was_sent_and_not_what_was_typed_since(played: Played) -> None:
    assert played("store.mjs") == {
        "meanwhile": "resnet",
        "second": {"q": "resnet"},
        "sent": 2,
        "view": {},
        "adopted": 1,
    }


def test_a_benchmark_with_other_dimensions_is_drawn_once_its_values_are_there(played: Played) -> None:
    found = played("benchmark.mjs")
    both = ["accuracy", "shape_bias"]
    assert found["heard"] == [[["accuracy"], ["accuracy"]], [both, both], [None, ["accuracy"]]]
    assert found["from"] == [["same", "one"], ["same", "same"]], "rows know which values they were drawn of"
    assert found["meanwhile"] == 1, "nothing was drawn of values that are not there"
    assert found["failed"] == "failed", "the plain table stands in"
