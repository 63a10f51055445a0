"""Values that are a mean over the clean images: with their standard error and their replicates in one go."""

import math

import numpy as np
from jaxtyping import Float, Int

from quba.measuring.jackknife import Groups, balanced_groups
from quba.measuring.observations import Measured


def mean_error(of_image: Float[np.ndarray, " images"]) -> float | None:
    """Standard error of a mean over independent images.

    Args:
        of_image: one finite number per image, one or more.

    Returns:
        The standard deviation divided by the root of the number of images, 0 or more; for zeros and ones it is the
        binomial one. None for a single image, which does not scatter.

    >>> mean_error(np.array([0.0, 1.0, 1.0, 0.0]))
    0.25
    """
    return None if of_image.size == 1 else float(of_image.std()) / math.sqrt(of_image.size)


def means_without(of_image: Float[np.ndarray, " images"], groups: Groups) -> Float[np.ndarray, " groups"]:
    """The mean with each group of images left out.

    Args:
        of_image: one finite number per image.
        groups: of these images, two or more.

    Returns:
        One mean per group.

    >>> means_without(np.array([1.0, 2.0, 6.0]), Groups(np.array([0, 0, 1]), count=2)).tolist()
    [6.0, 1.5]
    """
    sums = np.bincount(groups.of_image, weights=of_image, minlength=groups.count)
    sizes = np.bincount(groups.of_image, minlength=groups.count)
    means: Float[np.ndarray, " groups"] = (sums.sum() - sums) / (of_image.size - sizes)
    return means


def measured_mean(value: float, of_image: Float[np.ndarray, " images"], labels: Int[np.ndarray, " images"]) -> Measured:
    """A value that is a mean over the clean images, without parts.

    Args:
        value: the mean, as the formula of its dimension gives it.
        of_image: what it is the mean of: one finite number per image, one or more.
        labels: the right class of each image, by which the images are dealt to groups.

    Returns:
        The value with ``mean_error`` and, from two images on, the means without each of 20 groups of images.

    >>> measured_mean(1.0, np.array([0.5, 1.5]), np.array([0, 1])).replicates
    (1.5, 0.5)
    """
    replicates = means_without(of_image, balanced_groups(labels)) if of_image.size > 1 else None
    return Measured(
        value=value,
        parts={},
        sample_count=of_image.size,
        standard_error=mean_error(of_image),
        replicates=None if replicates is None else tuple(replicates.tolist()),
    )
