"""What the board is given, and how its changes reach the view."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.components.board import POOL, _apply
from dashboard.state import Tab
from dashboard.view_state import SETTINGS, ViewState
from quba.dimensions import DIMENSIONS

RunPage = Callable[..., AppTest]


def given(page: AppTest) -> list[dict[str, Any]]:
    return [orjson.loads(element.proto.json) for element in page.get("bidi_component") if element.proto.json]


def tab(catalogue: Catalogue, **query: str) -> Tab:
    return Tab(view=ViewState.from_query(query, catalogue.vocabulary)[0])


def query(tab: Tab) -> dict[str, str]:
    assert tab.view is not None
    return tab.view.query()


def change(stamp: str = "1", **values: str | None) -> dict[str, Any]:
    return {"change": {"stamp": stamp, "values": {name.replace("__", "."): text for name, text in values.items()}}}


def test_both_parts_are_given_the_view_and_words_but_no_values(run_page: RunPage) -> None:
    page = run_page(preset="robust", architecture="cnn", **{"w.accuracy": "2"})
    table, panel = (each for each in given(page) if "view" in each)
    assert table == panel
    assert table["view"] == {"preset": "robust", "architecture": "cnn", "w.accuracy": "2"}
    assert list(table["dimensions"]) == list(DIMENSIONS)
    assert table["scores"].startswith("board/scores/")
    assert len(orjson.dumps(table)) < 20_000  # it is sent anew when the view changes


def test_the_address_of_the_values_names_the_pool_alone(run_page: RunPage) -> None:
    table = given(run_page(quality="screened", normalisation="zscore", preset="fair"))[0]
    assert table["scores"].partition("?")[2] == "quality=screened&normalisation=zscore"
    assert set(POOL) == set(SETTINGS) - {"preset"}


def test_a_change_is_confirmed_and_a_taken_name_goes(catalogue: Catalogue) -> None:
    tab_ = tab(catalogue, architecture="cnn", q="res")
    _apply(tab_, change("7", architecture=None, w__accuracy="1.25", select="resnet50"))
    assert query(tab_) == {"q": "res", "w.accuracy": "1.25", "select": "resnet50"}
    assert tab_.applied == "7"


@pytest.mark.parametrize("told", [None, {}, {"change": None}])
def test_nothing_handed_over_changes_nothing(catalogue: Catalogue, told: dict[str, None] | None) -> None:
    tab_ = tab(catalogue, q="res")
    _apply(tab_, told)
    assert (query(tab_), tab_.applied) == ({"q": "res"}, "")


def test_what_breaks_a_rule_is_left_aside(catalogue: Catalogue) -> None:
    tab_ = tab(catalogue)
    _apply(tab_, change(w__accuracy="-1", nonsense="1", w__shape_bias="2", models="a,b,c,d,e,f,g"))
    assert query(tab_) == {"w.shape_bias": "2"}


def test_compare_is_the_only_page_it_leads_to(catalogue: Catalogue) -> None:
    tab_ = tab(catalogue)
    _apply(tab_, change(go="compare"))
    assert tab_.leads_to == "compare"
    _apply(tab_, change(go="elsewhere"))
    assert tab_.leads_to == ""


def test_compare_opens_with_the_shortlist(run_page: RunPage) -> None:
    page = run_page(models="resnet50,alexnet")
    page.session_state["board_table"] = change(go="compare")
    page.run()
    assert not page.exception
    assert not page.main.get("bidi_component")  # another page stands there now
    assert page.query_params["models"] == "resnet50,alexnet"
