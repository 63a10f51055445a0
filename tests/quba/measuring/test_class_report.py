"""The report on every class, against counting by hand and against independent implementations."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binomtest
from torchmetrics.functional.classification import binary_auroc, multiclass_confusion_matrix

from quba.dimensions.calibration_error import expected_calibration_error
from quba.measuring.class_report import area_under_the_curve, class_report, reliability_bins
from quba.measuring.uncertainty import wilson_interval

relaxed = settings(deadline=None)


def outputs(images: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(images, classes)) * 2
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return probabilities.astype(np.float32), rng.integers(0, classes, size=images)


def test_counts_recalls_and_precisions_by_hand() -> None:
    decided = np.eye(3, dtype=np.float32)[[0, 0, 1, 0, 0]]
    report = class_report(decided, np.array([0, 0, 0, 1, 1]), class_count=3)
    first, second, third = report.classes
    assert (first.count, first.right, first.decided, first.recall, first.precision) == (3, 2, 4, 2 / 3, 0.5)
    assert (second.count, second.right, second.decided, second.recall, second.precision) == (2, 0, 1, 0, 0)
    # A class without images has no recall, and one that is never decided for no precision: neither is 0.
    assert (third.count, third.recall, third.recall_interval, third.precision) == (0, None, None, None)
    assert report.confusion == ((0, 0, 2), (0, 1, 1), (1, 0, 2))
    assert report.auc is None


@pytest.mark.parametrize("classes", [2, 5, 40])
def test_the_confusion_matrix_is_that_of_torchmetrics(classes: int) -> None:
    probabilities, labels = outputs(300, classes)
    report = class_report(probabilities, labels, classes)
    whole = np.zeros((classes, classes), dtype=int)
    for right, decided, count in report.confusion:
        whole[right, decided] = count
    theirs = multiclass_confusion_matrix(torch.from_numpy(probabilities), torch.from_numpy(labels), classes)
    assert whole.tolist() == theirs.tolist()
    assert sum(count for *_, count in report.confusion) == report.image_count == 300
    assert [row.right for row in report.classes] == np.diag(whole).tolist()


@relaxed
@given(arrays(np.float32, 12, elements=st.sampled_from([0.1, 0.2, 0.5, 0.9])), arrays(np.bool_, 12))
def test_the_area_by_comparing_every_pair(scores: np.ndarray, positive: np.ndarray) -> None:
    pairs = [(a > b) + (a == b) / 2 for a in scores[positive] for b in scores[~positive]]
    found = area_under_the_curve(scores, positive)
    if pairs:
        assert found == pytest.approx(np.mean(pairs))
    else:
        assert found is None


def test_the_area_of_two_classes_is_that_of_torchmetrics() -> None:
    probabilities, labels = outputs(500, 2)
    expected = binary_auroc(torch.from_numpy(probabilities[:, 1]), torch.from_numpy(labels)).item()
    assert class_report(probabilities, labels, 2).auc == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("classes", [2, 7])
def test_the_bins_sum_to_the_expected_calibration_error(classes: int) -> None:
    probabilities, labels = outputs(400, classes)
    # Some certain ones: they have a bin of their own.
    probabilities[:9] = np.eye(classes, dtype=np.float32)[0]
    bins = class_report(probabilities, labels, classes).reliability
    assert (len(bins), bins[-1].low, bins[-1].count) == (16, 1.0, 9)
    gaps = [
        each.count * abs(each.accuracy - each.confidence)
        for each in bins
        if each.accuracy is not None and each.confidence is not None
    ]
    assert sum(gaps) / 400 == pytest.approx(expected_calibration_error(probabilities, labels), abs=1e-12)
    for each in bins:
        assert each.confidence is None or each.low <= each.confidence <= each.high
        assert (each.confidence is None) == (each.accuracy is None) == (each.count == 0)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_scipys(right_of: tuple[int, int]) -> None:
    right, count = right_of
    expected = binomtest(right, count).proportion_ci(method="wilson")
    assert wilson_interval(right, count) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("chance", [0.5, 0.8, 0.95])
def test_the_interval_holds_the_truth_of_few_images(chance: float) -> None:
    # Exactly, over all counts of 20 images; the normal interval falls to .64 at .95.
    held = sum(
        math.comb(20, right) * chance**right * (1 - chance) ** (20 - right)
        for right in range(21)
        if wilson_interval(right, 20)[0] <= chance <= wilson_interval(right, 20)[1]
    )
    assert held > 0.92


def test_the_report_is_plain_json_with_names() -> None:
    probabilities, labels = outputs(50, 3)
    report = class_report(probabilities, labels, 3)
    found = json.loads(json.dumps(report.as_json(["oak", "ash", "elm"]), allow_nan=False))
    assert [row["name"] for row in found["classes"]] == ["oak", "ash", "elm"]
    assert found["classes"][0]["recall_interval"] == list(report.classes[0].recall_interval or ())
    assert sum(entry[2] for entry in found["confusion"]) == found["image_count"] == 50
    assert report.as_json()["classes"][2]["name"] == "2"
    with pytest.raises(ValueError, match="2 names for 3 classes"):
        report.as_json(["oak", "ash"])


def test_ten_thousand_classes_have_no_matrix_of_zeros() -> None:
    labels = np.arange(60) * 150
    probabilities = np.zeros((60, 10_000), dtype=np.float32)
    probabilities[np.arange(60), labels] = 1
    report = class_report(probabilities, labels, 10_000)
    assert len(report.confusion) == 60
    assert sum(row.right for row in report.classes) == 60


@pytest.mark.usefixtures("unchecked_shapes")
def test_misuse() -> None:
    probabilities, labels = outputs(5, 3)
    with pytest.raises(ValueError, match="3 columns for 4 classes"):
        class_report(probabilities, labels, 4)
    with pytest.raises(ValueError, match="one class index"):
        class_report(probabilities[:0], labels[:0], 3)
    with pytest.raises(ValueError, match="pass one per image"):
        area_under_the_curve(np.zeros(2), np.zeros(3, dtype=bool))
    with pytest.raises(ValueError, match="pass one per image"):
        reliability_bins(np.zeros(2), np.zeros(3, dtype=bool))
    with pytest.raises(ValueError, match="3 of 2 images"):
        wilson_interval(3, 2)
    with pytest.raises(ValueError, match="confidence is 1"):
        wilson_interval(1, 2, confidence=1)
