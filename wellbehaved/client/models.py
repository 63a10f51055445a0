"""The client's models: who there is, what each was measured to be, and what becomes of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wellbehaved.client.answers.models import (
    ClassReportAnswer,
    FacetAnswer,
    ModelAnswer,
    PublicationAnswer,
    ReproductionList,
    WithdrawalAnswer,
)
from wellbehaved.client.answers.shared import RemovalAnswer
from wellbehaved.client.calls import Manner, Part, call, segment
from wellbehaved.client.exchange import Steps
from wellbehaved.frames import model_frame
from wellbehaved.query import Filters, FilterValue, Weights, query_parameters

if TYPE_CHECKING:
    import pandas as pd


class Models(Part[Manner]):
    """``client.models``. Changing one needs a token."""

    @call
    def list(self, /, **filters: FilterValue) -> Steps[pd.DataFrame]:
        """Identity of all models that match, one row each; write ``accuracy__gte`` for ``accuracy.gte``."""
        _, items = yield from self._exchange.pages("/v1/models", query_parameters(filters=filters), limit=None)
        return model_frame(items)

    @call
    def get(self, /, model_id: str, **settings: FilterValue) -> Steps[ModelAnswer]:
        """One model: identity, scores with flags and parts, percentiles, ranks under the presets, provenance.

        Args:
            model_id: identifier of the model.
            settings: benchmark, protocol and quality.
        """
        return self._exchange.get(_path(model_id), query_parameters(settings=settings))

    @call
    def facets(
        self, /, filters: Filters | None = None, weights: Weights = None, **settings: FilterValue
    ) -> Steps[FacetAnswer]:
        """For each filter, how many models each of its values would leave; and the range of each dimension.

        The weights matter only where a filter limits the score.
        """
        return self._exchange.get("/v1/facets", query_parameters(weights, filters, settings))

    @call
    def class_report(self, /, model_id: str, **settings: FilterValue) -> Steps[ClassReportAnswer]:
        """Recall, precision and confusions of a model by class; ``settings`` are benchmark and protocol."""
        return self._exchange.get(f"{_path(model_id)}/class-report", query_parameters(settings=settings))

    @call
    def reproductions(
        self, /, models: Sequence[str] | None = None, dimensions: Sequence[str] | None = None
    ) -> Steps[ReproductionList]:
        """Published values beside those measured here of the same weights, all of them in one answer.

        Args:
            models: identifiers of published models; all unless given.
            dimensions: keys; all unless given.
        """
        query = query_parameters(filters={"model_id": models, "dimension": dimensions})
        first, items = yield from self._exchange.pages("/v1/reproductions", query, limit=None)
        # Behind all pages there is no next one.
        answer: ReproductionList = {**first, "items": items, "next_cursor": None}  # type: ignore[typeddict-item]
        return answer

    @call
    def publish(self, model_id: str) -> Steps[PublicationAnswer]:
        """Show a model that was measured here to everybody; until then only who holds the token sees it."""
        return self._exchange.post(f"{_path(model_id)}/publish", {})

    @call
    def unpublish(self, model_id: str) -> Steps[WithdrawalAnswer]:
        """Show a model of one's own to who holds the token alone."""
        return self._exchange.post(f"{_path(model_id)}/unpublish", {})

    @call
    def delete(self, model_id: str) -> Steps[RemovalAnswer]:
        """Delete a model of one's own with its measurements and evaluations; the study's models stay."""
        return self._exchange.delete(_path(model_id))


def _path(model_id: str) -> str:
    return f"/v1/models/{segment(model_id)}"
