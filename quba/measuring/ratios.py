"""Relative accuracies and their geometric mean, of which the robustness dimensions are made."""

from collections.abc import Collection

import numpy as np

from quba.dimension import Missing, UndefinedResult
from quba.measuring.validity import require_accuracy


def relative_accuracy(shifted: float, clean: float) -> float:
    """Accuracy on changed images as a share of the accuracy on clean ones.

    Args:
        shifted: accuracy on the changed images, in [0, 1].
        clean: accuracy on the clean images, in [0, 1].

    Returns:
        The ratio, 0 or more. It exceeds 1 where the changed task is easier, as 16 classes are than 1000.

    Raises:
        ValueError: for an accuracy outside [0, 1] or NaN.
        UndefinedResult: with ``ZERO_CLEAN_ACCURACY`` if no clean image is right.

    >>> relative_accuracy(0.2, 0.8)
    0.25
    """
    require_accuracy("shifted accuracy", shifted)
    require_accuracy("clean accuracy", clean)
    if clean == 0:
        raise UndefinedResult(Missing.ZERO_CLEAN_ACCURACY)
    return shifted / clean


def greatest_ratio(clean: float) -> float:
    """The most that a relative accuracy can be, and any mean of several: all changed images right.

    Args:
        clean: accuracy on the clean images, above 0 and up to 1.

    Returns:
        1 / clean, 1 or more.

    Raises:
        ValueError: for an accuracy outside [0, 1] or NaN.
        UndefinedResult: with ``ZERO_CLEAN_ACCURACY`` if no clean image is right.

    >>> greatest_ratio(0.8)
    1.25
    """
    return relative_accuracy(1.0, clean)


def geometric_mean(values: Collection[float]) -> float:
    """The n-th root of the product; a single 0 makes it 0.

    Args:
        values: one or more finite numbers, 0 or more.

    Returns:
        A number between the least and the greatest value.

    Raises:
        ValueError: if there is no value, or one is negative, infinite or NaN.

    >>> geometric_mean([0.0, 0.2]), round(geometric_mean([0.1, 0.4]), 4)
    (0.0, 0.2)
    """
    numbers = np.asarray(list(values), dtype=np.float64)
    if numbers.size == 0:
        raise ValueError("a geometric mean of no values is undefined; pass at least one.")
    if not np.isfinite(numbers).all() or numbers.min() < 0:
        raise ValueError(f"a geometric mean needs finite values of 0 or more, and got {numbers.tolist()}.")
    # Before the logarithm of 0.
    if numbers.min() == 0:
        return 0.0
    # By logarithms: the product of many small accuracies would underflow.
    return float(np.exp(np.log(numbers).mean()))
