import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evaluation.datasets.decisions import among, any_class, any_class_last_on_ties, category, coarse

PAIRS = (np.array([0, 1]), np.array([2]), np.array([3]))


def test_any_class_takes_the_largest_and_the_first_of_equals() -> None:
    assert any_class(np.array([[0.0, 2.0, 1.0], [3.0, 1.0, 3.0]])).tolist() == [1, 0]


def test_among_knows_only_its_classes_and_names_their_place() -> None:
    decide = among(np.array([1, 3]))
    assert decide(np.array([[9.0, 1.0, 9.0, 2.0], [9.0, 2.0, 9.0, 2.0]])).tolist() == [1, 0]


def test_coarse_names_the_coarse_class_of_the_winner_or_none() -> None:
    decide = coarse(np.array([4, 4, -1]))
    assert decide(np.array([[0.0, 1.0, 0.5], [0.0, 1.0, 2.0]])).tolist() == [4, -1]


def test_a_category_is_judged_by_its_mean_and_not_by_its_sum() -> None:
    logits = np.log(np.array([[0.3, 0.3, 0.35, 0.05]]))
    assert category(PAIRS)(logits).tolist() == [1]


def test_logits_too_large_for_single_precision_are_decided_all_the_same() -> None:
    logits = np.array([[1e4, 0.0, 0.0, -1e4], [-1e4, -1e4, -1e4, 0.0]], dtype=np.float32)
    assert category(PAIRS)(logits).tolist() == [0, 2]


def test_ties_of_categories_go_to_the_first_or_to_the_last() -> None:
    tied = np.zeros((1, 4))
    assert category(PAIRS)(tied).tolist() == [0]
    assert category(PAIRS, last_wins_ties=True)(tied).tolist() == [2]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.integers(-30, 30), min_size=4, max_size=4), min_size=1, max_size=5))
def test_categories_agree_with_a_plain_loop(rows: list[list[int]]) -> None:
    logits = np.array(rows, dtype=np.float64)
    # Whole numbers as logits tie often; a tiny slope keeps the expectation free of them.
    logits += np.arange(4) * 1e-3
    expected = [_best(row) for row in logits]
    assert category(PAIRS)(logits).tolist() == expected


def _best(row: NDArray[np.float64]) -> int:
    weights = [float(np.exp(value - row.max())) for value in row]
    means = [sum(weights[index] for index in members.tolist()) / len(members) for members in PAIRS]
    return means.index(max(means))


def test_outputs_with_too_few_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="label"):
        among(np.array([7]))(np.zeros((1, 4)))


def test_ties_of_classes_go_to_the_first_or_to_the_last() -> None:
    logits = np.array([[3.0, 1.0, 3.0], [0.0, 2.0, 1.0]])
    assert any_class(logits).tolist() == [0, 1]
    assert any_class_last_on_ties(logits).tolist() == [2, 1]
    singles = [np.array([label]) for label in range(3)]
    assert category(singles, last_wins_ties=True)(logits).tolist() == [2, 1]
