"""Standard errors of statistics without a formula: leave out some of the images at a time and see what changes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

GROUP_COUNT = 20
"""Groups to leave out in turn: enough to know a standard error to about a sixth of itself, few enough to be quick."""


@dataclass(frozen=True, eq=False, slots=True)
class Groups:
    """Which group each image is dealt to.

    Attributes:
        of_image: the group of each image, from 0.
        count: how many groups there are; every one has an image.
    """

    of_image: Int[np.ndarray, " images"]
    count: int


def balanced_groups(labels: Int[np.ndarray, " images"], group_count: int = GROUP_COUNT) -> Groups:
    """Deal the images of every class evenly to groups, in the order of the images and without chance.

    Args:
        labels: the class of each image, one or more.
        group_count: how many groups to make at most, two or more.

    Returns:
        ``group_count`` groups, or as many as there are images where that is less. Group sizes differ by at most one,
        and so do a class's shares of the groups.

    Raises:
        ValueError: if there is no image, or fewer than two groups are asked for.

    >>> balanced_groups(np.array([0, 1, 0, 1]), group_count=2).of_image.tolist()
    [0, 0, 1, 1]
    """
    if labels.size == 0 or group_count < 2:
        raise ValueError(f"{labels.size} images cannot be dealt to {group_count} groups; pass images and two groups.")
    count = min(group_count, labels.size)
    groups = np.empty(labels.size, dtype=np.int64)
    # Dealing like cards along the classes balances the groups within every class and in all.
    groups[np.argsort(labels, kind="stable")] = np.arange(labels.size) % count
    return Groups(groups, count)


def jackknife_standard_error(replicates: Float[np.ndarray, " groups"]) -> float | None:
    """Standard error from the values that a statistic takes when each group of images is left out.

    Args:
        replicates: one value per group, each computed without that group.

    Returns:
        sqrt((g - 1) / g times the sum of squared deviations from the mean replicate), 0 or more; None for fewer than
        two groups. It tells how the statistic scatters, not how far a biased one lies from the truth.

    Source:
        Kott 2001, "The delete-a-group jackknife", Journal of Official Statistics 17(4).

    >>> round(jackknife_standard_error(np.array([2.0, 1.5, 1.0])), 4)  # the mean of 1, 2 and 3, each left out
    0.5774
    """
    count = replicates.size
    if count < 2:
        return None
    deviations = replicates - replicates.mean()
    return math.sqrt((count - 1) / count * float(deviations @ deviations))


def values_without(
    statistic: Callable[[Bool[np.ndarray, " images"]], float], groups: Groups
) -> Float[np.ndarray, " groups"]:
    """A statistic with each group of images left out.

    Args:
        statistic: of the images that a mask keeps.
        groups: two or more.

    Returns:
        One value per group.

    >>> values = np.array([1.0, 2.0, 6.0])
    >>> values_without(lambda kept: float(values[kept].max()), Groups(np.array([0, 0, 1]), count=2)).tolist()
    [6.0, 2.0]
    """
    return np.array([statistic(groups.of_image != group) for group in range(groups.count)])
