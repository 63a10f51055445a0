"""Worst-class recall, against torchmetrics, a draw of many runs and models whose value follows on paper."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchmetrics.functional.classification import multiclass_recall

from quba.dimension import Missing, UndefinedResult
from quba.dimensions import MEASURES
from quba.dimensions.worst_class_recall import worst_class_recall
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error
from quba.measuring.observations import Measured, Observations
from quba.measuring.sample_size import FEW_IMAGES


def measured(decisions: np.ndarray, labels: np.ndarray, classes: int, *, refuses: bool = False) -> Measured:
    return MEASURES["worst_class_recall"](
        Observations(
            probabilities=np.eye(classes, dtype=np.float32)[decisions], labels=labels, refuses_few_images=refuses
        )
    )


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_it_is_the_least_recall_of_torchmetrics(seed: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.repeat(np.arange(classes), 2), rng.integers(0, classes, 60)])
    decisions = np.where(rng.random(labels.size) < 0.6, labels, rng.integers(0, classes, labels.size))
    found = measured(decisions, labels, classes)
    of_class = multiclass_recall(
        torch.from_numpy(decisions), torch.from_numpy(labels), num_classes=classes, average="none"
    )
    assert found.value == pytest.approx(float(of_class.min()), abs=1e-6)
    assert found.parts == {"class": int(of_class.argmin())}
    groups = balanced_groups(labels)
    left_out = [
        worst_class_recall(decisions[groups.of_image != group], labels[groups.of_image != group], classes)
        for group in range(groups.count)
    ]
    assert found.replicates == pytest.approx(left_out, abs=1e-12)
    assert found.standard_error == pytest.approx(jackknife_standard_error(np.array(left_out)), abs=1e-12)


def test_an_oracle_a_constant_and_one_that_is_always_wrong() -> None:
    labels = np.arange(40) % 4
    assert measured(labels, labels, 4).value == 1.0
    constant = measured(np.zeros_like(labels), labels, 4)
    assert (constant.value, constant.parts) == (0.0, {"class": 1})
    assert measured((labels + 1) % 4, labels, 4).value == 0.0


def test_the_standard_error_is_how_far_the_value_scatters_and_rather_more() -> None:
    rng = np.random.default_rng(3)
    labels, recalls = np.repeat(np.arange(10), 50), np.linspace(0.6, 0.95, 10)
    runs = [
        measured(np.where(rng.random(500) < recalls[labels], labels, (labels + 1) % 10), labels, 10) for _ in range(120)
    ]
    scatter = np.std([each.value for each in runs])
    stated = np.sqrt(np.mean([each.standard_error**2 for each in runs if each.standard_error is not None]))
    assert 0.9 < stated / scatter < 1.5


def test_a_class_without_an_image_has_no_recall() -> None:
    with pytest.raises(UndefinedResult) as caught:
        measured(np.array([0, 0]), np.array([0, 0]), 2)
    assert caught.value.reason is Missing.NOT_APPLICABLE


@pytest.mark.parametrize("fewest", [9, 10])
def test_few_images_of_a_class_are_flagged_or_refused(fewest: int) -> None:
    labels = np.repeat([0, 1], [12, fewest])
    found = measured(labels, labels, 2)
    assert (found.flags, bool(found.note)) == (((FEW_IMAGES,), True) if fewest == 9 else ((), False))
    if fewest == 9:
        with pytest.raises(UndefinedResult, match="needs 10 images") as caught:
            measured(labels, labels, 2, refuses=True)
        assert caught.value.reason is Missing.TOO_FEW_IMAGES
    else:
        assert measured(labels, labels, 2, refuses=True).value == 1.0


def test_a_class_with_one_image_leaves_no_error() -> None:
    found = measured(np.array([0, 0, 1]), np.array([0, 0, 1]), 2)
    assert (found.value, found.standard_error, found.replicates) == (1.0, None, None)
