"""Whether two groups differ by more than chance: rank tests, and the correction for testing many dimensions."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import scipy
from jaxtyping import Float

# Where SciPy's own choice of a method would stop to compute exact p values.
_EXACT_GROUP = 8
_EXACT_PAIRS = 50


class PMethod(StrEnum):
    """How a p value came about."""

    MANN_WHITNEY_EXACT = "mann_whitney_exact"
    MANN_WHITNEY_NORMAL = "mann_whitney_normal"
    WILCOXON_EXACT = "wilcoxon_exact"
    WILCOXON_NORMAL = "wilcoxon_normal"

    @property
    def meaning(self) -> str:
        """One sentence for a reader.

        >>> PMethod.WILCOXON_EXACT.meaning
        'Wilcoxon signed-rank test, exact: no ties, no zeros, at most 50 pairs.'
        """
        return _MEANINGS[self]


_MEANINGS = {
    PMethod.MANN_WHITNEY_EXACT: "Mann-Whitney test, exact: no ties, and a group of at most 8.",
    PMethod.MANN_WHITNEY_NORMAL: "Mann-Whitney test, normal approximation corrected for ties and continuity.",
    PMethod.WILCOXON_EXACT: "Wilcoxon signed-rank test, exact: no ties, no zeros, at most 50 pairs.",
    PMethod.WILCOXON_NORMAL: "Wilcoxon signed-rank test, normal approximation corrected for ties, pairs without a "
    "difference left out.",
}


def mann_whitney(a: Float[np.ndarray, " first"], b: Float[np.ndarray, " second"]) -> tuple[PMethod, float]:
    """Two-sided p of the Mann-Whitney test, and how it came about.

    Args:
        a: values of one group, one or more.
        b: values of the other.

    Returns:
        The method and p in [0, 1]; 1 where all values are equal.

    Source:
        Mann and Whitney 1947, "On a test of whether one of two random variables is stochastically larger".

    >>> method, p = mann_whitney(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    >>> method.value, round(p, 3)
    ('mann_whitney_exact', 0.1)
    """
    # A tie anywhere, also within one group, changes the distribution that the exact test assumes.
    together = np.concatenate([a, b])
    tied = np.unique(together).size < together.size
    if min(a.size, b.size) <= _EXACT_GROUP and not tied:
        return PMethod.MANN_WHITNEY_EXACT, float(scipy.stats.mannwhitneyu(a, b, method="exact").pvalue)
    # Without any spread there is nothing to rank.
    if together.min() == together.max():
        return PMethod.MANN_WHITNEY_NORMAL, 1.0
    return PMethod.MANN_WHITNEY_NORMAL, float(scipy.stats.mannwhitneyu(a, b, method="asymptotic").pvalue)


def signed_rank(differences: Float[np.ndarray, " pairs"]) -> tuple[PMethod, float]:
    """Two-sided p of the Wilcoxon signed-rank test, and how it came about.

    Args:
        differences: within pairs, one or more; round them first, so that those equal on paper tie.

    Returns:
        The method and p in [0, 1]; 1 where all differences are 0.

    Source:
        Wilcoxon 1945, "Individual comparisons by ranking methods".

    >>> method, p = signed_rank(np.array([0.1, 0.2, 0.3, 0.4]))
    >>> method.value, p
    ('wilcoxon_exact', 0.125)
    """
    sizes = np.abs(differences)
    if not sizes.any():
        return PMethod.WILCOXON_NORMAL, 1.0
    if sizes.all() and np.unique(sizes).size == sizes.size and sizes.size <= _EXACT_PAIRS:
        return PMethod.WILCOXON_EXACT, float(scipy.stats.wilcoxon(differences, method="exact").pvalue)
    # Wilcoxon's own rule: pairs without a difference speak for neither side. Pratt's would rank them first.
    present = differences[sizes > 0]
    return PMethod.WILCOXON_NORMAL, float(scipy.stats.wilcoxon(present, method="approx").pvalue)


def normal_p(difference: float, standard_error: float) -> float:
    """Two-sided p of a difference whose error is normal and known.

    Args:
        difference: any number; NaN is unknown.
        standard_error: of the difference, 0 or more; NaN is unknown.

    Returns:
        The p in [0, 1]; NaN where either is unknown. Without an error, no difference has 1 and any other has 0.

    >>> round(normal_p(1.96, 1.0), 3), normal_p(0.0, 0.0), normal_p(0.1, 0.0)
    (0.05, 1.0, 0.0)
    """
    if difference == 0:
        return float("nan") if np.isnan(standard_error) else 1.0
    if standard_error == 0:
        return float("nan") if np.isnan(difference) else 0.0
    return float(2 * scipy.special.ndtr(-abs(difference) / standard_error))


def holm(p_values: Sequence[float]) -> list[float]:
    """P values corrected for their number, step by step from the smallest.

    Args:
        p_values: in [0, 1].

    Returns:
        Corrected values in [0, 1], in the order given, none below its p.

    Source:
        Holm 1979, "A simple sequentially rejective multiple test procedure".

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected = [0.0] * len(p_values)
    greatest = 0.0
    for rank, index in enumerate(order):
        # The running maximum keeps a larger p from being corrected to less than a smaller one.
        greatest = max(greatest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = greatest
    return corrected
