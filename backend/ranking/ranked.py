"""Answers views from memory: the newest data, scored and ordered for one view."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from fastapi import Depends, Request
from jaxtyping import Float, Int

from backend.problems import ProblemError
from backend.ranking.formats import COST_COLUMNS, Columns, Table
from backend.ranking.parameter_errors import shown_value
from backend.ranking.pool import IDENTITY_FIELDS, SECOND_MODEL, Prepared
from backend.ranking.prepared_pools import PreparedPools
from backend.ranking.query import Pool, View
from backend.ranking.responses import Answers
from backend.ranking.sampling import SamplingBudget
from backend.security import sees_private
from backend.store.benchmarks import UnknownBenchmark
from backend.store.snapshot import SnapshotCache
from backend.turns import Turns
from quba.dimensions import adopt_dimensions
from quba.ranking.normalisation import Normalisation
from quba.ranking.ranks import first_and_ranks, order_and_ranks, ordered_competition_ranks
from quba.ranking.score import Scores, weighted_scores
from quba.vocabulary import SCREENED

DEFAULT_SORT = ("-score",)
STANDING = ("better_than", "level_with", "others")
SORT_KEYS = ("score", "rank", "name")


@dataclass(frozen=True)
class Ranked:
    """A view answered.

    Attributes:
        view: the question.
        prepared: the data that it was answered from.
        scores: score and contributions of every model of the pool.
        overall_rank: competition rank in the whole pool, 0 without score.
        rows: the kept models, best first, those without a score last; of a ranking of the first ones, these alone.
        rank: competition rank among the kept models, by row of the pool.
        total: how many models are kept.
    """

    view: View
    prepared: Prepared
    scores: Scores
    overall_rank: Int[np.ndarray, " models"]
    rows: Int[np.ndarray, " kept"]
    rank: Int[np.ndarray, " models"]
    total: int

    def sorted_rows(self, sort: Sequence[str]) -> Int[np.ndarray, " kept"]:
        """The kept rows ordered by the keys of a `sort` parameter; missing values last in either direction.

        Raises:
            ProblemError: 422 `invalid_parameter`, for an unknown key.
        """
        rows = self.rows
        # The rows are in this order already; sorting again would only cost time.
        if tuple(sort) == DEFAULT_SORT:
            return rows
        # Stable sorts by the last key first leave the first key in charge.
        for text in reversed(sort):
            key, descending = text.removeprefix("-"), text.startswith("-")
            rows = rows[_sorting_permutation(self._sort_column(key)[rows], descending=descending)]
        return rows

    def _sort_column(self, key: str) -> Float[np.ndarray, " models"]:
        if key == "score":
            return self.scores.score
        if key == "rank":
            # Rank 0 marks no score, which sorts last and not first.
            return np.where(self.overall_rank > 0, self.overall_rank, np.nan)
        if key == "name":
            return self.prepared.name_order.astype(float)
        if key in self.prepared.snapshot.columns:
            return self.prepared.snapshot.columns[key]
        raise ProblemError(
            422,
            "invalid_parameter",
            f"sort names {shown_value(key)}: there is no such key.",
            f"Sort by one of {', '.join((*SORT_KEYS, *self.prepared.snapshot.columns))}.",
        )

    def items(self, rows: Int[np.ndarray, " page"]) -> list[bytes]:
        """The rows as items of the answer: the pieces of a JSON list."""
        rank = self.rank[rows]
        ranks = rank, rank if self.rank is self.overall_rank else self.overall_rank[rows]
        scores = self.scores
        # One array, which a single call turns into the text of all numbers of the page.
        numbers = np.empty((1 + len(scores.keys), rows.size))
        numbers[0], numbers[1:] = scores.score[rows], scores.parts(rows)
        return self.prepared.item_text(scores.keys).pieces(rows, ranks, scores.keys, numbers)

    def table(self, rows: Int[np.ndarray, " page"]) -> Table:
        """The rows as flat records: CSV, Parquet, NDJSON."""
        prepared = self.prepared
        records = [
            {
                "rank": int(self.rank[row]) or None,
                "overall_rank": int(self.overall_rank[row]) or None,
                "default_rank": int(prepared.default_rank[row]) or None,
                **prepared.identity(row),
                "score": _or_none(self.scores.score[row]),
                **prepared.scores_of(row),
                **{f"contribution.{key}": _or_none(part) for key, part in zip(self.scores.keys, parts, strict=True)},
                **{f"percentile.{key}": _or_none(part[row]) for key, part in prepared.percentiles.items()},
                **_flat(prepared.standings_of(int(row))),
                # A cell holds one text; no key, reason or flag has a semicolon or a colon.
                "missing": ";".join(
                    f"{part['dimension']}:{part['reason']}" for part in prepared.missing_of(row, self.scores.keys)
                ),
                "flags": ";".join(prepared.flags[row]),
                "flagged": ";".join(
                    f"{key}:{flag}" for key, flags in prepared.snapshot.flags[row].items() for flag in flags
                ),
            }
            for row, parts in zip(rows, self.scores.parts(rows).T, strict=True)
        ]
        return Table(self._columns(), records)

    def _columns(self) -> Columns:
        keys = self.prepared.snapshot.dimensions
        numbers = (*keys, *(f"contribution.{key}" for key in self.scores.keys))
        return {
            **dict.fromkeys(("rank", "overall_rank", "default_rank"), int),
            **dict.fromkeys(("model_id", *IDENTITY_FIELDS), str),
            **COST_COLUMNS,
            **dict.fromkeys(("score", *numbers, *(f"percentile.{key}" for key in keys)), float),
            **dict.fromkeys((f"{name}.{key}" for name in STANDING for key in keys), int),
            **dict.fromkeys(("missing", "flags", "flagged"), str),
        }


def _flat(standings: Mapping[str, Mapping[str, int] | None]) -> dict[str, int | None]:
    return {
        f"{name}.{key}": None if found is None else found[name] for name in STANDING for key, found in standings.items()
    }


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _sorting_permutation(column: Float[np.ndarray, " kept"], *, descending: bool) -> Int[np.ndarray, " kept"]:
    # NumPy sorts NaN last, so negating the numbers sorts downwards and leaves the missing ones at the end.
    return np.argsort(-column if descending else column, kind="stable")


class Rankings:
    """Keeps what views have in common for as long as the data stay the same.

    Args:
        snapshots: where the data come from.
        embedded: whether the data version is read from a local file, which takes microseconds, or from a server.
        private: whether models are ranked that are not published.
        turns: who may compute a long answer now; of its own where absent.
        budget: how much a question may sample; without a bound where absent.
    """

    def __init__(
        self,
        snapshots: SnapshotCache,
        *,
        embedded: bool,
        private: bool = False,
        turns: Turns | None = None,
        budget: SamplingBudget | None = None,
    ) -> None:
        self.embedded = embedded
        self.budget = budget or SamplingBudget()
        self.answers = Answers(turns)
        # In a queue of their own: no page can show its board before it has them, and they are quick beside the rest.
        self.matrices = Answers()
        self._pools = PreparedPools(snapshots, private=private)

    def version(self) -> str:
        """The newest data version."""
        return self._pools.version()

    def prepared_pool(self, pool: Pool, normalisation: Normalisation = Normalisation.PUBLISHED) -> Prepared:
        """The pool's data as they are now, or were just before while the newest are being read.

        Raises:
            ProblemError: 404 `unknown_benchmark`.
        """
        try:
            return _with_dimensions(self._pools.get(pool, normalisation))
        except UnknownBenchmark as error:
            raise ProblemError(404, "unknown_benchmark", str(error), "Leave `benchmark` out for imagenet-1k.") from None

    def prepared_view(self, view: View) -> tuple[Prepared, View]:
        """The data that a question is about as they are now, and the question about the dimensions that they have.

        Raises:
            ProblemError: as `prepared_pool` and `View.on`.
        """
        prepared = self.prepared_pool(view.pool, view.normalisation)
        return prepared, view.on(prepared.snapshot.columns)

    def view_at_hand(self, view: View, version: str | None = None) -> tuple[Prepared, View] | None:
        """The same as `prepared_view` from memory alone; None where something has to be read or prepared first.

        Args:
            view: the question.
            version: the newest of the data, where it was read just before; read where absent.
        """
        prepared = self._pools.at_hand(view.pool, view.normalisation, version)
        return None if prepared is None else (_with_dimensions(prepared), view.on(prepared.snapshot.columns))

    def without_flagged(self, prepared: Prepared, view: View) -> tuple[Prepared, View]:
        """The same data and the same question without flagged values."""
        screened = self._pools.of_same_data(prepared, SCREENED, view.normalisation)
        return screened, replace(view, pool=replace(view.pool, quality=SCREENED))

    def close(self) -> None:
        """Start no more reading of data."""
        self._pools.close()


def _with_dimensions(prepared: Prepared) -> Prepared:
    """The data, with their dimensions in force: data of before still have one that was removed a moment ago."""
    adopt_dimensions(prepared.snapshot.catalogue)
    return prepared


def rank_models(prepared: Prepared, view: View) -> Ranked:
    """Score, filter and order a pool for one view."""
    scores = weighted_scores(prepared.standardised, view.weights)
    order, overall_rank = order_and_ranks(scores.score, prepared.name_order)
    # Without filters both ranks are the same, so that nothing needs to be ranked twice.
    if not view.filters:
        return Ranked(view, prepared, scores, overall_rank, order, overall_rank, order.size)
    kept = order[prepared.mask(view.filters, scores.score)[order]]
    # What the filters leave out keeps rank 0, as what has no score.
    rank = np.zeros_like(order)
    rank[kept] = ordered_competition_ranks(scores.score[kept])
    return Ranked(view, prepared, scores, overall_rank, kept, rank, kept.size)


def rank_first_models(prepared: Prepared, view: View, count: int) -> Ranked:
    """The same for who shows the first models alone: without filters, the others are not sorted and have no rank."""
    if view.filters:
        return rank_models(prepared, view)
    scores = weighted_scores(prepared.standardised, view.weights)
    rows, ranks = first_and_ranks(scores.score, prepared.name_order, count)
    rank = np.zeros(len(prepared.models), dtype=np.int64)
    rank[rows] = ranks
    return Ranked(view, prepared, scores, rank, rows, rank, rank.size)


def known_row(prepared: Prepared, model_id: str) -> int:
    """The row of a model.

    Raises:
        ProblemError: 404 `unknown_model`, with the nearest names.
    """
    row = prepared.position.get(model_id)
    if row is None:
        close = difflib.get_close_matches(model_id, prepared.position, n=3)
        hint = f"Did you mean {', '.join(close)}?" if close else "GET /v1/models?q=WORDS searches for one."
        raise ProblemError(404, "unknown_model", f"There is no model {model_id[:100]!r} in this pool.", hint)
    return row


def scored_row(prepared: Prepared, view: View, model_id: str) -> int:
    """The row of a model that the view's weights score.

    Raises:
        ProblemError: 404 `unknown_model`; 422 `model_without_score`, naming what it lacks.
    """
    row = known_row(prepared, model_id)
    if prepared.scoreless:
        raise ProblemError(422, "model_without_score", prepared.scoreless, SECOND_MODEL)
    lacking = [key for key, weight in view.weights.items() if weight and np.isnan(prepared.snapshot.columns[key][row])]
    if lacking:
        raise ProblemError(
            422,
            "model_without_score",
            f"{prepared.names[row]} has no score under these weights: it has no value of {', '.join(lacking)}.",
            "Set these weights to 0" + (", or use quality=all." if view.pool.quality == SCREENED else "."),
        )
    return row


def current_rankings(request: Request) -> Rankings:
    """The application's rankings, for routes to depend on: with private models for who carries the token.

    Raises:
        ProblemError: as `sees_private`.
    """
    state = request.app.state
    rankings: Rankings = state.private_rankings if sees_private(request) else state.rankings
    return rankings


CurrentRankings = Annotated[Rankings, Depends(current_rankings)]
