"""Demands on values, what they cost, and what to give up where nobody meets them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.deciding.constraints import Constraint, selection
from quba.errors import QuestionError

relaxed = settings(deadline=None)
SPREADS = {"accuracy": 0.04, "class_balance": 0.02, "parameters_millions": 40.0}
ACCURATE = Constraint("accuracy", 0.8, at_most=False)
SMALL = Constraint("parameters_millions", 30.0, at_most=True)
VALUES = {
    "accuracy": np.array([0.9, 0.78, 0.85, np.nan]),
    "parameters_millions": np.array([300.0, 20.0, 35.0, 5.0]),
}
SCORE = np.array([1.0, 0.4, 0.9, 2.0])


def meets(value: float, constraint: Constraint) -> bool:
    return value <= constraint.bound if constraint.at_most else value >= constraint.bound


@relaxed
@given(
    table=arrays(np.float64, (2, 7), elements=st.one_of(st.integers(0, 10).map(lambda n: n / 10), st.just(np.nan))),
    score=arrays(np.float64, 7, elements=st.one_of(st.integers(-5, 5).map(float), st.just(np.nan))),
    bounds=st.lists(st.integers(0, 10).map(lambda n: n / 10), min_size=3, max_size=3),
)
def test_against_trying_everything(table: np.ndarray, score: np.ndarray, bounds: list[float]) -> None:
    values = {"accuracy": table[0], "class_balance": table[1]}
    constraints = [
        Constraint("accuracy", bounds[0], at_most=False),
        Constraint("class_balance", bounds[1], at_most=True),
        Constraint("class_balance", bounds[2], at_most=False),
    ]
    found = selection(values, score, constraints, SPREADS)

    def fitting(wanted: list[Constraint]) -> list[int]:
        scored = [row for row in range(7) if not np.isnan(score[row])]
        return [row for row in scored if all(meets(float(values[one.key][row]), one) for one in wanted)]

    def best(rows: list[int]) -> float | None:
        return max((float(score[row]) for row in rows), default=None)

    def less(high: float | None, low: float | None) -> float | None:
        return None if high is None or low is None else high - low

    rows = fitting(constraints)
    assert sorted(found.rows.tolist()) == rows
    assert [score[row] for row in found.rows] == sorted((score[row] for row in rows), reverse=True)
    for price in found.prices:
        others = [one for one in constraints if one != price.constraint]
        assert price.alone == less(best(fitting([])), best(fitting([price.constraint])))
        assert price.in_company == less(best(fitting(others)), best(rows))
    if rows:
        assert (found.relaxations, found.nearest_miss) == ((), None)
        return
    for one in constraints:
        others = [other for other in constraints if other != one]
        candidates = [row for row in fitting(others) if not np.isnan(values[one.key][row])]
        gaps = [abs(float(values[one.key][row]) - one.bound) for row in candidates]
        relaxation = [found_one for found_one in found.relaxations if found_one.constraint == one]
        assert bool(relaxation) == bool(candidates)
        if relaxation:
            assert relaxation[0].spreads * SPREADS[one.key] == pytest.approx(min(gaps))


def test_prices() -> None:
    found = selection(VALUES, SCORE, [ACCURATE, SMALL], SPREADS)
    assert found.rows.size == 0
    # The unscored value of the last model keeps it out of the accurate ones, and its score out of nothing else.
    assert [price.alone for price in found.prices] == [pytest.approx(1.0), 0.0]
    assert [price.in_company for price in found.prices] == [None, None]


def test_relaxations() -> None:
    found = selection(VALUES, SCORE, [ACCURATE, SMALL], SPREADS)
    assert [(one.constraint, one.model, one.bound) for one in found.relaxations] == [
        (SMALL, 2, 35.0),
        (ACCURATE, 1, 0.78),
    ]
    assert found.relaxations[0].spreads == pytest.approx(5 / 40)
    assert found.relaxations[1].spreads == pytest.approx(0.02 / 0.04)
    assert found.nearest_miss is not None
    assert (found.nearest_miss.model, found.nearest_miss.bounds) == (2, ((SMALL, 35.0),))


def test_where_one_relaxation_is_not_enough_the_nearest_miss_breaks_two() -> None:
    strict = [Constraint("accuracy", 0.95, at_most=False), Constraint("parameters_millions", 1.0, at_most=True)]
    found = selection(VALUES, SCORE, strict, SPREADS)
    assert found.relaxations == ()
    assert found.nearest_miss is not None
    assert found.nearest_miss.model == 2
    assert found.nearest_miss.bounds == ((strict[0], 0.85), (strict[1], 35.0))
    assert found.nearest_miss.spreads == pytest.approx(0.1 / 0.04 + 34 / 40)


def test_a_bound_may_be_met_exactly() -> None:
    assert selection(VALUES, SCORE, [Constraint("accuracy", 0.9, at_most=False)], SPREADS).rows.tolist() == [0]


def test_without_constraints_all_scored_models_stand_best_first() -> None:
    found = selection(VALUES, np.array([1.0, np.nan, 3.0, 2.0]), [], SPREADS)
    assert found.rows.tolist() == [2, 3, 0]
    assert (found.prices, found.relaxations, found.nearest_miss) == ((), (), None)


def test_nobody_has_the_values() -> None:
    found = selection({"accuracy": np.array([np.nan])}, np.array([1.0]), [ACCURATE], SPREADS)
    assert found.prices[0].alone is None
    assert (found.relaxations, found.nearest_miss) == ((), None)


@pytest.mark.parametrize(
    ("constraints", "code"),
    [
        ([Constraint("fairness", 0.5, at_most=True)], "constraint_without_dimension"),
        ([Constraint("shape_bias", 0.5, at_most=True)], "constraint_without_dimension"),
        ([ACCURATE, Constraint("accuracy", 0.7, at_most=False)], "constraint_twice"),
        ([SMALL, Constraint("parameters_millions", 70.0, at_most=True)], "constraint_twice"),
        ([Constraint("accuracy", 80.0, at_most=False)], "bound_out_of_range"),
        ([Constraint("accuracy", np.nan, at_most=False)], "bound_out_of_range"),
    ],
)
def test_misuse_is_refused(constraints: list[Constraint], code: str) -> None:
    with pytest.raises(QuestionError) as caught:
        selection(VALUES, SCORE, constraints, SPREADS)
    assert caught.value.code == code


@pytest.mark.parametrize(("at_most", "bound"), [(True, "upper"), (False, "lower")])
def test_a_bound_that_is_given_twice_is_named(at_most: bool, bound: str) -> None:
    with pytest.raises(QuestionError, match=f"accuracy has two {bound} bounds; keep the tighter one"):
        selection(VALUES, SCORE, [Constraint("accuracy", each, at_most=at_most) for each in (0.5, 0.6)], SPREADS)
