"""ECE after temperature scaling: torch's own fit, refits without each group, and models of known value."""

import numpy as np
import pytest
import torch
from scipy.special import softmax
from torchmetrics.functional.classification import multiclass_calibration_error

from quba.dimension import Missing, UndefinedResult
from quba.dimensions import MEASURES
from quba.dimensions.scaled_calibration_error import scaled_calibration_error
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error
from quba.measuring.observations import Measured, Observations
from quba.measuring.temperature import MILDEST, SHARPEST, fitted_temperature, fitting_half, scaled_confidence


def measured(probabilities: np.ndarray, labels: np.ndarray) -> Measured:
    return MEASURES["scaled_calibration_error"](
        Observations(probabilities=probabilities.astype(np.float32), labels=labels)
    )


def logits_of(images: int, classes: int, seed: int, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Outputs whose probabilities are true at sharpness 1, and labels drawn from these."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.standard_normal((images, classes))
    labels = np.array([rng.choice(classes, p=row) for row in softmax(logits, axis=1)])
    return sharpness * logits, labels


def by_torch(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature as Guo et al. fit it: by L-BFGS on the cross-entropy of scaled logits."""
    outputs, truth = torch.from_numpy(logits), torch.from_numpy(labels)
    temperature = torch.ones(1, dtype=torch.float64, requires_grad=True)
    descent = torch.optim.LBFGS([temperature], lr=0.1, max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-14)

    def closure() -> torch.Tensor:
        descent.zero_grad()
        loss = torch.nn.functional.cross_entropy(outputs / temperature, truth)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    descent.step(closure)  # type: ignore[no-untyped-call]
    return float(temperature.detach())


@pytest.mark.parametrize(("sharpness", "seed"), [(0.5, 1), (1.0, 2), (3.0, 3)])
def test_it_is_the_calibration_error_of_logits_that_torch_has_scaled(sharpness: float, seed: int) -> None:
    logits, labels = logits_of(600, 7, seed, sharpness)
    found = measured(softmax(logits, axis=1), labels)
    fits = fitting_half(labels)
    temperature = by_torch(logits[fits], labels[fits])
    assert found.parts["temperature"] == pytest.approx(temperature, rel=1e-4)
    assert found.parts["temperature"] == pytest.approx(sharpness, rel=0.2)
    for scaled_by, value in ((temperature, found.value), (1.0, found.parts["ece_before"])):
        foreign = multiclass_calibration_error(
            torch.from_numpy(softmax(logits[~fits] / scaled_by, axis=1)), torch.from_numpy(labels[~fits]), num_classes=7
        )
        assert value == pytest.approx(float(foreign), abs=1e-3)
    assert (found.parts["fitting_images"], found.parts["judged_images"], found.sample_count) == (300, 300, 600)


def test_what_one_number_can_mend_is_mended() -> None:
    logits, labels = logits_of(4000, 5, 4, 4.0)
    found = measured(softmax(logits, axis=1), labels)
    assert found.parts["ece_before"] > 0.15
    assert found.value < 0.05
    assert found.note == ""


def test_no_decision_changes_and_neither_half_is_judged_by_its_own_fit() -> None:
    logits, labels = logits_of(400, 5, 5, 3.0)
    probabilities, fits = softmax(logits, axis=1).astype(np.float32), fitting_half(labels)
    confidence, _ = scaled_confidence(
        probabilities[~fits], fitted_temperature(probabilities[fits], labels[fits]).inverse
    )
    right = probabilities[~fits].argmax(axis=1) == labels[~fits]
    assert measured(probabilities, labels).value == scaled_calibration_error(confidence, right)


def test_the_replicates_are_nearly_those_of_a_fit_without_each_group() -> None:
    logits, labels = logits_of(2000, 5, 6, 3.0)
    probabilities = softmax(logits, axis=1).astype(np.float32)
    fits, groups = fitting_half(labels), balanced_groups(labels)
    refitted = []
    for group in range(groups.count):
        kept = groups.of_image != group
        fit = fitted_temperature(probabilities[fits & kept], labels[fits & kept])
        judged = ~fits & kept
        confidence, _ = scaled_confidence(probabilities[judged], fit.inverse)
        refitted.append(scaled_calibration_error(confidence, probabilities[judged].argmax(axis=1) == labels[judged]))
    found = measured(probabilities, labels)
    # To first order, an image beside the edge of a bin may fall on the other side of it: two of 950 are allowed.
    assert found.replicates == pytest.approx(refitted, abs=2.2e-3)
    assert found.standard_error == pytest.approx(jackknife_standard_error(np.array(refitted)), rel=0.1)


def test_the_standard_error_is_how_far_the_value_scatters() -> None:
    runs = [measured(softmax(logits, axis=1), labels) for logits, labels in
            (logits_of(1000, 4, seed, 2.0) for seed in range(60))]  # fmt: skip
    scatter = np.std([each.value for each in runs])
    stated = np.sqrt(np.mean([each.standard_error**2 for each in runs if each.standard_error is not None]))
    # The gaps of a model that scaling has calibrated are all chance, and cannot fall below 0, which the jackknife does
    # not know: it states about twice the scatter.
    assert 1 < stated / scatter < 2.5


def test_an_oracle_keeps_its_temperature_and_a_uniform_guess_too() -> None:
    oracle = measured(np.eye(4)[np.arange(40) % 4], np.arange(40) % 4)
    assert (oracle.value, oracle.parts["temperature"], oracle.standard_error, oracle.note) == (0.0, 1.0, 0.0, "")
    guess = measured(np.full((40, 4), 0.25), np.arange(40) % 4)
    assert (guess.value, guess.parts["temperature"]) == (0.0, 1.0)


def test_who_is_always_right_could_be_sharper_and_who_is_always_wrong_milder() -> None:
    doubtful = np.where(np.eye(2)[np.arange(40) % 2] == 1, 0.6, 0.4)
    right = measured(doubtful, np.arange(40) % 2)
    assert right.parts["temperature"] == pytest.approx(SHARPEST)
    assert right.value == pytest.approx(0.0, abs=1e-6)
    assert "0.01, the end of the range" in right.note
    wrong = measured(doubtful, (np.arange(40) + 1) % 2)
    assert wrong.parts["temperature"] == pytest.approx(MILDEST)
    assert wrong.value == pytest.approx(0.5, abs=0.01)
    assert "100, the end of the range" in wrong.note


def test_a_right_class_that_is_ruled_out_has_no_temperature() -> None:
    with pytest.raises(UndefinedResult, match="probability 0 in 10 of the 20 images") as caught:
        measured(np.eye(2)[np.zeros(40, dtype=int)], np.arange(40) % 2)
    assert caught.value.reason is Missing.NOT_APPLICABLE


def test_one_image_is_too_few_and_two_have_no_error() -> None:
    with pytest.raises(UndefinedResult, match="two or more") as caught:
        measured(np.array([[0.5, 0.5]]), np.array([0]))
    assert caught.value.reason is Missing.TOO_FEW_IMAGES
    two = measured(np.array([[0.6, 0.4], [0.6, 0.4]]), np.array([0, 0]))
    assert (two.standard_error, two.replicates, two.parts["judged_images"]) == (None, None, 1)


def test_misuse() -> None:
    with pytest.raises(ValueError, match="no image to judge"):
        scaled_calibration_error(np.zeros(0), np.zeros(0, dtype=bool))
