"""Which models are listed."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


DRAW = """
from dashboard.components import filters
filters.show(catalogue, source.client().get("/v1/facets", state.current().query()))
"""


def pills(page: AppTest, key: str) -> Any:  # noqa: ANN401 - AppTest types no group of pills
    return next(group for group in page.button_group if group.key == f"filter.{key}")


def test_a_link_marks_the_filters_and_each_changes_the_view(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, architecture="cnn", q="res", **{"parameters_millions.lte": "30"})
    assert not page.exception
    assert pills(page, "architecture").value == ["cnn"]
    assert page.number_input(key="filter.parameters_millions.lte").value == 30
    pills(page, "architecture").set_value(["cnn", "b-cos"]).run()
    page.text_input(key="filter.q").set_value("  vgg ").run()
    page.number_input(key="filter.parameters_millions.gte").set_value(5.0).run()
    assert view_of(page) == {
        "architecture": ("cnn", "b-cos"), "q": "vgg", "parameters_millions.lte": 30.0, "parameters_millions.gte": 5.0,
    }  # fmt: skip


def test_an_emptied_filter_is_none(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, architecture="cnn", q="res", **{"parameters_millions.lte": "30"})
    pills(page, "architecture").set_value([]).run()
    page.text_input(key="filter.q").set_value("").run()
    assert view_of(page) == {"parameters_millions.lte": 30.0}
    page.number_input(key="filter.parameters_millions.lte").set_value(None).run()
    assert view_of(page) == {}
    assert page.number_input(key="filter.parameters_millions.lte").value is None


def test_a_value_is_no_longer_limited_once_it_is_taken_off_the_list(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, **{"accuracy.gte": "0.7", "accuracy.lte": "0.8", "shape_bias.gte": "0.3"})
    page.session_state["filters.more"] = True
    page.run()
    assert page.multiselect(key="filter.limited").value == ["accuracy", "shape_bias"]
    page.multiselect(key="filter.limited").set_value(["shape_bias", "score"]).run()
    assert view_of(page) == {"shape_bias.gte": 0.3}
    fields = {field.key for field in page.number_input}
    assert {"filter.shape_bias.gte", "filter.score.lte"} <= fields
    assert "filter.accuracy.gte" not in fields


def test_each_choice_tells_how_many_models_it_has(alone: Run) -> None:
    page = alone(DRAW)
    counts = [int(option.rsplit(" ", 1)[1]) for option in pills(page, "architecture").options]
    assert sum(counts) == 326
