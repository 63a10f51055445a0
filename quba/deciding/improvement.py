"""What a model must improve, and by how much, to reach a rank under given weights."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from quba.dimensions import DIMENSIONS
from quba.errors import require_rank
from quba.ranking.pool import scored_pool
from quba.reference import Reference

# Ranks compare scores after rounding to 12 decimals, so a level score reaches the rank; this keeps clear of rounding.
_LEVEL = 1e-13


@dataclass(frozen=True, slots=True)
class Improvement:
    """One way to the rank: this dimension alone, all others as they are.

    Attributes:
        key: the dimension.
        value: what the model has, in the unit of the dimension.
        needed: what it would need.
        spreads: the improvement in spreads of the norm, 0 or more.

    Whether the value can be had is another question: ``quba.deciding.reach.target``.
    """

    key: str
    value: float
    needed: float
    spreads: float


@dataclass(frozen=True, slots=True)
class Ascent:
    """What lies between a model and a rank.

    Attributes:
        score_gap: how much score is missing, 0 where the rank is reached already.
        improvements: per weighted dimension what it alone would need, by spreads, the smallest first.
        together: what each would need if all improved at once, by ``score_gap`` spreads each; in the customary order.
    """

    score_gap: float
    improvements: tuple[Improvement, ...]
    together: tuple[Improvement, ...]


def ascent(
    values: Mapping[str, Float[np.ndarray, " models"]],
    norms: Mapping[str, Reference],
    weights: Mapping[str, float | int],
    row: int,
    *,
    k: int = 1,
) -> Ascent:
    """How far a model is from rank k, as a change of each dimension alone, and of all of them together.

    Args:
        values: columns in the unit of each dimension, NaN where missing, of the models to be compared with.
        norms: as ``quba.ranking.normalisation.norms``; they are held fixed while the model improves.
        weights: as for ``quba.ranking.score.score``.
        row: a model that the weights score.
        k: the rank to reach, from 1 to the number of scored models.

    Returns:
        The missing score and the improvements. A dimension whose norm has no spread cannot help and is left out.

    Raises:
        WeightError: as ``quba.ranking.score.score``.
        QuestionError: ``k_out_of_range`` or ``model_without_score``.

    >>> values = {"accuracy": np.array([0.9, 0.8]), "class_balance": np.array([0.7, 0.7])}
    >>> norms = {"accuracy": Reference(0.8, 0.1), "class_balance": Reference(0.7, 0.1)}
    >>> found = ascent(values, norms, {"accuracy": 3, "class_balance": 1}, row=1)
    >>> [(way.key, round(way.needed, 3)) for way in found.improvements]
    [('accuracy', 0.9), ('class_balance', 1.0)]
    >>> [(way.key, round(way.needed, 3)) for way in found.together]
    [('accuracy', 0.875), ('class_balance', 0.775)]
    """
    good = {key: _standard_scores(key, column, norms[key]) for key, column in values.items()}
    pool, positive = scored_pool(good, weights)
    require_rank(k, pool.rows.size)
    # An improvement of one spread raises the score by the share of its dimension.
    shares = positive / positive.sum()
    score = pool.good @ shares
    place = pool.place(row)
    others = np.sort(np.delete(score, place))[::-1]
    # At most k - 1 others may be ahead, so the k-th best of them must be caught up with.
    missing = max(0.0, float(others[k - 1] - score[place])) if others.size >= k else 0.0
    missing = missing if missing > _LEVEL else 0.0
    share_of = {
        key: share for key, share in zip(pool.keys, shares.tolist(), strict=True) if norms[key].standard_deviation > 0
    }
    own = {key: float(values[key][row]) for key in share_of}
    alone = [_improvement(key, own[key], norms[key], missing / share) for key, share in share_of.items()]
    # Shares sum to 1, so the missing score in spreads of every dimension at once is just enough.
    together = [_improvement(key, own[key], norms[key], missing) for key in share_of]
    return Ascent(missing, tuple(sorted(alone, key=lambda way: way.spreads)), tuple(together))


def _standard_scores(key: str, column: Float[np.ndarray, " models"], norm: Reference) -> Float[np.ndarray, " models"]:
    # As `by_norm` does: such a column says nothing about differences.
    if norm.standard_deviation == 0:
        return np.where(np.isnan(column), np.nan, 0.0)
    good: Float[np.ndarray, " models"] = DIMENSIONS[key].sign * (column - norm.mean) / norm.standard_deviation
    return good


def _improvement(key: str, value: float, norm: Reference, spreads: float) -> Improvement:
    needed = value + DIMENSIONS[key].sign * spreads * norm.standard_deviation
    return Improvement(key, value, needed, spreads)
