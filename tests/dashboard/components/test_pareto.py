"""The models that no other beats."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


DRAW = """
from dashboard.components import pareto
pareto.show(source.client().rankings.get(), catalogue)
"""


def test_the_front_is_what_brute_force_finds(alone: Run, ranking: Any) -> None:  # noqa: ANN401 - a Ranking
    page = alone(DRAW, front="accuracy,shape_bias")
    assert not page.exception
    assert not page.dataframe, "the table waits until its place is in sight"
    page.session_state["chart.front.room"] = {"seen": True}
    page.run()
    rows = ranking.frame[["name", "accuracy", "shape_bias"]].dropna().to_records(index=False).tolist()
    front = {
        name
        for name, x, y in rows
        if not any(a >= x and b >= y and (a > x or b > y) for _, a, b in rows)
    }  # fmt: skip
    assert set(page.dataframe[0].value["Model"]) == front


def test_without_a_choice_the_axes_are_taken(alone: Run) -> None:
    page = alone(DRAW, x="shape_bias", y="accuracy")
    assert page.multiselect[0].value == ["accuracy", "shape_bias"]


def test_what_no_model_has_a_value_of_has_no_front(alone: Run) -> None:
    page = alone(DRAW, front="accuracy,brier_score")
    assert not page.dataframe
    said = "No model has a value on each of accuracy and Brier score, so that there is no front."
    assert said in [each.value for each in page.markdown]


def test_one_dimension_has_no_front(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, front="accuracy,shape_bias")
    page.session_state["chart.front.room"] = {"seen": True}
    page.multiselect[0].set_value(["accuracy"]).run()
    assert not page.dataframe
    assert view_of(page) == {"front": ("accuracy",)}
