"""Top-5 accuracy: how often the right class is among the five most probable ones."""

import numpy as np
from jaxtyping import Bool, Float, Int

from quba.dimension import Dimension, Missing, Pass, Theme, UndefinedResult
from quba.measuring.image_means import measured_mean
from quba.measuring.observations import Measured, Observations, Outcome
from quba.measuring.validity import single_precision_probabilities

_TOP = 5
DIMENSION = Dimension(
    key="top5_accuracy",
    label="Top-5 accuracy",
    short_label="Top-5",
    position=14,
    theme=Theme.ACCURACY,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    plausible=(0.0, 1.0),
    higher_is_better=True,
    default_weight=0.0,
    smallest_meaningful_difference=0.003,
    reference=None,
    published_error=None,
    description="Share of clean test images whose right class is among the five most probable ones.",
    procedure=(
        "An image counts as right if fewer than five classes are more probable than the right one; of equally "
        "probable ones the first come first. It needs more than five classes: among five the right one always is."
    ),
    source="Russakovsky et al. 2015, ImageNet Large Scale Visual Recognition Challenge (arXiv 1409.0575)",
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
    fewest_classes=_TOP + 1,
)

# Some rows at a time stay in the processor's cache.
_IMAGES_AT_ONCE = 512


def top5_accuracy(right_within_five: Bool[np.ndarray, " images"]) -> float:
    """Share of images whose right class is among the five most probable; higher is better.

    Args:
        right_within_five: of each image, from ``within_five``.

    Returns:
        A fraction in [0, 1], at least the accuracy.

    Raises:
        ValueError: if there is no image.

    Source:
        Russakovsky et al. 2015, arXiv 1409.0575.

    >>> p = np.array([[0.3, 0.2, 0.2, 0.1, 0.1, 0.1]] * 2, dtype=np.float32)
    >>> top5_accuracy(within_five(p, np.array([4, 5])))
    0.5
    """
    return Outcome(right=right_within_five).accuracy


def within_five(
    probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]
) -> Bool[np.ndarray, " images"]:
    """Of each image, whether fewer than five classes come before the right one.

    Args:
        probabilities: in [0, 1], one row per image and one column per class.
        labels: the right class of each image.

    Returns:
        One entry per image. Ties are decided as in the accuracy: the first class comes first.

    Raises:
        ValueError: if there is no image, shapes do not fit, a label names no class, or a probability is NaN or
            outside [0, 1].
        UndefinedResult: with ``NOT_APPLICABLE`` for five classes or fewer, where every image would be right.

    >>> within_five(np.array([[0.3, 0.2, 0.2, 0.1, 0.1, 0.1]] * 2, dtype=np.float32), np.array([4, 5])).tolist()
    [True, False]
    """
    single = single_precision_probabilities(probabilities, labels)
    if single.shape[1] <= _TOP:
        raise UndefinedResult(
            Missing.NOT_APPLICABLE,
            f"there are {single.shape[1]} classes, so that every image would be right; top-5 accuracy needs six.",
        )
    found = np.empty(len(labels), dtype=bool)
    for start in range(0, len(labels), _IMAGES_AT_ONCE):
        block, right = single[start : start + _IMAGES_AT_ONCE], labels[start : start + _IMAGES_AT_ONCE]
        of_right_class = block[np.arange(len(block)), right][:, np.newaxis]
        ahead = np.count_nonzero(block > of_right_class, axis=1)
        level = np.count_nonzero(block >= of_right_class, axis=1) - ahead
        # Only where another class is just as probable does its place decide.
        for row in np.flatnonzero(level > 1):
            ahead[row] += np.count_nonzero(block[row, : right[row]] == of_right_class[row])
        found[start : start + _IMAGES_AT_ONCE] = ahead < _TOP
    return found


def measure(observations: Observations) -> Measured:
    """Top-5 accuracy of one model, with its binomial standard error.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        No parts; the images are those of the clean pass.

    Raises:
        ValueError: as ``within_five``.
        UndefinedResult: as ``within_five``, and with the reason for which the clean pass was not run.
    """
    probabilities, labels = observations.clean_probabilities()
    right = within_five(probabilities, labels)
    return measured_mean(top5_accuracy(right), right.astype(np.float64), labels)
