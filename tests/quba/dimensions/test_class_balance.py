"""Class balance and its two halves."""

import numpy as np
import pytest

from quba.dimension import Missing, UndefinedResult
from quba.dimensions.class_balance import class_balance, confidence_balance, prediction_balance, recalls


# The reference takes its spreads in 32 bits; its figures have 7 decimals.
@pytest.mark.parametrize(
    ("vector", "prediction", "confidence", "both"),
    [
        ("wave", 0.8246696, 0.7734403, 0.7986443),
        ("wave_softmaxed_twice", 0.8246696, 0.9363227, 0.8787246),
        ("ties", 0.6464466, 0.6866685, 0.6662541),
    ],
)
def test_conformance(
    request: pytest.FixtureRequest, vector: str, prediction: float, confidence: float, both: float
) -> None:
    outputs = request.getfixturevalue(vector)
    probabilities, labels = outputs.probabilities, outputs.labels
    decisions = probabilities.argmax(axis=1)
    balance = prediction_balance(decisions, labels, probabilities.shape[1])
    assert balance == pytest.approx(prediction, abs=1e-7)
    of_confidence = confidence_balance(probabilities, labels)
    assert of_confidence == pytest.approx(confidence, abs=1e-7)
    assert class_balance(balance, of_confidence) == pytest.approx(both, abs=1e-7)


def test_recalls_by_hand() -> None:
    found = recalls(np.array([0, 1, 1, 2, 0]), np.array([0, 0, 1, 2, 2]), class_count=3)
    assert found.tolist() == [0.5, 1.0, 0.5]


def test_the_spread_of_recalls_is_that_of_a_sample() -> None:
    decisions, labels = np.array([0, 1, 1, 2, 0]), np.array([0, 0, 1, 2, 2])
    assert prediction_balance(decisions, labels, 3) == pytest.approx(1 - np.std([0.5, 1.0, 0.5], ddof=1))


def test_confidence_balance_looks_within_classes_and_skips_absent_ones() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.5, 0.5, 0.0], [0.1, 0.1, 0.8]], dtype=np.float32)
    labels = np.array([0, 0, 2])
    assert confidence_balance(probabilities, labels) == pytest.approx(1 - (0.2 + 0.0) / 2)


def test_a_class_without_images_leaves_balance_undefined() -> None:
    with pytest.raises(UndefinedResult, match="1 of 3 classes have no image, the first being 1") as caught:
        recalls(np.array([0, 2]), np.array([0, 2]), class_count=3)
    assert caught.value.reason is Missing.NOT_APPLICABLE


def test_one_class_has_nothing_to_be_balanced_with() -> None:
    with pytest.raises(UndefinedResult, match="one class") as caught:
        prediction_balance(np.array([0]), np.array([0]), class_count=1)
    assert caught.value.reason is Missing.NOT_APPLICABLE


@pytest.mark.usefixtures("unchecked_shapes")
def test_counts_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="2 decisions for 1 labels"):
        recalls(np.array([0, 1]), np.array([0]), class_count=1)


def test_logits_are_refused() -> None:
    with pytest.raises(ValueError, match="softmax"):
        confidence_balance(np.array([[7.2, -3.1]]), np.array([0]))
