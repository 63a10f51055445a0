"""Whether a value that a model would need can be had: by any model there could be, and by any model there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Float

from quba.dimensions import DIMENSIONS

# A value that one model has is not beyond it for the last digit of a sum.
_LEVEL = 1e-9


class Reach(StrEnum):
    """The reachability of a value."""

    POSSIBLE = "possible"
    BEYOND_ALL_MODELS = "beyond_all_models"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Target:
    """A value that a model would need, held against what can be and what there is.

    Attributes:
        reach: whether a model of the pool is as good, none is, or none can be.
        rule: for an impossible value the rule that it breaks, and None for the others.
        bound: the best value that can be, at the model's clean accuracy where it depends on that; None without end.
        best: row of the best model of the pool, the first where several tie.
        best_value: what that model has.
    """

    reach: Reach
    rule: str | None
    bound: float | None
    best: int
    best_value: float


def target(
    key: str, needed: float, pool: Mapping[str, Float[np.ndarray, " models"]], clean_accuracy: float | None
) -> Target:
    """Hold a needed value against the bounds of its dimension and the models of a pool.

    Args:
        key: the dimension.
        needed: the value, in its unit.
        pool: columns in the unit of each dimension, NaN where missing; that of the key holds a value.
        clean_accuracy: that the model has, or would have, where the value is needed; None where it is not known.

    Returns:
        The verdict. Ratios to the clean accuracy a are at most 1 / a, object focus at most 1 + 1 / a.

    Source:
        The bounds follow from accuracies being at most 1 (``quba.measuring.ratios.greatest_ratio``).

    >>> pool = {"ood_robustness": np.array([0.5, 1.1])}
    >>> [target("ood_robustness", needed, pool, 0.8).reach.value for needed in (1.0, 1.2, 1.3)]
    ['possible', 'beyond_all_models', 'impossible']
    >>> target("ood_robustness", 1.3, pool, 0.8).rule
    'at accuracy 0.8 it is at most 1.25'
    """
    dimension = DIMENSIONS[key]
    column = dimension.sign * pool[key]
    best = int(np.nanargmax(column))
    bound = dimension.best_value(clean_accuracy)
    rule = dimension.violation(needed)
    # A ratio is bounded by this clean accuracy, tighter than the general rule, which must do without it.
    if dimension.greatest is not None and bound is not None:
        beyond = needed > bound + _LEVEL
        rule = f"at accuracy {clean_accuracy:.4g} it is at most {bound:.4g}" if beyond else None
    behind = dimension.sign * needed - float(column[best])
    if rule is not None:
        reach = Reach.IMPOSSIBLE
    else:
        # Relative for large values such as parameters, absolute for fractions, where 1 is the scale.
        reach = Reach.BEYOND_ALL_MODELS if behind > _LEVEL * max(1.0, abs(column[best])) else Reach.POSSIBLE
    return Target(reach, rule, bound, best, float(pool[key][best]))
