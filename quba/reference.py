"""The norms that a value is standardised with, and the rule that the published ones arose from."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

_SHARE_LIMIT = 0.5


@dataclass(frozen=True, slots=True)
class Reference:
    """Centre and spread of one dimension, in the unit of the dimension."""

    mean: float
    standard_deviation: float


def trimmed_reference(values: Float[np.ndarray, " models"], share: float = 0.1) -> Reference:
    """Mean and population standard deviation after dropping the extremes at both ends.

    Args:
        values: one value per model; NaN is left out.
        share: fraction to drop at each end, in [0, 0.5); floor(share * n) values go.

    Returns:
        The norms of the rest. The standard deviation is exactly 0 when the rest is constant.

    Raises:
        ValueError: if no value is present or ``share`` is out of range.

    Source:
        The rule behind the constants of Hesse et al. 2026, arXiv 2503.17110.

    >>> trimmed_reference(np.array([0.0, 1.0, 2.0, 3.0, 100.0]), share=0.2)
    Reference(mean=2.0, standard_deviation=0.816496580927726)
    """
    if not 0 <= share < _SHARE_LIMIT:
        raise ValueError(f"share is {share}; it must be at least 0 and below 0.5. Use 0.1 for the published rule.")
    ordered = np.sort(values[~np.isnan(values)])
    if ordered.size == 0:
        raise ValueError("there is no value to take norms from; pass at least one that is not NaN.")
    # 0.29 * 100 is a hair below 29 in binary, and the rule means 29.
    dropped = math.floor(share * ordered.size + 1e-9)
    middle = ordered[dropped : ordered.size - dropped]
    # The mean of equal numbers can be off by one rounding; a constant must not get a spread from that.
    spread = 0.0 if middle[0] == middle[-1] else float(middle.std())
    return Reference(float(middle.mean()), spread)
