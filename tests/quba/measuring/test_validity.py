"""Misuse is refused, and the refusal names value, rule and next step."""

import numpy as np
import pytest

from quba.measuring.validity import require_accuracy, require_images, require_labels, single_precision_probabilities

TWO = np.array([[0.9, 0.1], [0.2, 0.8]])
LABELS = np.array([0, 1])


def test_sound_input_passes() -> None:
    require_images(TWO, LABELS)
    require_labels(LABELS, class_count=2)
    require_accuracy("accuracy", 0.5)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("outputs", "labels", "message"),
    [
        (np.array([0.9, 0.1]), LABELS, r"shape \(2,\); pass one row per image"),
        (np.empty((2, 0)), LABELS, r"shape \(2, 0\)"),
        (np.zeros((2, 3, 4)), LABELS, r"shape \(2, 3, 4\)"),
        (TWO, np.array([0]), "2 outputs for 1 labels"),
        (TWO, np.array([[0, 1]]), r"labels have shape \(1, 2\)"),
        (np.empty((0, 2)), np.array([], dtype=np.int64), r"labels have shape \(0,\)"),
        (TWO, np.array([0, 2]), "from 0 to 2; with 2 classes they must lie in 0 to 1"),
        (np.full((1, 6), 0.1), np.array([6]), "with 6 classes they must lie in 0 to 5"),
        (TWO, np.array([-1, 0]), "from -1 to 0"),
        (np.array([[0.9, np.nan], [0.2, 0.8]]), LABELS, "NaN"),
    ],
)
def test_outputs_and_labels_that_do_not_belong_together(outputs: np.ndarray, labels: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        require_images(outputs, labels)


@pytest.mark.parametrize("probability", [-0.1, 1.1, np.nan, np.inf, -np.inf])
def test_a_probability_outside_its_range(probability: float) -> None:
    with pytest.raises(ValueError, match=r"probabilities|NaN"):
        single_precision_probabilities(np.array([[probability, 0.1], [0.2, 0.8]]), LABELS)


def test_probabilities_come_back_in_32_bits_and_are_not_copied_without_need() -> None:
    single = single_precision_probabilities(TWO, LABELS)
    assert single.dtype == np.float32
    assert single_precision_probabilities(single, LABELS) is single


@pytest.mark.parametrize("accuracy", [-0.01, 1.01, 76.1, float("nan")])
def test_an_accuracy_outside_its_range(accuracy: float) -> None:
    with pytest.raises(ValueError, match=r"clean accuracy is .*; an accuracy is a fraction"):
        require_accuracy("clean accuracy", accuracy)
