"""The nearest point of a cone, by the theorem of Moreau and linear programming."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from quba.deciding.projection import nearest_in_cone

relaxed = settings(deadline=None, max_examples=60)
tables = arrays(
    np.float64, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=st.integers(-6, 6).map(float)
).map(lambda table: table[np.abs(table).max(axis=1) > 0])


def can_be_met(demands: np.ndarray) -> bool:
    """Whether some x of 0 or more, other than 0, meets all demands."""
    dims = demands.shape[1]
    return bool(
        linprog(np.zeros(dims), A_ub=-demands, b_ub=np.zeros(len(demands)), A_eq=np.ones((1, dims)), b_eq=[1]).success
    )


@relaxed
@given(tables)
def test_it_is_the_nearest_point_or_there_is_none(demands: np.ndarray) -> None:
    point, pressure = nearest_in_cone(demands)
    if point is None:
        assert not can_be_met(demands)
        mixture = pressure / np.linalg.norm(demands, axis=1) @ demands
        assert (mixture < 0).all()
        return
    assert can_be_met(demands)
    assert (point >= 0).all()
    assert (demands @ point >= -1e-9).all()
    # Moreau: x is nearest to 1 in a cone just if 1 - x is square to x and no direction of the cone points to it.
    assert (1 - point) @ point == pytest.approx(0, abs=1e-8)
    dims = point.size
    towards = linprog(
        point - 1, A_ub=-demands, b_ub=np.zeros(len(demands)), A_eq=np.ones((1, dims)), b_eq=[1], bounds=(0, None)
    )
    assert towards.fun is not None
    assert towards.fun >= -1e-8


def test_without_demands_nothing_changes() -> None:
    point, pressure = nearest_in_cone(np.empty((0, 3)))
    assert point is not None
    assert point.tolist() == [1.0, 1.0, 1.0]
    assert pressure.size == 0


def test_demands_that_are_met_press_on_nothing() -> None:
    point, pressure = nearest_in_cone(np.array([[2.0, 1.0]]))
    assert point == pytest.approx([1.0, 1.0])
    assert pressure.tolist() == [0.0]
