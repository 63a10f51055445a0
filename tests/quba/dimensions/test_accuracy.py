"""Top-1 accuracy."""

import numpy as np
import pytest

from quba.dimensions.accuracy import top1_accuracy


def test_the_first_class_wins_a_tie() -> None:
    tied = np.array([[1.0, 1.0], [1.0, 1.0]])
    assert top1_accuracy(tied, np.array([0, 1])) == 0.5


def test_logits_and_probabilities_decide_alike() -> None:
    logits = np.array([[3.0, -1.0, 0.0], [-5.0, 2.0, 1.0]])
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([0, 2])
    assert top1_accuracy(logits, labels) == top1_accuracy(probabilities, labels) == 0.5


@pytest.mark.parametrize(
    ("outputs", "labels"),
    [
        (np.empty((0, 2)), np.array([], dtype=np.int64)),
        (np.array([[np.nan, 1.0]]), np.array([0])),
        (np.array([[0.0, 1.0]]), np.array([2])),
    ],
)
def test_misuse_is_refused(outputs: np.ndarray, labels: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"labels|outputs"):
        top1_accuracy(outputs, labels)
