"""Ranks under many sampled weightings, some draws at a time: nothing is held per draw and model of the pool."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int, UInt

from quba.ranking.pool import Pool

MOST_BYTES: Final = 320 * 1024**2
"""What counting ranks needs at once, beside some numbers per model and per draw; what does not fit is counted in turn.

Half of it holds ranks of models that are asked for, and one block of scores is small enough to stay in a fast memory.
"""

_BLOCKS_IN_MOST: Final = 64
# Sorting a draw once and looking all models up costs as much as looking up one in so many, each among few rivals.
_FEW: Final = 32


@dataclass(frozen=True, eq=False, slots=True)
class Noise:
    """Uncertainty of the values themselves.

    Attributes:
        standard_errors: per dimension, of the standardised values, 0 or more; NaN and absent dimensions count as 0.
        rng: the source of chance.
    """

    standard_errors: Mapping[str, Float[np.ndarray, " models"]]
    rng: np.random.Generator


def _go_on() -> None:
    """Nobody asks for an end."""


@dataclass(frozen=True, eq=False, slots=True)
class Extent:
    """How much is wanted of an answer, and for how long.

    Attributes:
        rows: the models whose ranks are wanted, none twice; None for all.
        at_block: called before each block of draws; what it raises ends the work.
    """

    rows: Int[np.ndarray, " asked"] | None = None
    at_block: Callable[[], None] = _go_on


@dataclass(frozen=True, eq=False, slots=True)
class SampledRanks:
    """Ranks of a pool over many draws.

    Attributes:
        draws: how many there were.
        first: in how many draws each model has rank 1; models that tie for it are first together.
        first_weights: per model, the sum of the weightings of those draws.
        top: of the models asked for, in how many draws the rank is at most ``k``.
        low_rank: of the models asked for, the rank at the lower place of their ascending ranks; ``high_rank`` at the
            upper one.
    """

    draws: int
    first: Int[np.ndarray, " pool"]
    first_weights: Float[np.ndarray, "pool weighted"]
    top: Int[np.ndarray, " asked"]
    low_rank: Int[np.ndarray, " asked"]
    high_rank: Int[np.ndarray, " asked"]


@dataclass(frozen=True, eq=False, slots=True)
class SampledScores:
    """The scores of a pool under sampled weightings, one weighting per draw.

    Attributes:
        pool: the models.
        weights: a weighting per draw, for the dimensions of the pool.
        noise: errors of the values, drawn anew for each weighting; None takes the values for exact.
    """

    pool: Pool
    weights: Float[np.ndarray, "draws weighted"]
    noise: Noise | None

    def ranks(
        self, places: Int[np.ndarray, " asked"], *, k: int, ends: tuple[int, int], extent: Extent
    ) -> SampledRanks:
        """Count the ranks of some models among all.

        Args:
            places: of the models asked for, in the pool.
            k: the rank that counts as near the top.
            ends: places, in the ascending ranks of a model, that are wanted.
            extent: of which ``at_block`` is called.

        Returns:
            The counts. Models with equal values have equal ranks, unless noise sets them apart.

        >>> pool = Pool(("accuracy",), np.arange(3), np.array([[1.0], [3.0], [2.0]]))
        >>> found = SampledScores(pool, np.ones((4, 1)), None).ranks(np.array([2]), k=1, ends=(0, 3), extent=Extent())
        >>> found.first.tolist(), found.low_rank.tolist()
        ([0, 4, 0], [2])
        """
        draws = len(self.weights)
        # 16 bits hold every rank of a pool up to 65,535 models, in half the memory: twice as many models a turn.
        kind = np.uint16 if self.pool.rows.size <= np.iinfo(np.uint16).max else np.uint32
        at_once = max(1, MOST_BYTES // 2 // (draws * kind().itemsize))
        chance = None if self.noise is None else self.noise.rng.bit_generator
        start = None if chance is None else chance.state
        firsts = _Firsts.none(self.pool)
        top, low, high = (np.zeros(places.size, dtype=np.int64) for _ in range(3))
        # One for all turns: a second would lie beside the first until it is filled.
        held: UInt[np.ndarray, "some draws"] = np.empty((min(at_once, places.size), draws), dtype=kind)
        # Also without any model asked for there is one turn, which counts the first places.
        for turn in range(0, max(places.size, 1), at_once):
            some = slice(turn, turn + at_once)
            if chance is not None and start is not None:
                # The same errors again for the next models.
                chance.state = start
            ranks = held[: places[some].size]
            for block, scores in self._blocks(extent.at_block):
                if turn == 0:
                    firsts.add(scores, self.weights[block])
                ranks[:, block] = _ranks(scores, places[some]).T
            top[some] = [np.count_nonzero(each <= k) for each in ranks]
            # Only the two ends must stand at their places; a whole sort takes several times as long.
            ranks.partition(ends, axis=1)
            low[some], high[some] = ranks[:, ends[0]], ranks[:, ends[1]]
        return SampledRanks(draws, firsts.count, firsts.weights, top, low, high)

    def _blocks(self, at_block: Callable[[], None]) -> Iterator[tuple[slice, Float[np.ndarray, "some pool"]]]:
        """Which draws, and the scores of all models in them."""
        good, place = self.pool.good, None
        if self.noise is None:
            # Scores of models with equal values could differ by a rounding, and one would then pass for better.
            kinds, place = np.unique(good, axis=0, return_inverse=True)
            good, place = (good, None) if len(kinds) == len(good) else (kinds, place)
        variances = None if self.noise is None else self._variances(self.noise)
        step = max(1, MOST_BYTES // _BLOCKS_IN_MOST // np.float64().itemsize // max(len(self.pool.good), 1))
        for start in range(0, len(self.weights), step):
            at_block()
            block = slice(start, start + step)
            some = self.weights[block]
            scores = some @ good.T
            if self.noise is not None and variances is not None:
                # A weighted sum of independent normal errors is normal, so one number stands for all dimensions.
                scores += np.sqrt(some**2 @ variances.T) * self.noise.rng.standard_normal(scores.shape)
            yield block, scores if place is None else scores[:, place]

    def _variances(self, noise: Noise) -> Float[np.ndarray, "pool weighted"]:
        rows = self.pool.rows
        columns = [noise.standard_errors.get(key) for key in self.pool.keys]
        errors = np.column_stack([np.zeros(rows.size) if column is None else column[rows] for column in columns])
        variances: Float[np.ndarray, "pool weighted"] = np.nan_to_num(errors) ** 2
        return variances


@dataclass(frozen=True, eq=False, slots=True)
class _Firsts:
    """How often each model was first so far, and under which weightings: their sum."""

    count: Int[np.ndarray, " pool"]
    weights: Float[np.ndarray, "pool weighted"]

    @classmethod
    def none(cls, pool: Pool) -> "_Firsts":
        return cls(np.zeros(pool.rows.size, dtype=np.int64), np.zeros(pool.good.shape))

    def add(self, scores: Float[np.ndarray, "some pool"], weights: Float[np.ndarray, "some weighted"]) -> None:
        if scores.size == 0:
            return
        # Not argmax, which would give every tie to the first row.
        draw, winner = np.nonzero(scores == scores.max(axis=1, keepdims=True))
        # Unbuffered: `count[winner] += 1` would count a model once however many draws it wins.
        np.add.at(self.count, winner, 1)
        np.add.at(self.weights, winner, weights[draw])


def _ranks(scores: Float[np.ndarray, "some pool"], places: Int[np.ndarray, " asked"]) -> Int[np.ndarray, "some asked"]:
    """Competition ranks of some models in each draw: one more than the models strictly ahead."""
    if places.size * _FEW > scores.shape[1]:
        ranks: Int[np.ndarray, "some asked"] = _all_ranks(scores)[:, places]
        return ranks
    own = scores[:, places]
    found = np.zeros(own.shape, dtype=np.int64)
    if places.size:
        for draw, (row, sought) in enumerate(zip(scores, own, strict=True)):
            # Who is behind the last of those asked for is ahead of none of them, so that few are left to sort.
            rivals = np.sort(row[row > sought.min()])
            found[draw] = rivals.size + 1 - np.searchsorted(rivals, sought, side="right")
    return found


def _all_ranks(scores: Float[np.ndarray, "some pool"]) -> Int[np.ndarray, "some pool"]:
    order = np.argsort(-scores, axis=1)
    ordered = np.take_along_axis(scores, order, axis=1)
    places = np.broadcast_to(np.arange(1, order.shape[1] + 1, dtype=np.int32), order.shape)
    tied = ordered[:, 1:] == ordered[:, :-1]
    # Models tie in next to no draw, and most of the work is for those that do.
    if tied.any():
        # Who ties with the one before shares its place, the largest so far.
        places = np.maximum.accumulate(np.where(np.pad(tied, ((0, 0), (1, 0))), 0, places), axis=1)
    ranks = np.empty(order.shape, dtype=np.int32)
    np.put_along_axis(ranks, order, places, axis=1)
    return ranks
