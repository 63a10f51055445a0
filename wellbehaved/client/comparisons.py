"""The client's comparisons: models and groups beside each other, trade-offs, correlations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wellbehaved.client.answers.trade_offs import ComparisonAnswer, DifferenceAnswer
from wellbehaved.client.calls import Manner, Part, call
from wellbehaved.client.exchange import Steps
from wellbehaved.frames import correlation_frame, decision_frame, pareto_frame
from wellbehaved.query import Filters, FilterValue, Weights, query_parameters

if TYPE_CHECKING:
    import pandas as pd


class Comparisons(Part[Manner]):
    """``client.comparisons``."""

    @call
    def models(
        self, /, models: Sequence[str], weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[ComparisonAnswer]:
        """Several models side by side: ranking items with z-scores, and the best model per dimension.

        ``settings`` are those of `rankings.get`: preset, normalisation, quality, ... ``filters`` say among which models
        each one's ``rank`` is; they leave none of the named models out.
        """
        query = query_parameters(weights, {**(filters or {}), "models": list(models)}, settings)
        return self._exchange.get("/v1/comparisons", query)

    @call
    def differences(self, /, a: str, b: str, **settings: FilterValue) -> Steps[DifferenceAnswer]:
        """How far model b lies from model a per dimension, and how many images flipped; see ``paired``.

        Args:
            a: identifier of the first model, such as the baseline.
            b: of the second.
            settings: benchmark, protocol and confidence.
        """
        return self._exchange.get("/v1/differences", query_parameters(settings={"a": a, "b": b, **settings}))

    @call
    def groups(
        self,
        /,
        a: Filters | None = None,
        b: Filters | None = None,
        paired_by: str | None = None,
        **settings: FilterValue,
    ) -> Steps[pd.DataFrame]:
        """Two groups of models compared per dimension; differences are b less a.

        Args:
            a: filters of the group, values in lists: ``{"architecture": ["cnn"]}``; None: all models not in b.
            b: of the other; None: all models not in a.
            paired_by: ``backbone`` or ``lineage`` compares within matched pairs.
            settings: estimator, alpha, draws, seed, benchmark, protocol and quality.
        """
        document = {"a": _in_json(a), "b": _in_json(b), "paired_by": paired_by, **settings}
        answer = yield from self._exchange.post("/v1/group-comparisons", document)
        return decision_frame(answer["items"])

    @call
    def pareto(
        self, /, dimensions: Sequence[str], filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[pd.DataFrame]:
        """Trade-offs between several dimensions: model_id, name, on_front, layer (1 = front), dominated_by, values."""
        query = query_parameters(None, filters, {"dimensions": list(dimensions), **settings})
        items = yield from self._exchange.items("/v1/pareto", query)
        return pareto_frame(items)

    @call
    def correlations(
        self, /, filters: Filters | None = None, weights: Weights = None, **settings: FilterValue
    ) -> Steps[pd.DataFrame]:
        """Spearman correlation of each pair of dimensions and the score: a, b, rho, p, n, significant."""
        answer = yield from self._exchange.get("/v1/correlations", query_parameters(weights, filters, settings))
        return correlation_frame(answer["pairs"])


def _in_json(filters: Filters | None) -> dict[str, Any] | None:
    """Filters as a JSON question has them: choices are lists, bounds and `q` single values."""
    if filters is None:
        return None
    return {key.replace("__", "."): _choices(key, value) for key, value in filters.items() if value is not None}


def _choices(key: str, value: FilterValue) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return value if key == "q" else [value]
    return list(value) if isinstance(value, Sequence) else value
