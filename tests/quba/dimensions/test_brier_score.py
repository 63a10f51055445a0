"""Brier score, against a slow rewrite, torch's squared error and models whose value follows on paper."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from torch.nn.functional import mse_loss, one_hot

from quba.dimensions import MEASURES
from quba.dimensions.brier_score import brier_score
from quba.measuring.jackknife import balanced_groups
from quba.measuring.observations import Measured, Observations


def measured(probabilities: np.ndarray, labels: np.ndarray) -> Measured:
    return MEASURES["brier_score"](Observations(probabilities=probabilities.astype(np.float32), labels=labels))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(1, 9))
def test_it_is_the_squared_error_times_the_number_of_classes(seed: int, images: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = softmax(3 * rng.standard_normal((images, classes)), axis=1).astype(np.float32)
    labels = rng.integers(0, classes, images)
    found = measured(probabilities, labels)
    truth = one_hot(torch.from_numpy(labels), classes).double()
    squares = mse_loss(torch.from_numpy(probabilities).double(), truth, reduction="none").sum(dim=1).numpy()
    assert found.value == pytest.approx(squares.mean(), abs=1e-12)
    assert found.standard_error == pytest.approx(squares.std() / np.sqrt(images), abs=1e-12)
    groups = balanced_groups(labels)
    by_hand = [squares[groups.of_image != group].mean() for group in range(groups.count)]
    assert found.replicates == pytest.approx(by_hand, abs=1e-12)


def test_more_images_than_are_summed_at_once() -> None:
    rng = np.random.default_rng(5)
    probabilities, labels = rng.dirichlet(np.ones(4), 1300), rng.integers(0, 4, 1300)
    single = probabilities.astype(np.float32).astype(np.float64)
    slow = [sum((p - (k == label)) ** 2 for k, p in enumerate(row)) for row, label in zip(single, labels, strict=True)]
    assert measured(probabilities, labels).value == pytest.approx(np.mean(slow), abs=1e-12)


def test_the_ends_of_the_scale_and_a_uniform_guess() -> None:
    assert measured(np.eye(3), np.arange(3)).value == 0.0
    assert measured(np.eye(2), np.array([1, 0])).value == 2.0
    # (1 - 1/k) squared and k - 1 times (1/k) squared: 1 - 1/k.
    assert measured(np.full((4, 10), 0.1), np.arange(4)).value == pytest.approx(0.9)


def test_one_image_has_no_error() -> None:
    found = measured(np.array([[0.5, 0.5]]), np.array([0]))
    assert (found.value, found.standard_error, found.replicates) == (0.5, None, None)


def test_misuse() -> None:
    with pytest.raises(ValueError, match="no image"):
        brier_score(np.zeros(0))
    with pytest.raises(ValueError, match="NaN"):
        measured(np.array([[np.nan, 0.5]]), np.array([0]))
