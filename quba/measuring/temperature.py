"""Temperature scaling: one number that makes all of a model's probabilities milder or sharper."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from quba.dimension import Missing, UndefinedResult
from quba.measuring.jackknife import GROUP_COUNT, Groups

SHARPEST, MILDEST = 0.01, 100.0
"""Between which temperatures is searched: no network that is worth its name needs one near either end."""

# Some rows at a time stay in the processor's cache, and no second copy of everything comes to be.
_IMAGES_AT_ONCE = 512
# The error of a Newton step is about the square of the step before, relative to the value.
_SMALL_STEP = 1e-5
# Stands for the logarithm of 0: times any inverse temperature, its exponential is 0, and 0 times it is no NaN.
_LOG_ZERO = np.float32(-1e6)


def fitting_half(labels: Int[np.ndarray, " images"]) -> Bool[np.ndarray, " images"]:
    """Which of the clean images a temperature is fitted on; the others are what it is judged on.

    The images of each class are dealt to both halves in turn, in the order of the data set and without chance, so that
    the half is the same for every model of a benchmark: it follows from the files, which the benchmark's digest names,
    and in a subset from the seed that drew it. After each 20 images the turn is skipped, so that each group
    of images that the jackknife leaves out is in both halves.

    Args:
        labels: the class of each image.

    Returns:
        One entry per image; the halves differ by one image at most.

    >>> fitting_half(np.array([0, 1, 0, 1, 0])).tolist()
    [True, False, False, True, True]
    """
    place = np.empty(labels.size, dtype=np.int64)
    place[np.argsort(labels, kind="stable")] = np.arange(labels.size)
    half: Bool[np.ndarray, " images"] = (place + place // GROUP_COUNT) % 2 == 0
    return half


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Fit:
    """A temperature and how it hangs on the images that it was fitted on.

    Attributes:
        inverse: of the temperature.
        slopes: per image, the slope of its loss over the inverse temperature; they sum to 0 but at the ends.
        curvatures: per image, the second derivative, 0 or more.
    """

    inverse: float
    slopes: Float[np.ndarray, " images"]
    curvatures: Float[np.ndarray, " images"]

    @property
    def temperature(self) -> float:
        """By which logits are divided, from ``SHARPEST`` to ``MILDEST``."""
        return 1 / self.inverse

    @property
    def at_end(self) -> bool:
        """Whether a temperature beyond the range would fit better still."""
        return self.inverse in (1 / SHARPEST, 1 / MILDEST)

    def inverses_without(self, groups: Groups) -> Float[np.ndarray, " groups"]:
        """The inverse temperature with each group of images left out, to first order: by one step of Newton's.

        Args:
            groups: of the images that it was fitted on; a group may have none.
        """
        slope, curvature = (
            each.sum() - np.bincount(groups.of_image, weights=each, minlength=groups.count)
            for each in (self.slopes, self.curvatures)
        )
        step = np.zeros(groups.count)
        # At an end the slopes do not sum to 0, and the best temperature stays beyond it.
        if not self.at_end:
            np.divide(slope, curvature, out=step, where=curvature > 0)
        inverses: Float[np.ndarray, " groups"] = np.clip(self.inverse - step, 1 / MILDEST, 1 / SHARPEST)
        return inverses


def fitted_temperature(probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]) -> Fit:
    """The temperature under which the right classes are most likely.

    Args:
        probabilities: 32-bit, in [0, 1], one row per image and one column per class. A probability of 0 stays 0 at
            every temperature, because the logit that it came from is lost.
        labels: the right class of each image, one image or more.

    Returns:
        The minimum of the mean negative log-likelihood, which is convex in the inverse temperature; temperature 1
        where all are as good.

    Raises:
        UndefinedResult: with ``NOT_APPLICABLE`` if the right class of an image has probability 0, which makes the
            likelihood 0 at every temperature.

    Source:
        Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv 1706.04599.

    >>> p = np.array([[0.9, 0.1]] * 4, dtype=np.float32)
    >>> fit = fitted_temperature(p, np.array([0, 0, 0, 1]))  # 3 of 4 are right: odds of 9 become odds of 3
    >>> round(fit.temperature, 4)
    2.0
    """
    impossible = int((probabilities[np.arange(len(labels)), labels] == 0).sum())
    if impossible:
        raise UndefinedResult(
            Missing.NOT_APPLICABLE,
            f"the right class has probability 0 in {impossible} of the {len(labels)} images that the temperature is "
            "fitted on, and stays so at every temperature.",
        )
    logarithms = _relative_logarithms(probabilities)
    low, high, inverse = 1 / MILDEST, 1 / SHARPEST, 1.0
    while high > low * (1 + _SMALL_STEP):
        fit = _at(inverse, logarithms, labels)
        slope, curvature = float(fit.slopes.sum()), float(fit.curvatures.sum())
        if slope == 0:
            return fit
        # The slope grows with the inverse temperature, so that its sign says on which side the minimum lies.
        low, high = (low, inverse) if slope > 0 else (inverse, high)
        following = inverse - slope / curvature if curvature > 0 else 0.0
        if not low < following < high:
            following = math.sqrt(low * high)
        elif abs(following - inverse) <= _SMALL_STEP * inverse:
            return _at(following, logarithms, labels)
        inverse = following
    # Only an end that was never tried can be left beside the last bracket: the minimum lies at it or beyond.
    return _at(high if high == 1 / SHARPEST else low, logarithms, labels)


def scaled_confidence(
    probabilities: Float[np.ndarray, "images classes"], inverse: float
) -> tuple[Float[np.ndarray, " images"], Float[np.ndarray, " images"]]:
    """The confidence of each decision at a temperature; the decision itself is the same at every one.

    Args:
        probabilities: as for ``fitted_temperature``.
        inverse: of the temperature, above 0.

    Returns:
        The probability of the most probable class, in (0, 1], and its slope over the inverse temperature.

    >>> confidence, slope = scaled_confidence(np.array([[0.9, 0.1]], dtype=np.float32), 0.5)
    >>> confidence.round(4).tolist(), slope.round(4).tolist()
    ([0.75], [0.412])
    """
    confidence, slope = np.empty(len(probabilities)), np.empty(len(probabilities))
    for start in range(0, len(probabilities), _IMAGES_AT_ONCE):
        block = slice(start, start + _IMAGES_AT_ONCE)
        logarithms = _relative_logarithms(probabilities[block])
        weights = np.exp(np.float32(inverse) * logarithms)
        total = weights.sum(axis=1)
        confidence[block] = 1 / total
        slope[block] = -np.einsum("ij,ij->i", weights, logarithms) / total**2
    return confidence, slope


def _relative_logarithms(probabilities: Float[np.ndarray, "images classes"]) -> Float[np.ndarray, "images classes"]:
    """Logits less the greatest of their image, as far as the probabilities tell them."""
    with np.errstate(divide="ignore"):
        logarithms: Float[np.ndarray, "images classes"] = np.log(probabilities)
    logarithms -= logarithms.max(axis=1, keepdims=True)
    np.maximum(logarithms, _LOG_ZERO, out=logarithms)
    return logarithms


def _at(inverse: float, logarithms: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]) -> Fit:
    """The derivatives of every image's loss: mean and variance of the logarithms under the scaled probabilities."""
    slopes, curvatures = np.empty(len(labels)), np.empty(len(labels))
    for start in range(0, len(labels), _IMAGES_AT_ONCE):
        block = slice(start, start + _IMAGES_AT_ONCE)
        part = logarithms[block]
        weights = np.exp(np.float32(inverse) * part)
        total = weights.sum(axis=1)
        weights *= part
        mean = weights.sum(axis=1) / total
        slopes[block] = mean - part[np.arange(len(part)), labels[block]]
        # Rounding can bring a variance of 0 below it.
        curvatures[block] = np.maximum(np.einsum("ij,ij->i", weights, part) / total - mean**2, 0)
    return Fit(inverse=inverse, slopes=slopes, curvatures=curvatures)
