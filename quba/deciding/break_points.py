"""At which weight of one dimension the leader changes: in closed form, since scores are lines in a single weight."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from quba.dimensions import DIMENSIONS
from quba.errors import QuestionError
from quba.ranking.pool import Pool, complete_pool
from quba.ranking.score import WeightError, checked_weights


@dataclass(frozen=True, slots=True)
class Reign:
    """A stretch of a slider on which one model leads.

    Attributes:
        low: weight at which the stretch begins, 0 or more.
        high: weight at which it ends; infinite for the last stretch of an endless slider.
        leader: the model that leads between them; at the ends it ties with its neighbour in reign. Of models with
            equal values the first stands for all.
    """

    low: float
    high: float
    leader: int


def reigns(
    standardised: Mapping[str, Float[np.ndarray, " models"]],
    weights: Mapping[str, float | int],
    key: str,
    *,
    upper: float = math.inf,
) -> list[Reign]:
    """Who leads at every weight of one dimension, the other weights staying as they are.

    Args:
        standardised: columns of ``quba.ranking.normalisation.standardise``.
        weights: as for ``quba.ranking.score.score``; that of ``key`` itself does not matter.
        key: the dimension whose weight moves.
        upper: end of the slider, above 0.

    Returns:
        Adjoining stretches from 0 to ``upper``; the break-points are the ends that two of them share. Models without a
        value on ``key`` take no part; none is left, no stretch. With all other weights 0, a weight of 0 is no
        weighting, and the first stretch is that just above it.

    Raises:
        WeightError: for bad weights, an unknown dimension, or one without a column.
        QuestionError: ``upper_out_of_range``.

    Source:
        The upper envelope of lines; sum over the others of w z, plus t z of the dimension, compared at equal t.

    >>> columns = {"accuracy": np.array([1.0, 0.0]), "shape_bias": np.array([0.0, 2.0])}
    >>> [(reign.low, reign.high, reign.leader) for reign in reigns(columns, {"accuracy": 1}, "shape_bias", upper=3.0)]
    [(0.0, 0.5, 0), (0.5, 3.0, 1)]
    """
    if key not in DIMENSIONS:
        raise WeightError(f"weight of {key!r} has no dimension; use one of {', '.join(DIMENSIONS)}.")
    if not upper > 0:
        raise QuestionError("upper_out_of_range", f"upper is {upper}; a slider must end above 0.")
    # With the moving weight taken for 1, the others may all be 0 without being refused.
    others = {name: weight for name, weight in checked_weights({**weights, key: 1}).items() if weight and name != key}
    pool = complete_pool(standardised, {*others, key})
    if pool.rows.size == 0:
        return []
    height = pool.good @ np.array([others.get(name, 0.0) for name in pool.keys])
    return _envelope(pool, height, pool.good[:, pool.keys.index(key)], upper)


def _envelope(
    pool: Pool, height: Float[np.ndarray, " pool"], slope: Float[np.ndarray, " pool"], upper: float
) -> list[Reign]:
    """The highest of the lines ``height + t slope`` for every t from 0 to ``upper``."""
    found: list[Reign] = []
    low = 0.0
    # Where heights tie at 0, the steepest leads just after. lexsort puts the greatest last, and -arange the first row.
    leader = int(np.lexsort((-np.arange(height.size), slope, height))[-1])
    while True:
        steeper = np.flatnonzero(slope > slope[leader])
        # Slopes that differ by next to nothing meet at a weight beyond all numbers, which is never.
        with np.errstate(over="ignore"):
            crossings = (height[leader] - height[steeper]) / (slope[steeper] - slope[leader])
        # Where several lines cross the leader at once, the steepest leads on.
        nearest = np.lexsort((steeper, -slope[steeper], crossings))
        high = max(low, float(crossings[nearest[0]])) if steeper.size else math.inf
        # Each change of leader goes to a steeper line, so the loop ends after as many rounds as there are slopes.
        found.append(Reign(low, min(high, upper), int(pool.rows[leader])))
        if high >= upper:
            return found
        low, leader = high, int(steeper[nearest[0]])
