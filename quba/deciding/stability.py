"""How firmly models hold their ranks when the weights are not quite what was said: acceptability analysis.

Stochastic multicriteria acceptability analysis, Lahdelma and Salminen 2001, Operations Research 49(3).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from quba.deciding.sampled_ranks import Extent as Extent
from quba.deciding.sampled_ranks import Noise as Noise
from quba.deciding.sampled_ranks import SampledRanks, SampledScores
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.errors import QuestionError, require_draws, require_rank, require_share
from quba.ranking.pool import complete_pool
from quba.ranking.score import checked_weights

MOST_DRAWS = 100_000
"""More draws are refused: shares are then known to a third of a per cent, and time grows in step."""

# One factor in three then lies above e^5 = 148 or below its inverse: a draw is mostly one dimension alone.
_WIDEST_SPREAD = 5.0


@dataclass(frozen=True, eq=False, slots=True)
class Acceptability:
    """Where models come out over many draws; models that lack a weighted value have NaN and rank 0.

    So have those whose ranks were not asked for, but for ``first`` and ``central_weights``.

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
    >>> len(drawn), drawn.sum(axis=1).round(12).tolist()
    (5, [1.0, 1.0, 1.0, 1.0, 1.0])
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


def fixed_weights(weights: Mapping[str, float | int], *, draws: int = 10_000) -> Float[np.ndarray, "draws dims"]:
    """Weights without doubt, so that the noise of the values alone moves the ranks.

    Args:
        weights: as for ``quba.ranking.score.score``.
        draws: how many weightings, in 1 to 100,000.

    Returns:
        As ``jittered_weights``, every row the same; it must not be written to.

    Raises:
        WeightError: as ``checked_weights``.
        QuestionError: ``draws_out_of_range``.

    >>> fixed_weights({"accuracy": 3, "shape_bias": 1}, draws=2).max(axis=1).tolist()
    [0.75, 0.75]
    """
    require_draws(draws, MOST_DRAWS)
    given = np.array(list(checked_weights(weights).values()))
    # One row repeated without copying it.
    same: Float[np.ndarray, "draws dims"] = np.broadcast_to(given / given.sum(), (draws, given.size))
    return same


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


def acceptability(
    standardised: Mapping[str, Float[np.ndarray, " models"]],
    weight_draws: Float[np.ndarray, "draws dims"],
    *,
    k: int = 10,
    confidence: float = 0.9,
    noise: Noise | None = None,
    extent: Extent | None = None,
) -> Acceptability:
    """How often each model is first and among the first k, and between which ranks it moves.

    Args:
        standardised: columns of ``quba.ranking.normalisation.standardise``.
        weight_draws: weightings as ``jittered_weights`` gives them; one row repeated asks about noise alone.
        k: the rank that counts as near the top, from 1 to the number of scored models.
        confidence: share of the draws that the rank interval holds, between 0 and 1.
        noise: errors of the values, drawn anew for each weighting; None takes the values for exact.
        extent: which models' ranks are wanted, and what to do between blocks of draws; None for all.

    Returns:
        Shares, rank intervals and central weights. However many draws and models there are, it takes no more than
        ``quba.deciding.sampled_ranks.MOST_BYTES`` beside some numbers per model and per draw.

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
    # Weights are 0 or more, so the greatest tells whether any draw uses a dimension.
    weighted = weight_draws.max(axis=0) > 0
    pool = complete_pool(standardised, [key for key, used in zip(DIMENSIONS, weighted, strict=True) if used])
    require_rank(k, pool.rows.size)
    wanted = extent or Extent()
    places = np.arange(pool.rows.size) if wanted.rows is None else np.flatnonzero(np.isin(pool.rows, wanted.rows))
    found = SampledScores(pool, weight_draws[:, weighted], noise).ranks(
        places, k=k, ends=_interval_places(len(weight_draws), confidence), extent=wanted
    )
    model_count = len(next(iter(standardised.values())))
    return _of_all_models(found, pool.rows, pool.rows[places], weighted, k=k, model_count=model_count)


def _of_all_models(
    found: SampledRanks,
    rows: Int[np.ndarray, " pool"],
    asked: Int[np.ndarray, " asked"],
    weighted: Bool[np.ndarray, " dims"],
    *,
    k: int,
    model_count: int,
) -> Acceptability:
    """What was counted of a pool, with a place for every model that there is."""
    first, top = np.full(model_count, np.nan), np.full(model_count, np.nan)
    low_rank, high_rank = np.zeros(model_count, dtype=np.int64), np.zeros(model_count, dtype=np.int64)
    central = np.full((model_count, weighted.size), np.nan)
    first[rows] = found.first / found.draws
    top[asked] = found.top / found.draws
    low_rank[asked], high_rank[asked] = found.low_rank, found.high_rank
    # Models that were never first keep NaN: no weighting stands for them.
    winners = np.flatnonzero(found.first)
    # Zero for dimensions that no draw weighs, before the next line fills in those that are.
    central[rows[winners]] = 0.0
    central[np.ix_(rows[winners], weighted)] = found.first_weights[winners] / found.first[winners, np.newaxis]
    return Acceptability(first, top, low_rank, high_rank, central, k, found.draws)


def _interval_places(draws: int, confidence: float) -> tuple[int, int]:
    """Places, in ascending order of the draws, of the ends of an interval that holds at least the share asked for."""
    # (1 - 0.9) / 2 * 40 is a hair below 2 in binary, and the share means 2.
    outside = int((1 - confidence) / 2 * draws + 1e-9)
    return outside, draws - 1 - outside
