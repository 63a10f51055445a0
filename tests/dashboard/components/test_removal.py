"""What goes, in words."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.components.removal import evaluation_words, model_words

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]

DELETE = """
from dashboard.components import removal
from wellbehaved import ApiError
def act():
    if REFUSED:
        raise ApiError(status=409, code="evaluation_running", detail="It runs.", next_step=NEXT)
removal.button("Delete", "ev-1", act, key="delete", going=removal.Going("mine", ["ev-1", "ev-2"]))
removal.show_refusal("ev-1")
removal.show_refusal("ev-9")
"""

MODEL = {"name": "My toy", "model_id": "my-toy", "visibility": "public"}


def test_all_evaluations_of_a_model_are_named() -> None:
    words = model_words(MODEL, ["ev-1", "ev-2"])
    assert "visible to everyone" in words
    assert words.endswith("and its evaluations `ev-1` and `ev-2`.")


def test_a_model_that_was_imported_has_no_evaluations_to_go() -> None:
    assert model_words(MODEL, []).endswith("from every ranking, with all its values, on every benchmark.")


def test_an_evaluation_goes_with_its_results_and_its_model_unless_others_measured_that() -> None:
    answer = {"evaluation_id": "ev-1", "name": "My *toy*", "benchmark": "toy-shapes"}
    assert evaluation_words(answer, None) == (
        r"Deletes the evaluation `ev-1` of My \*toy\* on toy-shapes, with its results so far."
    )
    words = evaluation_words(answer, MODEL)
    assert words.endswith("The model My toy (`my-toy`) goes, too, unless something else has measured it.")
    assert "with all that it measured" in words


def test_a_private_model_with_one_evaluation() -> None:
    words = model_words({**MODEL, "visibility": "private"}, ["ev-1"])
    assert "visible only with the access token" in words
    assert words.endswith("and its evaluation `ev-1`.")


def test_what_is_gone_leaves_the_view_and_nothing_else_does(alone: Run, view_of: ViewOf) -> None:
    kept = {"w.accuracy": "2", "architecture": "cnn"}
    page = alone("REFUSED = False" + DELETE, select="mine", models="mine,resnet50", evaluation="ev-2", **kept)
    page.button(key="delete").click().run()
    assert not page.error
    assert view_of(page) == {"models": ("resnet50",), "w.accuracy": 2.0, "architecture": ("cnn",)}


def test_the_evaluation_and_the_selection_of_another_model_stay(alone: Run, view_of: ViewOf) -> None:
    page = alone("REFUSED = False" + DELETE, select="alexnet", models="alexnet,resnet50", evaluation="ev-3")
    before = view_of(page)
    page.button(key="delete").click().run()
    assert view_of(page) == before


def test_a_refusal_is_shown_beside_its_subject_and_changes_nothing(alone: Run, view_of: ViewOf) -> None:
    page = alone("REFUSED, NEXT = True, 'Cancel it first.'" + DELETE, select="mine", evaluation="ev-1")
    before = view_of(page)
    page.button(key="delete").click().run()
    assert [each.value for each in page.error] == ["It runs. Cancel it first."]
    assert view_of(page) == before
    short = alone("REFUSED, NEXT = True, ''" + DELETE)
    short.button(key="delete").click().run()
    assert [each.value for each in short.error] == ["It runs."]
