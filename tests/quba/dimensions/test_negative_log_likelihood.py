"""Negative log-likelihood, against torch and models whose value follows on paper."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from torch.nn.functional import nll_loss

from quba.dimension import Missing, UndefinedResult
from quba.dimensions import MEASURES
from quba.dimensions.negative_log_likelihood import negative_log_likelihood
from quba.measuring.jackknife import balanced_groups
from quba.measuring.observations import Measured, Observations


def measured(probabilities: np.ndarray, labels: np.ndarray) -> Measured:
    return MEASURES["negative_log_likelihood"](
        Observations(probabilities=probabilities.astype(np.float32), labels=labels)
    )


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(1, 9))
def test_it_is_the_loss_that_networks_are_trained_with(seed: int, images: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = softmax(3 * rng.standard_normal((images, classes)), axis=1).astype(np.float32)
    labels = rng.integers(0, classes, images)
    found = measured(probabilities, labels)
    losses = nll_loss(torch.from_numpy(probabilities).double().log(), torch.from_numpy(labels), reduction="none")
    assert found.value == pytest.approx(float(losses.mean()), rel=1e-12, abs=1e-15)
    assert found.standard_error == pytest.approx(float(losses.std(correction=0)) / np.sqrt(images), abs=1e-12)
    groups = balanced_groups(labels)
    by_hand = [float(losses[groups.of_image != group].mean()) for group in range(groups.count)]
    assert found.replicates == pytest.approx(by_hand, abs=1e-12)
    assert (found.sample_count, found.parts) == (images, {})


def test_an_oracle_costs_nothing_and_no_negative_nothing() -> None:
    found = measured(np.eye(3), np.arange(3))
    assert str(found.value) == "0.0"
    assert found.standard_error == 0.0


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_who_finds_all_classes_alike_pays_the_logarithm_of_their_number(classes: int) -> None:
    assert measured(np.full((6, classes), 1 / classes), np.arange(6) % 2).value == pytest.approx(np.log(classes))


def test_a_right_class_that_is_ruled_out_costs_the_value_and_no_number_stands_for_infinity() -> None:
    with pytest.raises(UndefinedResult, match="0 in 2 of 3 images") as caught:
        measured(np.array([[1.0, 0.0], [1.0, 0.0], [0.5, 0.5]]), np.array([1, 1, 0]))
    assert caught.value.reason is Missing.NOT_APPLICABLE
    assert caught.value.parts == {"infinite_images": 2, "mean_of_the_others": pytest.approx(np.log(2))}


def test_a_model_that_is_sure_and_always_wrong_leaves_no_others() -> None:
    with pytest.raises(UndefinedResult) as caught:
        measured(np.eye(2), np.array([1, 0]))
    assert caught.value.parts == {"infinite_images": 2, "mean_of_the_others": None}


def test_the_smallest_probability_that_there_is_still_counts() -> None:
    least = np.float32(2.0**-149)
    assert measured(np.array([[least, 1 - least]]), np.array([0])).value == pytest.approx(149 * np.log(2))


def test_one_image_has_no_error() -> None:
    found = measured(np.array([[0.5, 0.5]]), np.array([0]))
    assert (found.standard_error, found.replicates) == (None, None)


def test_misuse() -> None:
    with pytest.raises(ValueError, match="no image"):
        negative_log_likelihood(np.zeros(0))
    with pytest.raises(ValueError, match="softmax"):
        measured(np.array([[1.5, 0.5]]), np.array([0]))
