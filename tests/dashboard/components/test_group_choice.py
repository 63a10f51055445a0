"""Two groups of models."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.components.group_choice import EXAMPLE, comparison_request, group, is_example
from dashboard.view_state import ViewState

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


DRAW = "from dashboard.components import group_choice; group_choice.show(catalogue)"


def view(catalogue: Catalogue, **query: str) -> ViewState:
    return ViewState.from_query({name.replace("__", "."): text for name, text in query.items()}, catalogue.vocabulary)[
        0
    ]


def test_no_choice_asks_for_the_example(catalogue: Catalogue) -> None:
    assert is_example(view(catalogue))
    assert {key: comparison_request(view(catalogue)).get(key) for key in EXAMPLE} == EXAMPLE


def test_a_choice_asks_for_its_groups_and_an_empty_side_is_the_rest(catalogue: Catalogue) -> None:
    chosen = view(catalogue, b__architecture="cnn,b-cos", b__parameters_millions__lte="30", quality="screened",
                  paired_by="backbone")  # fmt: skip
    assert not is_example(chosen)
    question = comparison_request(chosen)
    assert question["a"] is None
    assert question["b"] == {"architecture": ["cnn", "b-cos"], "parameters_millions.lte": 30.0}
    assert (question["quality"], question["paired_by"]) == ("screened", "backbone")
    assert "protocol" not in question
    assert group(chosen, "a") == {}


@pytest.mark.parametrize("side", ["a", "b"])
def test_each_side_changes_itself_alone(alone: Run, view_of: ViewOf, side: str) -> None:
    page = alone(DRAW)
    assert not page.exception
    page.multiselect(key=f"group.{side}.architecture").set_value(["cnn"]).run()
    page.number_input(key=f"group.{side}.parameters_millions.gte").set_value(4.0).run()
    # What the example showed on the other side stays.
    kept = {"b.architecture": ("vision-language",)} if side == "a" else {}
    assert view_of(page) == {**kept, f"{side}.architecture": ("cnn",), f"{side}.parameters_millions.gte": 4.0}


def test_what_a_link_sets_can_be_emptied(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, **{"a.architecture": "cnn", "a.parameters_millions.lte": "30"})
    field = page.number_input(key="group.a.parameters_millions.lte")
    assert field.value == 30
    field.set_value(None).run()
    page.multiselect(key="group.a.architecture").set_value([]).run()
    assert view_of(page) == {}
