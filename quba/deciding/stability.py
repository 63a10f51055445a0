"""How firmly models hold their ranks when the weights are not quite what was said: acceptability analysis.

Stochastic multicriteria acceptability analysis, Lahdelma and Salminen 2001, Operations Research 49(3).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt

from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.errors import QuestionError, require_draws, require_rank, require_share
from quba.ranking.pool import Pool, complete_pool
from quba.ranking.score import checked_weights

MOST_DRAWS = 100_000
"""More draws are refused: shares are then known to a third of a per cent, and time grows in step."""

_SCORES_AT_ONCE = 2_000_000
_MODELS_AT_ONCE = 256
_WIDEST_SPREAD = 5.0


@dataclass(frozen=True, eq=False, slots=True)
class Acceptability:
    """Where models come out over many draws; models that lack a weighted value have NaN and rank 0.

    Attributes:
        first: share of the draws in which a model has rank 1; models with equal values are first together.
        top: share of the draws in which its rank is at most ``k``.
        low_rank: best rank of the central interval; ``high_rank``: its worst.
        central_weights: per model and dimension, the mean weights of the draws in which it is first, each draw summing
            to 1: the taste that favours it. NaN for a model that is never first.
        k: as asked.
        draws: how many draws the shares are of.
    """

    first: Float[np.ndarray, " models"]
    top: Float[np.ndarray, " models"]
    low_rank: Int[np.ndarray, " models"]
    high_rank: Int[np.ndarray, " models"]
    central_weights: Float[np.ndarray, "models dims"]
    k: int
    draws: int


def jittered_weights(
    weights: Mapping[str, float | int], *, rng: np.random.Generator, draws: int = 10_000, spread: float = 0.25
) -> Float[np.ndarray, "draws dims"]:
    """Weights around given ones: each is multiplied by its own log-normal factor; weights of 0 stay 0.

    Args:
        weights: as for ``quba.ranking.score.score``.
        rng: the source of chance.
        draws: how many weightings, in 1 to 100,000.
        spread: standard deviation of the logarithm of a factor, above 0; .25 is "within about a quarter".

    Returns:
        One weighting per row, summing to 1, one column per dimension in the customary order.

    Raises:
        WeightError: as ``checked_weights``.
        QuestionError: ``draws_out_of_range`` or ``spread_out_of_range``.

    >>> drawn = jittered_weights({"accuracy": 1, "shape_bias": 1}, rng=np.random.default_rng(0), draws=5)
    >>> drawn.shape, drawn.sum(axis=1).round(12).tolist()
    ((5, 9), [1.0, 1.0, 1.0, 1.0, 1.0])
    """
    checked = checked_weights(weights)
    centre = np.array(list(checked.values()))
    require_draws(draws, MOST_DRAWS)
    if not 0 < spread <= _WIDEST_SPREAD:
        raise QuestionError(
            "spread_out_of_range",
            f"spread is {spread}; it must lie above 0 and up to {_WIDEST_SPREAD:g}, as 0.25 does.",
        )
    # Dividing by the greatest first keeps weights near the limits of a float from overflowing in the product.
    drawn = centre / centre.max() * np.exp(spread * _deviates(checked, rng, draws))
    shares: Float[np.ndarray, "draws dims"] = drawn / drawn.sum(axis=1, keepdims=True)
    return shares


def _deviates(weights: Mapping[str, float], rng: np.random.Generator, draws: int) -> Float[np.ndarray, "draws dims"]:
    """Standard normal numbers, the study's dimensions first, so that one more leaves theirs as they were."""
    deviates = np.zeros((draws, len(weights)))
    keys = tuple(weights)
    further = [key for key, weight in weights.items() if weight > 0 and key not in STUDY_DIMENSIONS]
    for block in (STUDY_DIMENSIONS, further):
        deviates[:, [keys.index(key) for key in block]] = rng.standard_normal((draws, len(block)))
    return deviates


