"""How far two groups are apart: mean difference or Hodges-Lehmann, and Cliff's delta."""

import numpy as np
from jaxtyping import Float

from quba.errors import QuestionError
from quba.vocabulary import Estimator as Estimator

# All differences are held at once for their median: memory grows with the product of the groups.
_MOST_DIFFERENCES = 50_000


def estimate(a: Float[np.ndarray, " first"], b: Float[np.ndarray, " second"] | None, estimator: Estimator) -> float:
    """First group less second, or the typical difference within pairs.

    Args:
        a: values of the first group, one or more; or the differences within pairs.
        b: values of the second group; None for pairs.
        estimator: which one. For pairs, Hodges-Lehmann is the median of the means of all two differences, each with
            itself among them.

    Returns:
        A difference in the unit of the values.

    Raises:
        QuestionError: ``too_many_models`` for Hodges-Lehmann over more than 50,000 differences.

    >>> estimate(np.array([1.0, 2.0, 9.0]), np.array([0.0, 1.0]), Estimator.HODGES_LEHMANN)
    1.5
    """
    if estimator is Estimator.MEAN_DIFFERENCE:
        return float(a.mean() - (0.0 if b is None else b.mean()))
    count = a.size * (a.size if b is None else b.size)
    if count > _MOST_DIFFERENCES:
        raise QuestionError(
            "too_many_models",
            f"Hodges-Lehmann would take {count} differences; above {_MOST_DIFFERENCES} use the mean difference.",
        )
    if b is None:
        # Walsh averages: each pair once, and each value with itself.
        upper = np.triu_indices(a.size)
        return float(np.median((a[upper[0]] + a[upper[1]]) / 2))
    return float(np.median(a[:, np.newaxis] - b[np.newaxis, :]))


def cliffs_delta(a: Float[np.ndarray, " first"], b: Float[np.ndarray, " second"]) -> float:
    """How often a value of the first group is larger, less how often it is smaller, over all pairings.

    Args:
        a: values of the first group, one or more.
        b: values of the second.

    Returns:
        A number in [-1, 1]; 0 where neither group has the larger values.

    Source:
        Cliff 1993, "Dominance statistics", Psychological Bulletin 114(3).

    >>> cliffs_delta(np.array([1.0, 3.0]), np.array([2.0, 0.0]))
    0.5
    """
    # By sorting and not pair by pair: a matrix of both groups would grow with their product.
    ordered = np.sort(b)
    smaller = np.searchsorted(ordered, a, side="left")
    larger = b.size - np.searchsorted(ordered, a, side="right")
    return float((smaller - larger).sum() / (a.size * b.size))
