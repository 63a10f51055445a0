"""What a model does to each class: recall, precision, what is mistaken for what, and how far its confidence holds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy
from jaxtyping import Bool, Float, Int

from quba.measuring.calibration_bins import BINS, equal_width_edges
from quba.measuring.uncertainty import wilson_interval
from quba.measuring.validity import single_precision_probabilities

_TWO = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassRow:
    """One class.

    Attributes:
        count: its images.
        right: those that were decided right.
        decided: images of any class that were decided to be of this one.
        recall: share of its images that were decided right; None where it has none.
        recall_interval: the 95 % Wilson interval of the recall; None where the class has no image.
        precision: share of the images decided to be of this class that are; None where none was decided so.
    """

    count: int
    right: int
    decided: int
    recall: float | None
    recall_interval: tuple[float, float] | None
    precision: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityBin:
    """The images whose confidence in the decided class lies in one bin.

    Attributes:
        low: least confidence, which belongs to the bin.
        high: greatest confidence, which belongs to the next; the last bin holds confidences of exactly 1 alone.
        count: images.
        confidence: their mean confidence; None where there is no image.
        accuracy: the share of them that was decided right; None likewise.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassReport:
    """What a model does to each class of one benchmark.

    Attributes:
        image_count: clean images.
        classes: one row per class, in the order of the labels.
        confusion: of each pair that occurs the right class, the decided one and the number of images, in that order.
        auc: of two classes the area under the ROC curve; None where there are more, or one of them has no image.
        reliability: 16 bins of confidence, as ECE sums them.
    """

    image_count: int
    classes: tuple[ClassRow, ...]
    confusion: tuple[tuple[int, int, int], ...]
    auc: float | None
    reliability: tuple[ReliabilityBin, ...]

    def as_json(self, names: Sequence[str] = ()) -> dict[str, Any]:
        """The same as plain JSON.

        Args:
            names: of the classes, in the order of the labels; without them their numbers stand for them.

        Returns:
            Lists and numbers by name; the confusion matrix as the entries that are not 0.

        Raises:
            ValueError: if there is not one name per class.

        >>> report = class_report(np.eye(2, dtype=np.float32), np.array([0, 1]), class_count=2)
        >>> report.as_json(["cat", "dog"])["classes"][1]["name"]
        'dog'
        """
        own = list(names) or [str(label) for label in range(len(self.classes))]
        if len(own) != len(self.classes):
            raise ValueError(f"there are {len(own)} names for {len(self.classes)} classes; pass one per class.")
        rows = [{"name": name, **asdict(row)} for name, row in zip(own, self.classes, strict=True)]
        for row in rows:
            row["recall_interval"] = row["recall_interval"] and list(row["recall_interval"])
        return {
            "image_count": self.image_count,
            "classes": rows,
            "confusion": [list(entry) for entry in self.confusion],
            "auc": self.auc,
            "reliability": [asdict(each) for each in self.reliability],
        }


def class_report(
    probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"], class_count: int
) -> ClassReport:
    """Report on every class from the probabilities of the clean images.

    Args:
        probabilities: in [0, 1], one row per image and one column per class.
        labels: the right class of each image.
        class_count: number of classes.

    Returns:
        Shares and intervals in [0, 1]; what has no images is None and never 0.

    Raises:
        ValueError: if there is no image, shapes do not fit, a label names no class, or a probability is NaN or
            outside [0, 1].

    Source:
        Wilson 1927 for the intervals; the area under the ROC curve as the statistic of Mann and Whitney 1947.

    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], dtype=np.float32)
    >>> report = class_report(p, np.array([0, 1, 1]), class_count=2)
    >>> [row.recall for row in report.classes], [row.precision for row in report.classes], report.auc
    ([1.0, 0.5], [0.5, 1.0], 1.0)
    >>> report.confusion
    ((0, 0, 1), (1, 0, 1), (1, 1, 1))
    """
    if probabilities.ndim == _TWO and probabilities.shape[1] != class_count:
        raise ValueError(f"there are {probabilities.shape[1]} columns for {class_count} classes; pass one per class.")
    single = single_precision_probabilities(probabilities, labels)
    decisions: Int[np.ndarray, " images"] = single.argmax(axis=1)
    right = decisions == labels
    return ClassReport(
        image_count=len(labels),
        classes=_rows(decisions, labels, class_count),
        confusion=_confusion(decisions, labels, class_count),
        auc=area_under_the_curve(single[:, 1], labels == 1) if class_count == _TWO else None,
        reliability=reliability_bins(single.max(axis=1), right),
    )