def any_weights(
    *, rng: np.random.Generator, draws: int = 10_000, keys: Collection[str] = STUDY_DIMENSIONS
) -> Float[np.ndarray, "draws dims"]:
    """Weights of any taste whatever: every division of 1 among some dimensions is as likely as every other.

    Args:
        rng: the source of chance.
        draws: how many weightings, in 1 to 100,000.
        keys: the dimensions to divide among; the others get 0.

    Returns:
        As ``jittered_weights``, from the flat Dirichlet distribution.

    Raises:
        QuestionError: ``draws_out_of_range``.

    >>> any_weights(rng=np.random.default_rng(0), draws=2).sum(axis=1).round(12).tolist()
    [1.0, 1.0]
    """
    require_draws(draws, MOST_DRAWS)
    shares = np.zeros((draws, len(DIMENSIONS)))
    # In the order of the dimensions and not of the given keys, so that a seed means one picture.
    among = [place for place, key in enumerate(DIMENSIONS) if key in keys]
    shares[:, among] = rng.dirichlet(np.ones(len(among)), size=draws)
    return shares


@dataclass(frozen=True, eq=False, slots=True)
class Noise:
    """Uncertainty of the values themselves.

    Attributes:
        standard_errors: per dimension, of the standardised values, 0 or more; NaN and absent dimensions count as 0.
        rng: the source of chance.
    """

    standard_errors: Mapping[str, Float[np.ndarray, " models"]]
    rng: np.random.Generator


def acceptability(
    standardised: Mapping[str, Float[np.ndarray, " models"]],
    weight_draws: Float[np.ndarray, "draws dims"],
    *,
    k: int = 10,
    confidence: float = 0.9,
    noise: Noise | None = None,
) -> Acceptability:
    """How often each model is first and among the first k, and between which ranks it moves.

    Args:
        standardised: columns of ``quba.ranking.normalisation.standardise``.
        weight_draws: weightings as ``jittered_weights`` gives them; one row repeated asks about noise alone.
        k: the rank that counts as near the top, from 1 to the number of scored models.
        confidence: share of the draws that the rank interval holds, between 0 and 1.
        noise: errors of the values, drawn anew for each weighting; None takes the values for exact.

    Returns:
        Shares, rank intervals and central weights.

    Raises:
        WeightError: for a weighted dimension without a column.
        QuestionError: ``draws_out_of_range``, ``k_out_of_range`` or ``share_out_of_range``.

    >>> columns = {"accuracy": np.array([1.0, 0.0]), "shape_bias": np.array([0.0, 3.0])}
    >>> draws = jittered_weights({"accuracy": 3, "shape_bias": 1}, rng=np.random.default_rng(0), draws=1000)
    >>> acceptability(columns, draws, k=1).first.round(1).tolist()
    [0.5, 0.5]
    """
    require_draws(len(weight_draws), MOST_DRAWS)
    require_share("confidence", confidence)
    # A dimension that no draw weighs must not exclude a model that lacks its value.
    weighted = weight_draws.max(axis=0) > 0
    pool = complete_pool(standardised, [key for key, used in zip(DIMENSIONS, weighted, strict=True) if used])
    require_rank(k, pool.rows.size)
    ranks = _ranks(pool, weight_draws[:, weighted], noise)
    return _summary(ranks, pool, weight_draws, k, confidence, model_count=len(next(iter(standardised.values()))))


