"""Standard errors of accuracies and of what is made of them, and the intervals that follow.

All of them ask the same question: how far would the value move if the images had been another draw of the same kind?
Ratios and means are taken to first order (the delta method), so they serve where many images are right and many wrong.
"""

import math
from collections.abc import Sequence

import numpy as np
import scipy
from jaxtyping import Float, Int

from quba.measuring.validity import require_accuracy


def binomial_standard_error(share: float, count: int) -> float:
    """Standard error of a share of independent images.

    Args:
        share: in [0, 1].
        count: images, 1 or more.

    Returns:
        sqrt(share (1 - share) / count), in [0, 0.5]; 0 for a share of 0 or 1.

    Raises:
        ValueError: for a share outside [0, 1] or no image.

    >>> binomial_standard_error(0.8, 1600)
    0.01
    """
    require_accuracy("share", share)
    if count < 1:
        raise ValueError(f"count is {count}; a share needs at least one image.")
    return math.sqrt(share * (1 - share) / count)


def wilson_interval(right: int, count: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a share of few images, which the normal one around it would misstate.

    Args:
        right: images, 0 to ``count``.
        count: images, 1 or more.
        confidence: how often such intervals hold the truth, above 0 and below 1.

    Returns:
        Low and high end, in [0, 1]; never of width 0, not even where all images are right.

    Raises:
        ValueError: for counts or a confidence out of range.

    Source:
        Wilson 1927, Journal of the American Statistical Association 22.

    >>> [round(end, 4) for end in wilson_interval(10, 10)]
    [0.7225, 1.0]
    """
    if not 0 <= right <= count or count < 1:
        raise ValueError(f"{right} of {count} images are right; pass 0 up to the count, which is 1 or more.")
    z = _two_sided(confidence)
    middle = (right + z**2 / 2) / (count + z**2)
    half = z / (count + z**2) * math.sqrt(right * (count - right) / count + z**2 / 4)
    # Exact at the ends, where rounding would leave 1e-17.
    return (0.0 if right == 0 else middle - half, 1.0 if right == count else middle + half)


def accuracy_covariance(
    clean: Float[np.ndarray, " images"],
    shifted: Sequence[Float[np.ndarray, " _"]],
    *,
    same_images: bool | Sequence[bool],
) -> Float[np.ndarray, "accuracies accuracies"]:
    """Covariance matrix of the clean accuracy and of accuracies on changed images.

    Args:
        clean: 1 where a clean image is right and 0 where not, one or more.
        shifted: for each changed set the same, or shares of the changes of an image that are right.
        same_images: whether sets as large as the clean one are changes of the same images in the same order, for all
            or for each. What is right before and after a change goes together, and ignoring that misstates the error of
            the ratio.

    Returns:
        One row for the clean accuracy, then one per changed set. Sets of other images do not covary.

    >>> bits = np.array([1.0, 1.0, 0.0, 0.0])
    >>> accuracy_covariance(bits, [bits], same_images=True).tolist()
    [[0.0625, 0.0625], [0.0625, 0.0625]]
    """
    covariance = np.diag([images.var() / images.size for images in (clean, *shifted)])
    changed = np.broadcast_to(np.asarray(same_images), len(shifted)).tolist()
    same = [0, *(i for i, images in enumerate(shifted, start=1) if changed[i - 1] and images.size == clean.size)]
    together = np.array([(clean, *shifted)[i] for i in same])
    # Image by image, which is why only sets of the same images in the same order may be here.
    together = together - together.mean(axis=1, keepdims=True)
    # The diagonal is written once more, with the same variances.
    covariance[np.ix_(same, same)] = together @ together.T / clean.size**2
    return covariance


def ratio_covariance(
    accuracies: Float[np.ndarray, " accuracies"], covariance: Float[np.ndarray, "accuracies accuracies"]
) -> Float[np.ndarray, "ratios ratios"]:
    """Covariance matrix of accuracies relative to the first one.

    Args:
        accuracies: the clean one, above 0, then those on changed images.
        covariance: of the accuracies, as ``accuracy_covariance`` gives it.

    Returns:
        One row per ratio. All ratios share the clean accuracy, so they covary even where the images do not.

    Raises:
        ValueError: if the clean accuracy is not above 0.

    >>> round(float(ratio_covariance(np.array([0.8, 0.4]), np.diag([0.0004, 0.0006]))[0, 0]), 7)
    0.0010937
    """
    clean = float(accuracies[0])
    if clean <= 0:
        raise ValueError(f"clean accuracy is {clean}; a ratio to it needs it above 0. Record the ratio as missing.")
    # d(s/c) = ds/c - (s/c) dc/c
    slopes = np.hstack([-accuracies[1:, np.newaxis] / clean**2, np.eye(accuracies.size - 1) / clean])
    result: Float[np.ndarray, "ratios ratios"] = slopes @ covariance @ slopes.T
    return result


def standard_errors(covariance: Float[np.ndarray, "values values"]) -> list[float]:
    """Square roots of the diagonal of a covariance matrix, 0 or more.

    >>> standard_errors(np.array([[0.25, 0.1], [0.1, 0.04]]))
    [0.5, 0.2]
    """
    # A difference of nearly equal terms can end a rounding below 0.
    roots: list[float] = np.sqrt(np.maximum(np.diag(covariance), 0.0)).tolist()
    return roots


def geometric_mean_standard_error(
    values: Float[np.ndarray, " values"],
    covariance: Float[np.ndarray, "values values"],
    resolution: Float[np.ndarray, " values"],
) -> float:
    """Standard error of a geometric mean.

    Args:
        values: 0 or more.
        covariance: of the values.
        resolution: how much one image adds to each value, above 0.

    Returns:
        To first order, the mean times the standard error of the mean logarithm. Where a value is 0 that has no limit;
        then the geometric mean that half an image right would give, which is how far the truth typically lies from 0
        after a count of 0 (for two values, one of them 0, exactly the root mean square under Jeffreys' prior).

    >>> round(geometric_mean_standard_error(np.array([0.4, 0.1]), np.diag([1e-4, 1e-4]), np.full(2, 1e-3)), 5)
    0.01031
    """
    if values.min() == 0:
        lifted = np.where(values == 0, resolution / 2, values)
        return float(np.exp(np.log(lifted).mean()))
    # dG/dv = G / (n v) for the geometric mean G of n values.
    slopes = np.exp(np.log(values).mean()) / (values.size * values)
    return math.sqrt(max(float(slopes @ covariance @ slopes), 0.0))


def gap_standard_error(accuracies: Float[np.ndarray, "3"], counts: Int[np.ndarray, "3"]) -> float:
    """Standard error of a difference of two accuracies relative to a third, all on different images.

    Args:
        accuracies: the clean one, above 0, then the two whose difference is taken.
        counts: images behind each.

    Returns:
        0 or more. Where the two sets show the same objects this errs on the large side.

    Raises:
        ValueError: as ``ratio_covariance``.

    >>> round(gap_standard_error(np.array([0.8, 0.9, 0.8]), np.array([50000, 4050, 4050])), 4)
    0.0098
    """
    variances = accuracies * (1 - accuracies) / counts
    of_ratios = ratio_covariance(accuracies, np.diag(variances))
    slopes = np.array([1.0, -1.0])
    return math.sqrt(max(float(slopes @ of_ratios @ slopes), 0.0))


def confidence_interval(
    value: float,
    standard_error: float,
    *,
    lower_bound: float | None = None,
    upper_bound: float | None = None,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """The normal interval around a value, cut at the bounds of its dimension.

    Args:
        value: a measured value.
        standard_error: of the value, finite and 0 or more.
        lower_bound: least possible value, or None where there is none.
        upper_bound: greatest possible value, or None where there is none.
        confidence: how often such intervals hold the truth, above 0 and below 1.

    Returns:
        Low and high end.

    Raises:
        ValueError: for a standard error or a confidence out of range.

    >>> [round(end, 4) for end in confidence_interval(0.99, 0.01, upper_bound=1.0)]
    [0.9704, 1.0]
    """
    if not (math.isfinite(standard_error) and standard_error >= 0):
        raise ValueError(f"standard_error is {standard_error}; it must be a finite number of 0 or more.")
    half = _two_sided(confidence) * standard_error
    low = value - half if lower_bound is None else max(value - half, lower_bound)
    high = value + half if upper_bound is None else min(value + half, upper_bound)
    return low, high


def _two_sided(confidence: float) -> float:
    """Standard errors between the middle and either end of a normal interval."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must lie between 0 and 1. Use 0.95 for the usual interval.")
    return float(scipy.special.ndtri((1 + confidence) / 2))
