"""Expected and adaptive calibration error, against conformance values, a foreign library and slow rewrites."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.dimensions.calibration_error import (
    adaptive_calibration_error,
    calibration_error,
    expected_calibration_error,
)

relaxed = settings(deadline=None, max_examples=150)

# torch.linspace(0, 1, 16) of torch 2.13, in which the study's library bins; written out because it is not i / 15.
EDGES = np.array(
    [
        0.0, 0.06666667014360428, 0.13333334028720856, 0.20000001788139343, 0.2666666805744171, 0.3333333432674408,
        0.40000003576278687, 0.46666669845581055, 0.5333333015441895, 0.5999999642372131, 0.6666666269302368,
        0.7333333492279053, 0.800000011920929, 0.8666666746139526, 0.9333333373069763, 1.0,
    ],
    dtype=np.float32,
)  # fmt: skip

tie_prone = st.one_of(
    st.sampled_from([0.0, 1.0, 0.2, 0.4, 0.5, 0.6, 0.8]),
    st.sampled_from([float(edge) for edge in EDGES]),
    st.floats(0, 1, width=32),
)


@st.composite
def outputs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    images, classes = draw(st.integers(1, 50)), draw(st.integers(1, 4))
    probabilities = draw(arrays(np.float32, (images, classes), elements=tie_prone.map(np.float32)))
    return probabilities, draw(arrays(np.int64, images, elements=st.integers(0, classes - 1)))


def slow_expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = [sum(1 for edge in EDGES if edge <= value) - 1 for value in confidence]
    total = 0.0
    for wanted in range(16):
        members = [image for image, place in enumerate(bins) if place == wanted]
        if members:
            gap = np.mean(correct[members]) - np.mean(confidence[members].astype(np.float64))
            total += len(members) / len(labels) * abs(gap)
    return total


def slow_class_error(probability: np.ndarray, is_class: np.ndarray) -> float:
    kept = [(float(p), bool(right)) for p, right in zip(probability, is_class, strict=True) if p > 0]
    if not kept:
        return 0.0
    n = len(kept)
    ordered = sorted(p for p, _ in kept)
    bounds = [ordered[min(round(b * n / 15), n - 1)] for b in range(1, 15)] + [1.0]
    gaps = [0.0] * 16
    for p, right in kept:
        gaps[sum(bound <= p for bound in bounds)] += right - p
    return sum(abs(gap) for gap in gaps) / n


def slow_adaptive_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    classes = range(probabilities.shape[1])
    return float(np.mean([slow_class_error(probabilities[:, c], labels == c) for c in classes]))


def both_errors(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return calibration_error(
        adaptive_calibration_error(probabilities, labels), expected_calibration_error(probabilities, labels)
    )


# The published figures have 7 decimals; the reference sums in 32 bits, which is worth up to 1e-7 on 60 images.
@pytest.mark.parametrize(
    ("vector", "ece", "ace", "both"),
    [
        ("wave", 0.5115524, 0.2845766, 0.3815440),
        ("wave_softmaxed_twice", 0.1792425, 0.1457161, 0.1616122),
        ("ties", 0.2, 0.145, (0.2 * 0.145) ** 0.5),
    ],
)
def test_conformance(request: pytest.FixtureRequest, vector: str, ece: float, ace: float, both: float) -> None:
    given_outputs = request.getfixturevalue(vector)
    probabilities, labels = given_outputs.probabilities, given_outputs.labels
    assert expected_calibration_error(probabilities, labels) == pytest.approx(ece, abs=2e-7)
    assert adaptive_calibration_error(probabilities, labels) == pytest.approx(ace, abs=1e-7)
    assert both_errors(probabilities, labels) == pytest.approx(both, abs=1e-7)


@pytest.mark.parametrize(("modulus", "from_torchmetrics"), [(16, 0.5125000476837158), (11, 0.40208327770233154)])
def test_confidences_on_the_edges_agree_with_torchmetrics(modulus: int, from_torchmetrics: float) -> None:
    # Multiples of 1/15 and of 1/10 lie on edges or one rounding beside them; torchmetrics 1.9 gave these values.
    i, j = np.arange(48)[:, None], np.arange(3)[None, :]
    probabilities = ((5 * i + 7 * j + i * j) % modulus).astype(np.float32) / np.float32(modulus - 1)
    labels = ((i[:, 0] ** 2 + 1) // 3) % 3
    assert expected_calibration_error(probabilities, labels) == pytest.approx(from_torchmetrics, abs=2e-7)


@relaxed
@given(outputs())
def test_expected_calibration_error_equals_a_slow_rewrite(case: tuple[np.ndarray, np.ndarray]) -> None:
    assert expected_calibration_error(*case) == pytest.approx(slow_expected_calibration_error(*case), abs=1e-12)


@relaxed
@given(outputs())
def test_adaptive_calibration_error_equals_a_slow_rewrite(case: tuple[np.ndarray, np.ndarray]) -> None:
    assert adaptive_calibration_error(*case) == pytest.approx(slow_adaptive_calibration_error(*case), abs=1e-12)


@relaxed
@given(outputs(), st.randoms(use_true_random=False))
def test_the_order_of_the_images_does_not_matter(case: tuple[np.ndarray, np.ndarray], random: Random) -> None:
    probabilities, labels = case
    order = random.sample(range(len(labels)), len(labels))
    assert both_errors(probabilities[order], labels[order]) == pytest.approx(both_errors(*case), abs=1e-9)


def test_full_certainty_has_a_bin_of_its_own() -> None:
    # The certain row is wrong and the nearly certain one right: in one bin they would make up for each other (.475).
    probabilities = np.array([[1.0, 0.0], [0.95, 0.05]], dtype=np.float32)
    assert expected_calibration_error(probabilities, np.array([1, 0])) == pytest.approx((1.0 + 0.05) / 2)


def test_classes_without_any_probability_add_nothing_but_are_counted() -> None:
    probabilities = np.array([[0.5, 0.0]], dtype=np.float32)
    assert adaptive_calibration_error(probabilities, np.array([0])) == pytest.approx(0.5 / 2)


def test_more_classes_than_are_taken_at_once() -> None:
    probabilities = np.random.default_rng(0).random((40, 71)).astype(np.float32)
    labels = np.arange(40)
    expected = slow_adaptive_calibration_error(probabilities, labels)
    assert adaptive_calibration_error(probabilities, labels) == pytest.approx(expected, abs=1e-12)


def test_precision_of_the_caller_does_not_matter() -> None:
    # 1e-60 is 0 in 32 bits, and so is left out.
    wide = np.array([[1.0, 1e-60], [0.3, 0.7], [0.6, 0.4]])
    labels = np.array([0, 1, 1])
    assert both_errors(wide, labels) == both_errors(wide.astype(np.float32), labels)


def test_perfect_calibration_is_zero() -> None:
    assert both_errors(np.eye(3, dtype=np.float32), np.arange(3)) == 0.0


@pytest.mark.parametrize("metric", [expected_calibration_error, adaptive_calibration_error])
@pytest.mark.parametrize("row", [[7.2, -3.1], [np.nan, 0.5]])
def test_logits_and_nan_are_refused(metric: Callable[[np.ndarray, np.ndarray], float], row: list[float]) -> None:
    with pytest.raises(ValueError, match=r"softmax|NaN"):
        metric(np.array([row]), np.array([0]))
