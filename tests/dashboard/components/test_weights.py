"""What counts, and how much."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


DRAW = "from dashboard.components import weights; weights.show(catalogue)"


def test_the_shares_on_the_labels_add_up_to_all(alone: Run) -> None:
    page = alone(DRAW, **{"w.accuracy": "3", "w.shape_bias": "0"})
    assert not page.exception
    shares = [int(slider.label.split(" · ")[1].removesuffix("%")) for slider in page.slider]
    assert len(shares) == 9
    assert abs(sum(shares) - 100) <= 4  # each is rounded by itself
    assert page.slider(key="weight.shape_bias").value == 0.0


@pytest.mark.parametrize(("weight", "highest"), [("2.95", 3.0), ("3.05", 4.0), ("7.5", 8.0)])
def test_the_scale_grows_with_a_weight_beyond_it(alone: Run, weight: str, highest: float) -> None:
    page = alone(DRAW, **{"w.accuracy": weight})
    assert {slider.max for slider in page.slider} == {highest}
    assert page.slider(key="weight.accuracy").value == float(weight)


def test_a_lock_holds_through_a_reset(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, lock="accuracy", **{"w.accuracy": "2", "w.shape_bias": "0"})
    page.button[0].click().run()
    assert view_of(page) == {"w.accuracy": 2.0, "lock": ("accuracy",)}
    locks = next(group for group in page.button_group if group.key == "locked_weights")
    locks.set_value([]).run()
    page.button[0].click().run()
    assert view_of(page) == {}
