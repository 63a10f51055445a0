"""Ranks and order of scored models."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

# Sums of nine products differ in their last bits with the order of adding, which is no difference between models.
_TIE_DECIMALS = 12
_GROUPS_FOR_EACH = 16
TIE = 0.5 * 10**-_TIE_DECIMALS
"""Scores nearer than this share a rank."""


def alphabetical(names: Sequence[str]) -> Int[np.ndarray, " models"]:
    """Where each model stands in the alphabet, ignoring case: the order among models that tie.

    Args:
        names: one per model.

    Returns:
        Positions from 0, one per model.

    >>> alphabetical(["beta", "Gamma", "alpha"]).tolist()
    [1, 2, 0]
    """
    positions = np.empty(len(names), dtype=np.int64)
    # The name itself as a second key: "a" and "A" fold alike and would keep the order of the rows.
    positions[sorted(range(len(names)), key=lambda row: (names[row].casefold(), names[row]))] = np.arange(len(names))
    return positions


def ranking_order(
    score: Float[np.ndarray, " models"], tie_order: Int[np.ndarray, " models"]
) -> Int[np.ndarray, " models"]:
    """Indices that list the models best first, ties and unscored models by `tie_order`, unscored models last.

    Args:
        score: one per model; NaN is unscored. Scores equal after rounding to 12 decimals tie.
        tie_order: one per model, such as `alphabetical(names)`.

    Returns:
        A permutation of 0 .. n-1.

    Raises:
        ValueError: if there is not exactly one place among ties per score.

    >>> ranking_order(np.array([np.nan, 0.9, 0.9, 1.2]), alphabetical(["a", "c", "b", "d"])).tolist()
    [3, 2, 1, 0]
    """
    return order_and_ranks(score, tie_order)[0]


def order_and_ranks(
    score: Float[np.ndarray, " models"], tie_order: Int[np.ndarray, " models"]
) -> tuple[Int[np.ndarray, " models"], Int[np.ndarray, " models"]]:
    """``ranking_order`` and ``competition_ranks`` at once.

    Args:
        score: one per model; NaN is unscored.
        tie_order: one per model, such as `alphabetical(names)`.

    Returns:
        Indices that list the models best first, and every model's rank, in the order of the scores; 0 means unranked.

    Raises:
        ValueError: as ``ranking_order``.

    >>> [part.tolist() for part in order_and_ranks(np.array([0.5, 0.9, 0.9]), np.arange(3))]
    [[1, 2, 0], [3, 1, 1]]
    """
    if tie_order.size != score.size:
        raise ValueError(f"tie_order has {tie_order.size} places for {score.size} scores; pass one per score.")
    # NumPy sorts NaN behind every number, which is where unscored models belong.
    keys = -score.round(_TIE_DECIMALS)
    order: Int[np.ndarray, " models"] = keys.argsort()
    ordered = keys[order]
    tied = ordered[1:] == ordered[:-1]
    ordered_ranks = _ordered_ranks(ordered, tied)
    # Sorting by two keys takes five times as long, and in most rankings no two models tie or lack a score.
    if tied.any() or not ordered_ranks[-2:].any():
        order = np.lexsort((tie_order, keys))
    ranks: Int[np.ndarray, " models"] = np.empty_like(order)
    ranks[order] = ordered_ranks
    return order, ranks


def first_and_ranks(
    score: Float[np.ndarray, " models"], tie_order: Int[np.ndarray, " models"], count: int
) -> tuple[Int[np.ndarray, " first"], Int[np.ndarray, " first"]]:
    """The first of ``order_and_ranks``, for who shows no others: the rest is set apart and not sorted.

    Args:
        score: one per model; NaN is unscored.
        tie_order: one per model, such as `alphabetical(names)`.
        count: how many are wanted; all of them where there are fewer.

    Returns:
        Indices that list the first models best first, and the rank of each; 0 means unranked.

    Raises:
        ValueError: as ``ranking_order``.

    >>> [part.tolist() for part in first_and_ranks(np.array([0.5, 0.9, 0.1, 0.9]), np.arange(4), 3)]
    [[1, 3, 0], [1, 1, 3]]
    """
    if tie_order.size != score.size:
        raise ValueError(f"tie_order has {tie_order.size} places for {score.size} scores; pass one per score.")
    bound = _reached_by_more_than(score, count) if count < score.size else np.nan
    # Unscored models are among the first: there is little to set apart.
    if np.isnan(bound):
        order, ranks = order_and_ranks(score, tie_order)
        return order[:count], ranks[order[:count]]
    # All that tie with the last, too: which of them comes first is for the other order to say.
    rows = np.flatnonzero(score >= bound - 4 * TIE)
    rows = rows[ranking_order(score[rows], tie_order[rows])][:count]
    return rows, ordered_competition_ranks(score[rows])


def _reached_by_more_than(score: Float[np.ndarray, " models"], count: int) -> float:
    """A score that more than so many models reach, and few beyond them; NaN where fewer have a score.

    NumPy takes twenty times as long to set the first of 100,000 apart from the others, and longer where some have no
    score. Of many groups of models the best are found in one pass, and as many groups have one that reaches the bound.
    """
    in_group = max(1, score.size // max(1, _GROUPS_FOR_EACH * count))
    groups = score[: score.size // in_group * in_group].reshape(in_group, -1)
    best = np.fmax.reduce(groups, axis=0)
    return -float(np.partition(-best, count)[count])


def ordered_competition_ranks(ordered_score: Float[np.ndarray, " models"]) -> Int[np.ndarray, " models"]:
    """Competition ranks of scores that are in ranking order already.

    Args:
        ordered_score: highest first, NaN (unscored) last.

    Returns:
        Ranks from 1, never decreasing until the first 0, which means unranked.

    >>> ordered_competition_ranks(np.array([0.9, 0.9, 0.5, np.nan])).tolist()
    [1, 1, 3, 0]
    """
    # Rounded before they are compared: comparing by a tolerance is not transitive, and ranks would depend on the order.
    rounded = ordered_score.round(_TIE_DECIMALS)
    return _ordered_ranks(rounded, rounded[1:] == rounded[:-1])


def _ordered_ranks(
    ordered: Float[np.ndarray, " models"], tied: Bool[np.ndarray, " pairs"]
) -> Int[np.ndarray, " models"]:
    ranks = np.arange(1, ordered.size + 1)
    if tied.any():
        ranks[1:][tied] = 0
        # A tied place was set to 0, so the largest rank so far is that of the first model of the tie.
        ranks = np.maximum.accumulate(ranks)
    # After the running maximum, which would fill the 0 again.
    ranks[np.isnan(ordered)] = 0
    return ranks


def competition_ranks(score: Float[np.ndarray, " models"]) -> Int[np.ndarray, " models"]:
    """Competition ranks: 1 for the highest score, ties share a rank and the next rank is skipped.

    Args:
        score: one per model, in any order; NaN is unscored.

    Returns:
        Ranks from 1, in the order of the scores; 0 means unranked. Scores equal after rounding to 12 decimals tie.

    >>> competition_ranks(np.array([0.5, 0.9, np.nan, 0.9, 0.1])).tolist()
    [3, 1, 0, 1, 4]
    """
    return order_and_ranks(score, np.arange(score.size))[1]