def _ranks(pool: Pool, weights: Float[np.ndarray, "draws dims"], noise: Noise | None) -> UInt[np.ndarray, "draws pool"]:
    """The rank of every model of the pool in every draw, in the narrowest type: this is what takes the memory."""
    first, place, count = _distinct(pool) if noise is None else _all_distinct(pool)
    good = pool.good[first]
    kind = np.uint16 if len(pool.good) <= np.iinfo(np.uint16).max else np.uint32
    ranks = np.empty((len(weights), len(pool.good)), dtype=kind)
    # In blocks: 100,000 draws of some hundred models as doubles would take hundreds of megabytes at once.
    step = max(1, _SCORES_AT_ONCE // max(len(good), 1))
    for start in range(0, len(weights), step):
        some = weights[start : start + step]
        scores = some @ good.T
        if noise is not None:
            # A weighted sum of independent normal errors is normal, so one number stands for all dimensions.
            scores += np.sqrt(some**2 @ _variances(pool, noise).T) * noise.rng.standard_normal(scores.shape)
        order = np.argsort(-scores, axis=1)
        # Competition ranks: one more than the models strictly ahead, counting each kind as often as it occurs.
        ahead = np.cumsum(count[order], axis=1) - count[order] + 1
        of_distinct = np.empty(order.shape, dtype=kind)
        np.put_along_axis(of_distinct, order, ahead.astype(kind), axis=1)
        ranks[start : start + step] = of_distinct[:, place]
    return ranks


def _distinct(
    pool: Pool,
) -> tuple[Int[np.ndarray, " distinct"], Int[np.ndarray, " pool"], Int[np.ndarray, " distinct"]]:
    """Models with equal values taken as one: the first of each kind, the kind of each model, models per kind.

    Their scores could differ by a rounding, and one would then pass for better.
    """
    _, first, place, count = np.unique(pool.good, axis=0, return_index=True, return_inverse=True, return_counts=True)
    return first, place, count


def _all_distinct(pool: Pool) -> tuple[Int[np.ndarray, " pool"], Int[np.ndarray, " pool"], Int[np.ndarray, " pool"]]:
    """The same where every model errs on its own, so that none equals another."""
    each = np.arange(len(pool.good))
    return each, each, np.ones_like(each)


def _variances(pool: Pool, noise: Noise) -> Float[np.ndarray, "pool dims"]:
    columns = [noise.standard_errors.get(key) for key in pool.keys]
    errors = np.column_stack([np.zeros(pool.rows.size) if c is None else c[pool.rows] for c in columns])
    variances: Float[np.ndarray, "pool dims"] = np.nan_to_num(errors) ** 2
    return variances


def _summary(
    ranks: UInt[np.ndarray, "draws pool"],
    pool: Pool,
    weight_draws: Float[np.ndarray, "draws dims"],
    k: int,
    confidence: float,
    *,
    model_count: int,
) -> Acceptability:
    draws = len(ranks)
    low, high = _interval_places(draws, confidence)
    first, top = np.full(model_count, np.nan), np.full(model_count, np.nan)
    low_rank, high_rank = np.zeros(model_count, dtype=np.int64), np.zeros(model_count, dtype=np.int64)
    central = np.full((model_count, weight_draws.shape[1]), np.nan)
    first[pool.rows] = (ranks == 1).mean(axis=0)
    top[pool.rows] = (ranks <= k).mean(axis=0)
    for start in range(0, pool.rows.size, _MODELS_AT_ONCE):
        rows = pool.rows[start : start + _MODELS_AT_ONCE]
        # Ranks in 16 bits are sorted by radix when the sort is stable.
        ordered = np.sort(np.ascontiguousarray(ranks[:, start : start + _MODELS_AT_ONCE].T), axis=1, kind="stable")
        low_rank[rows], high_rank[rows] = ordered[:, low], ordered[:, high]
    draw, winner = np.nonzero(ranks == 1)
    # Models that were never first keep NaN: no weighting stands for them.
    for place in np.unique(winner):
        central[pool.rows[place]] = weight_draws[draw[winner == place]].mean(axis=0)
    return Acceptability(first, top, low_rank, high_rank, central, k, draws)


def _interval_places(draws: int, confidence: float) -> tuple[int, int]:
    """Places, in ascending order of the draws, of the ends of an interval that holds at least the share asked for."""
    # (1 - 0.9) / 2 * 40 is a hair below 2 in binary, and the share means 2.
    outside = int((1 - confidence) / 2 * draws + 1e-9)
    return outside, draws - 1 - outside
