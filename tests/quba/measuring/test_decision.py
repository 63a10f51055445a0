"""Decisions over subsets, coarse classes and categories."""

import numpy as np
import pytest

from quba.measuring.decision import (
    category_decisions,
    category_probabilities,
    coarse_decisions,
    subset_decisions,
)

DOG, CAT, KNIFE = np.array([1, 2, 3]), np.array([4]), np.array([0])


def test_subset_decisions_see_the_subset_only_and_take_the_first_of_ties() -> None:
    outputs = np.array([[9.0, 1.0, 5.0, 5.0], [9.0, -2.0, -3.0, -1.0]])
    assert subset_decisions(outputs, np.array([1, 2, 3])).tolist() == [1, 2]


@pytest.mark.parametrize("subset", [np.array([], dtype=np.int64), np.array([0, 4])])
def test_subset_decisions_refuse(subset: np.ndarray) -> None:
    with pytest.raises(ValueError, match="labels"):
        subset_decisions(np.zeros((1, 4)), subset)


def test_coarse_decisions_as_for_imagenet_9() -> None:
    # A tench is a fish (8); an outdoor scene such as class 500 of ImageNet belongs to none of the nine.
    coarse = np.full(1000, -1)
    coarse[0] = 8
    outputs = np.zeros((2, 1000))
    outputs[0, 0] = outputs[1, 500] = 1.0
    assert coarse_decisions(outputs, coarse).tolist() == [8, -1]


@pytest.mark.usefixtures("unchecked_shapes")
def test_coarse_decisions_refuse_a_map_of_another_length() -> None:
    with pytest.raises(ValueError, match="2 coarse classes for 3 columns"):
        coarse_decisions(np.zeros((1, 3)), np.array([0, 1]))


def test_categories_take_the_mean_so_a_small_one_beats_a_large_one() -> None:
    # Three dogs share .6, one cat has .3: the sum says dog, the mean says cat.
    probabilities = np.array([[0.1, 0.2, 0.2, 0.2, 0.3]])
    assert category_probabilities(probabilities, [DOG, CAT, KNIFE]) == pytest.approx(np.array([[0.2, 0.3, 0.1]]))
    assert category_decisions(probabilities, [DOG, CAT, KNIFE]).tolist() == [1]


def test_a_tie_of_categories_goes_to_the_first_or_to_the_last() -> None:
    probabilities = np.array([[0.25, 0.25, 0.25, 0.25, 0.0]])
    categories = [CAT, DOG, KNIFE]
    assert category_decisions(probabilities, categories).tolist() == [1]
    assert category_decisions(probabilities, categories, last_wins_ties=True).tolist() == [2]


@pytest.mark.parametrize(
    ("probabilities", "categories", "message"),
    [
        (np.array([[0.5, 0.5]]), [], "no category"),
        (np.array([[0.5, 0.5]]), [np.array([], dtype=np.int64)], "labels"),
        (np.array([[0.5, 0.5]]), [np.array([2])], "labels"),
        (np.array([[7.5, -2.0]]), [np.array([0])], "softmax"),
        (np.array([[np.nan, 0.5]]), [np.array([0])], "softmax"),
    ],
)
def test_categories_refuse(probabilities: np.ndarray, categories: list[np.ndarray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        category_decisions(probabilities, categories)


@pytest.mark.parametrize("wrong", [-0.001, 1.001, np.nan, np.inf])
def test_what_is_no_probability_is_refused_wherever_it_stands(wrong: float) -> None:
    for place in np.ndindex(2, 3):
        probabilities = np.full((2, 3), 0.25)
        probabilities[place] = wrong
        with pytest.raises(ValueError, match="softmax"):
            category_probabilities(probabilities, [np.array([0])])


def test_the_ends_of_the_scale_are_probabilities() -> None:
    assert category_probabilities(np.array([[0.0, 1.0]]), [np.array([0]), np.array([1])]).tolist() == [[0.0, 1.0]]
