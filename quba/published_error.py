"""How far a published value may be off: the study gave no errors, so that they are estimated, each on a basis told."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

VALIDATION_IMAGES = 50_000
"""Clean images of ImageNet-1k, which the study's values on clean, attacked and corrupted images rest on."""

Estimate = Callable[[Float[np.ndarray, " models"], Float[np.ndarray, " models"]], Float[np.ndarray, " models"]]


@dataclass(frozen=True, slots=True)
class PublishedError:
    """An estimate of the sampling error of one dimension's published values.

    Attributes:
        basis: what it rests on, in words; the rounding of the published digits comes on top.
        estimate: from values and accuracies of the models to standard errors, 0 or more, NaN where there is none.
    """

    basis: str
    estimate: Estimate


def binomial_errors(share: Float[np.ndarray, " models"], images: int) -> Float[np.ndarray, " models"]:
    """Standard errors of shares of a number of images.

    Args:
        share: counted as 0 below and as 1 above these; NaN is missing.
        images: 1 or more.

    Returns:
        In [0, 1/2]; NaN where the share is missing.

    Source:
        The binomial distribution.

    >>> binomial_errors(np.array([0.5, 1.0]), 100).tolist()
    [0.05, 0.0]
    """
    within = np.clip(share, 0.0, 1.0)
    errors: Float[np.ndarray, " models"] = np.sqrt(within * (1 - within) / images)
    return errors


def ratio_errors(
    ratio: Float[np.ndarray, " models"], accuracy: Float[np.ndarray, " models"], images: int
) -> Float[np.ndarray, " models"]:
    """Standard errors of ratios to the clean accuracy, the clean accuracy taken as known.

    Args:
        ratio: of an accuracy on so many images to the clean one.
        accuracy: the clean one.
        images: 1 or more.

    Returns:
        0 or more; NaN where a value is missing or the clean accuracy is 0.

    Source:
        The binomial distribution, divided by the clean accuracy.

    >>> ratio_errors(np.array([1.0, 0.5]), np.array([0.5, 0.0]), 100).tolist()
    [0.1, nan]
    """
    clean = above_zero(accuracy)
    errors: Float[np.ndarray, " models"] = binomial_errors(ratio * clean, images) / clean
    return errors


def above_zero(accuracy: Float[np.ndarray, " models"]) -> Float[np.ndarray, " models"]:
    """Accuracies that a ratio can be formed with: NaN stands for 0, and the ratio is missing there anyway.

    >>> above_zero(np.array([0.8, 0.0])).tolist()
    [0.8, nan]
    """
    return np.where(accuracy > 0, accuracy, np.nan)
