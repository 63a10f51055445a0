"""Gaps between models, in numbers and in a sentence."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.deciding.explanation import Gap, explanation, gap, sentence, waterfall
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.errors import QuestionError
from quba.ranking.ranks import TIE
from quba.ranking.score import Scores, score

relaxed = settings(deadline=None)
NAMES = ["A", "B", "C", "D"]
z_tables = arrays(np.float64, (9, 4), elements=st.floats(-20, 20))


def scored(table: np.ndarray) -> Scores:
    weights = {key: dimension.default_weight for key, dimension in DIMENSIONS.items()}
    return score(dict(zip(STUDY_DIMENSIONS, table, strict=True)), weights)


FOUR = score(
    {"accuracy": np.array([0.4, 1.6, np.nan, 1.4]), "ood_robustness": np.array([0.6, 0.2, 0.0, 0.0])},
    {"accuracy": 1, "ood_robustness": 1},
)


@relaxed
@given(z_tables)
def test_the_parts_of_a_gap_sum_to_it(table: np.ndarray) -> None:
    scores = scored(table)
    found = gap(scores, 0, 3)
    assert found.difference == pytest.approx(abs(scores.score[0] - scores.score[3]))
    assert sum(found.parts.values()) == pytest.approx(found.difference, abs=1e-12)
    steps = waterfall(found)
    assert steps[0][1] == 0
    assert steps[-1][2] == pytest.approx(found.difference, abs=1e-12)
    assert all(before[2] == after[1] for before, after in itertools.pairwise(steps))


@relaxed
@given(z_tables)
def test_contributions_sum_to_the_score(table: np.ndarray) -> None:
    found = explanation(scored(table), 2, np.arange(4))
    assert sum(found.contributions.values()) == pytest.approx(found.score, abs=1e-12)


def test_the_surroundings_of_a_model() -> None:
    middle = explanation(FOUR, 3, np.arange(4))
    assert (middle.rank, middle.score) == (2, 0.7)
    assert middle.contributions == {"accuracy": 0.7, "ood_robustness": 0.0}
    assert middle.to_leader is not None
    assert (middle.to_leader.ahead, middle.to_leader.behind) == (1, 3)
    assert middle.to_next_above is not None
    assert middle.to_next_above.ahead == 1
    assert middle.to_next_below is not None
    assert middle.to_next_below.behind == 0


def test_the_ends_of_the_ranking_have_one_neighbour() -> None:
    leader, last = explanation(FOUR, 1, np.arange(4)), explanation(FOUR, 0, np.arange(4))
    assert leader.to_leader is None
    assert leader.to_next_above is None
    assert leader.to_next_below is not None
    assert last.to_next_below is None
    assert last.to_leader is not None
    assert last.to_leader.difference == pytest.approx(0.4)
    # The one just above is not the leader.
    assert last.to_next_above is not None
    assert (last.to_next_above.ahead, last.to_next_above.behind) == (3, 0)


def test_models_that_tie_share_a_rank_and_stand_in_the_order_of_ties() -> None:
    level = score({"accuracy": np.array([0.5, 0.5])}, {"accuracy": 1})
    found = explanation(level, 0, np.array([1, 0]))
    assert found.rank == 1
    assert found.to_leader is not None
    assert found.to_leader.difference == 0


@pytest.mark.parametrize(
    ("difference", "parts", "expected"),
    [
        (
            0.04,
            {"shape_bias": 0.11, "calibration_error": -0.07},
            "A leads B by 0.04: +0.11 shape bias, against −0.07 calibration error.",
        ),
        (0.3, {"ood_robustness": 0.3}, "A leads B by 0.30: +0.30 OOD robustness."),
        (0.0004, {"accuracy": 0.0004}, "A leads B by 0.0004: +0.0004 accuracy."),
        (0.0, {"accuracy": 0.2, "shape_bias": -0.2}, "A and B tie: +0.20 accuracy, against −0.20 shape bias."),
        (0.0, {"accuracy": 0.0}, "A and B tie."),
        (
            1.0,
            {"accuracy": 0.5, "shape_bias": 0.4, "class_balance": 0.3, "object_focus": -0.1, "calibration_error": -0.1},
            "A leads B by 1.00: +0.50 accuracy, +0.40 shape bias, against −0.10 object focus, −0.10 calibration "
            "error; +0.30 from the rest.",
        ),
        (
            0.1,
            {"accuracy": 0.5, "shape_bias": -0.2, "class_balance": -0.11, "object_focus": -0.09},
            "A leads B by 0.10: +0.50 accuracy, against −0.20 shape bias, −0.11 class balance; −0.09 from the rest.",
        ),
        # What its decimals show as 0 is no reason, on either side.
        (0.25, {"accuracy": 0.25, "shape_bias": 0.004, "object_focus": -0.004}, "A leads B by 0.25: +0.25 accuracy."),
        (0.0, {"accuracy": 1e-14, "shape_bias": -1e-14}, "A and B tie."),
        (TIE, {"accuracy": TIE}, "A and B tie."),
        (0.02, dict.fromkeys(list(DIMENSIONS)[:5], 0.004), "A leads B by 0.02: +0.02 from the rest."),
    ],
)
def test_sentences(difference: float, parts: dict[str, float], expected: str) -> None:
    assert sentence(Gap(0, 1, difference, parts), NAMES) == expected


@pytest.mark.parametrize(
    ("row", "code"),
    [(2, "model_without_score"), *((row, "no_such_model") for row in (4, 5, 400, -1, -5))],
)
def test_models_that_cannot_be_explained(row: int, code: str) -> None:
    for ask in (lambda: explanation(FOUR, row, np.arange(4)), lambda: gap(FOUR, 0, row), lambda: gap(FOUR, row, 0)):
        with pytest.raises(QuestionError, match=f"model {row}") as caught:
            ask()
        assert caught.value.code == code
        assert code == "model_without_score" or str(caught.value).endswith("rows run from 0 to 3.")


def test_a_model_has_no_gap_to_itself() -> None:
    with pytest.raises(QuestionError, match="name two models") as caught:
        gap(FOUR, 1, 1)
    assert caught.value.code == "same_model"
