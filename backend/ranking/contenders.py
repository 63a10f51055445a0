"""The models that a statement about a ranking is about: those that pass the filters, or all of the pool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

import numpy as np
from jaxtyping import Float, Int

from backend.problems import ProblemError
from backend.ranking.pool import Prepared
from backend.ranking.query import View
from backend.ranking.ranked import known_row, scored_row
from quba.ranking.ranks import competition_ranks, ranking_order
from quba.ranking.score import Scores, weighted_scores
from quba.vocabulary import Among

Column = Float[np.ndarray, " models"]


class About(TypedDict):
    """The fields that every answer about contenders has."""

    data_version: str
    among: Among
    total: int


@dataclass(frozen=True)
class Contenders:
    """Some models of a pool, scored as the whole pool is: who is compared never moves a norm or a score.

    Everything but `rows` counts places among the contenders, from 0.

    Attributes:
        view: the question.
        prepared: the pool.
        rows: which models of the pool they are, ascending.
        scores: of the contenders.
    """

    view: View
    prepared: Prepared
    rows: Int[np.ndarray, " contenders"]
    scores: Scores

    @classmethod
    def of(cls, prepared: Prepared, view: View) -> "Contenders":
        """The models that the view speaks of."""
        scores = weighted_scores(prepared.standardised, view.weights)
        if view.among == "all" or not view.filters:
            return cls(view, prepared, np.arange(len(prepared.models)), scores)
        rows = np.flatnonzero(prepared.mask(view.filters, scores.score))
        return cls(view, prepared, rows, scores.of(rows))

    def part(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Columns of the pool cut down to the contenders."""
        return {key: column[self.rows] for key, column in columns.items()}

    @cached_property
    def standardised_columns(self) -> dict[str, Column]:
        """Their standardised values; the norms are those of the whole pool."""
        return self.part(self.prepared.standardised)

    @cached_property
    def ranks(self) -> Int[np.ndarray, " contenders"]:
        """Their competition ranks among each other, 0 without a score."""
        found: Int[np.ndarray, " contenders"] = competition_ranks(self.scores.score)
        return found

    @cached_property
    def tie_order(self) -> Int[np.ndarray, " contenders"]:
        """In which order models of one score are listed."""
        found: Int[np.ndarray, " contenders"] = self.prepared.name_order[self.rows]
        return found

    @cached_property
    def scored_places(self) -> Int[np.ndarray, " scored"]:
        """The places of those that have a score, best first."""
        order = ranking_order(self.scores.score, self.tie_order)
        found: Int[np.ndarray, " scored"] = order[self.ranks[order] > 0]
        return found

    def listed_places(self, limit: int | None, model_ids: Sequence[str] | None) -> Int[np.ndarray, " listed"]:
        """The places of those to list, best first: the first few, and some named ones wherever they stand.

        Args:
            limit: how many of the first; None for all.
            model_ids: of the named ones; those without a rank among the contenders are left out.

        Raises:
            ProblemError: 404 `unknown_model`.
        """
        named = [known_row(self.prepared, model_id) for model_id in model_ids or ()]
        if limit is None:
            return self.scored_places
        listed = np.isin(self.rows[self.scored_places], named)
        listed[:limit] = True
        found: Int[np.ndarray, " listed"] = self.scored_places[listed]
        return found

    @cached_property
    def names(self) -> list[str]:
        """Their names, by place."""
        return [self.prepared.names[row] for row in self.rows.tolist()]

    @cached_property
    def model_ids(self) -> list[str]:
        """Their identifiers, by place."""
        return [self.prepared.models[row].id for row in self.rows.tolist()]

    def scored_place(self, model_id: str) -> int:
        """Where a model stands that the view's weights score.

        Raises:
            ProblemError: as `scored_row`; 422 `model_filtered_out`, where the filters leave it out.
        """
        row = scored_row(self.prepared, self.view, model_id)
        found = np.flatnonzero(self.rows == row)
        if found.size == 0:
            raise ProblemError(
                422,
                "model_filtered_out",
                f"{self.prepared.names[row]} does not pass the filters, so it has no rank among the models that do.",
                "Send among=all to compare it with all models, or take a filter off.",
            )
        return int(found[0])

    def about(self) -> About:
        """What every answer says of them."""
        return {
            "data_version": self.prepared.origin.data_version,
            "among": self.view.among,
            "total": int(self.rows.size),
        }
