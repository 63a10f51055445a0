"""Top-5 accuracy, against torchmetrics, a sorting and models whose value follows on paper."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchmetrics.functional.classification import multiclass_accuracy

from quba.dimension import Missing, UndefinedResult
from quba.dimensions import MEASURES
from quba.dimensions.top5_accuracy import top5_accuracy
from quba.measuring.observations import Measured, Observations
from quba.measuring.uncertainty import binomial_standard_error


def measured(probabilities: np.ndarray, labels: np.ndarray) -> Measured:
    return MEASURES["top5_accuracy"](Observations(probabilities=probabilities.astype(np.float32), labels=labels))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(6, 30))
def test_it_is_that_of_torchmetrics_where_no_two_classes_tie(seed: int, images: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    # Distinct in every row, so that no library's order of equal values matters.
    probabilities = rng.permuted(np.tile(np.arange(1, classes + 1) / 1000, (images, 1)), axis=1).astype(np.float32)
    labels = rng.integers(0, classes, images)
    found = measured(probabilities, labels)
    foreign = multiclass_accuracy(
        torch.from_numpy(probabilities), torch.from_numpy(labels), num_classes=classes, top_k=5, average="micro"
    )
    assert found.value == pytest.approx(float(foreign), abs=1e-6)
    assert found.standard_error == pytest.approx(binomial_standard_error(found.value, images), abs=1e-12)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_of_equally_probable_classes_the_first_come_first(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities, labels = rng.integers(0, 3, (700, 8)) / 8, rng.integers(0, 8, 700)
    first_five = np.argsort(-probabilities, axis=1, kind="stable")[:, :5]
    expected = (first_five == labels[:, np.newaxis]).any(axis=1).mean()
    assert measured(probabilities, labels).value == pytest.approx(expected, abs=1e-12)


def test_a_uniform_guess_is_right_on_the_first_five_classes() -> None:
    assert measured(np.full((8, 8), 1 / 8), np.arange(8)).value == 5 / 8


def test_all_right_and_all_wrong() -> None:
    probabilities = np.tile(np.arange(10) / 45, (4, 1))
    assert measured(probabilities, np.array([5, 6, 7, 9])).value == 1.0
    assert measured(probabilities, np.array([0, 1, 2, 4])).value == 0.0


@pytest.mark.parametrize("classes", [1, 2, 5])
def test_with_five_classes_or_fewer_it_would_always_be_one(classes: int) -> None:
    with pytest.raises(UndefinedResult, match=f"there are {classes} classes") as caught:
        measured(np.full((3, classes), 1 / classes), np.zeros(3, dtype=np.int64))
    assert caught.value.reason is Missing.NOT_APPLICABLE


def test_misuse() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        top5_accuracy(np.zeros(0, dtype=bool))
    with pytest.raises(ValueError, match="labels run"):
        measured(np.full((1, 8), 1 / 8), np.array([8]))