def area_under_the_curve(scores: Float[np.ndarray, " images"], positive: Bool[np.ndarray, " images"]) -> float | None:
    """How often a positive image has a higher score than a negative one; a tie counts as half.

    Args:
        scores: one per image.
        positive: whether the image is of the class that high scores are for.

    Returns:
        In [0, 1], .5 for scores that tell nothing; None where one of the two classes has no image.

    Raises:
        ValueError: if there is not one score per image.

    Source:
        Mann and Whitney 1947; Hanley and McNeil 1982 for its being the area under the ROC curve.

    >>> area_under_the_curve(np.array([0.1, 0.5, 0.5, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    if scores.shape != positive.shape:
        raise ValueError(f"there are {scores.size} scores for {positive.size} images; pass one per image.")
    positives = int(positive.sum())
    negatives = positive.size - positives
    if not (positives and negatives):
        return None
    # Ranks count, for every positive image, the images below it and half of those beside it.
    # Less the ranks that the positives hold among themselves.
    above = float(scipy.stats.rankdata(scores)[positive].sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)


def reliability_bins(
    confidence: Float[np.ndarray, " images"], right: Bool[np.ndarray, " images"]
) -> tuple[ReliabilityBin, ...]:
    """How often a model is right, by how sure it says it is: the bins that ECE is the sum of.

    Args:
        confidence: probability of the decided class, in [0, 1] and 32 bits.
        right: whether the image was decided right.

    Returns:
        15 bins of equal width and a last one for confidences of exactly 1.

    Raises:
        ValueError: if there is not one confidence per image.

    Source:
        Guo et al. 2017, arXiv 1706.04599.

    >>> bins = reliability_bins(np.array([0.7, 0.72], dtype=np.float32), np.array([True, False]))
    >>> [(each.count, each.accuracy) for each in bins if each.count]
    [(2, 0.5)]
    """
    if confidence.shape != right.shape:
        raise ValueError(f"there are {confidence.size} confidences for {right.size} images; pass one per image.")
    edges = equal_width_edges()
    # side="right": a confidence on an edge belongs to the bin above, as in the study's library.
    bin_of = np.searchsorted(edges, confidence, side="right") - 1
    counts = np.bincount(bin_of, minlength=BINS + 1).tolist()
    sums = np.bincount(bin_of, weights=confidence.astype(np.float64), minlength=BINS + 1).tolist()
    rights = np.bincount(bin_of, weights=right, minlength=BINS + 1).tolist()
    # The last bin begins and ends at 1.
    lows = [*(float(edge) for edge in edges[:-1]), 1.0]
    highs = [*lows[1:], 1.0]
    return tuple(
        ReliabilityBin(
            low=low,
            high=high,
            count=count,
            confidence=total / count if count else None,
            accuracy=hits / count if count else None,
        )
        for low, high, count, total, hits in zip(lows, highs, counts, sums, rights, strict=True)
    )


def _rows(
    decisions: Int[np.ndarray, " images"], labels: Int[np.ndarray, " images"], class_count: int
) -> tuple[ClassRow, ...]:
    counts = np.bincount(labels, minlength=class_count).tolist()
    decided = np.bincount(decisions, minlength=class_count).tolist()
    rights = np.bincount(labels[decisions == labels], minlength=class_count).tolist()
    return tuple(
        ClassRow(
            count=count,
            right=right,
            decided=chosen,
            recall=right / count if count else None,
            recall_interval=wilson_interval(right, count) if count else None,
            precision=right / chosen if chosen else None,
        )
        for count, chosen, right in zip(counts, decided, rights, strict=True)
    )


def _confusion(
    decisions: Int[np.ndarray, " images"], labels: Int[np.ndarray, " images"], class_count: int
) -> tuple[tuple[int, int, int], ...]:
    # Only pairs that occur: of 10,000 classes a whole matrix would hold 100 million zeros.
    pairs, counts = np.unique(labels.astype(np.int64) * class_count + decisions, return_counts=True)
    return tuple(
        (pair // class_count, pair % class_count, count)
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True)
    )
