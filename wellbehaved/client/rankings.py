"""The client's rankings: who is best under your weights, why, how sure, what if."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from quba.vocabulary import DRAWS
from wellbehaved.client.answers.decision_record import DecisionRecord
from wellbehaved.client.answers.decisions import (
    ExplanationAnswer,
    HeadlineAnswer,
    ImprovementAnswer,
    RankIntervalAnswer,
    StabilityAnswer,
    TierItem,
    WhatIfAnswer,
)
from wellbehaved.client.answers.rankings import StandardisedScoresAnswer
from wellbehaved.client.answers.trade_offs import ConstraintAnswer
from wellbehaved.client.calls import Manner, Part, call, segment
from wellbehaved.client.exchange import PAGE_SIZE, Steps
from wellbehaved.frames import INTERVALS, decision_frame, ranking_frame
from wellbehaved.query import Filters, FilterValue, Weights, query_parameters
from wellbehaved.ranking import Ranking

if TYPE_CHECKING:
    import pandas as pd

_RANKS = ("model_id", "name", "rank_low", "rank_high")
_SPREAD = (*_RANKS, "spread", "spread_by_normalisation")


class Rankings(Part[Manner]):
    """``client.rankings``. The weights, filters and ``settings`` of each method are those of `get`.

    What is said of a ranking is about the models that pass ``filters``; ``among="all"`` compares all models instead.
    """

    @call
    def get(
        self,
        /,
        weights: Weights = None,
        *,
        filters: Filters | None = None,
        sort: str | None = None,
        limit: int | None = None,
        **settings: FilterValue,
    ) -> Steps[Ranking]:
        """Models ranked under your weights.

        Args:
            weights: by dimension key, 0 or more; they override the preset's. 0 leaves a dimension out.
            filters: e.g. ``{"architecture": ["cnn"], "parameters_millions.lte": 30, "q": "resnet"}``.
            sort: e.g. ``-score`` (default), ``name``, ``-accuracy``; the ranks stay what they are.
            limit: how many models; all of them when left out.
            **settings: ``preset`` (the paper's weighting by default), ``normalisation`` (published, trimmed, zscore,
                robust, percentile, minmax or pool), ``quality`` (``all``, or ``screened`` to count flagged values as
                missing), ``benchmark`` and ``protocol`` (never mixed in one ranking).
        """
        query = query_parameters(weights, filters, {**settings, "sort": sort})
        first, items = yield from self._exchange.pages("/v1/rankings", query, limit)
        return Ranking(
            # Each dimension of the pool has a weight, be it 0.
            frame=ranking_frame(items, tuple(first["weights"])),
            **{field.name: first[field.name] for field in fields(Ranking) if field.name != "frame"},
        )

    @call
    def export(
        self, /, format: str, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[bytes]:
        """The ranking as a file with all its models, or `limit` of them: csv, json, ndjson or parquet.

        As json it has a page of a thousand at most, with the cursor of the next one.
        """
        # The other formats have all rows unless a limit is named; a page of JSON would have fifty.
        page: dict[str, FilterValue] = {"limit": PAGE_SIZE} if format == "json" else {}
        query = query_parameters(weights, filters, {**page, **settings, "format": format})
        return self._exchange.content("/v1/rankings", query)

    @call
    def headline(
        self, /, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[HeadlineAnswer]:
        """The first lines of an answer: who leads, why, and what of it rests on flagged values."""
        return self._exchange.get("/v1/headline", query_parameters(weights, filters, settings))

    @call
    def explanation(
        self, /, model_id: str, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[ExplanationAnswer]:
        """Why a model has its rank: contributions, and the gaps to the leader and to both neighbours in a sentence."""
        path = f"/v1/rankings/{segment(model_id)}/explanation"
        return self._exchange.get(path, query_parameters(weights, filters, settings))

    @call
    def stability(
        self, /, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[StabilityAnswer]:
        """How ranks hold under drawn weights: items, and break_points, the exact weights at which the leader changes.

        Args:
            weights: as for `get`.
            filters: as for `get`.
            settings: also among, around, draws, jitter, seed, top_k, and limit and models, which say whom to list.
        """
        return self._exchange.get("/v1/stability", query_parameters(weights, filters, settings))

    @call
    def intervals(
        self, /, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[pd.DataFrame]:
        """Between which ranks each model lies, given the errors of its values, and its tier; one row a model.

        Args:
            weights: as for `get`.
            filters: as for `get`.
            settings: also among, jitter (0: the weights are certain), draws, seed, confidence, and limit and models,
                which say whom to list.
        """
        items = yield from self._exchange.items("/v1/rank-intervals", query_parameters(weights, filters, settings))
        return decision_frame(items, INTERVALS)

    @call
    def tiers(
        self, /, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[list[TierItem]]:
        """The tiers of all models, as stretches of the ranking, best first; `settings` as for `intervals`."""
        # Tiers are computed; what is sampled are the ranks of the listed models, of which one is the fewest.
        query = query_parameters(weights, filters, {"limit": 1, "draws": DRAWS.lowest, **settings})
        answer: RankIntervalAnswer = yield from self._exchange.get("/v1/rank-intervals", query)
        return answer["tiers"]

    @call
    def spread(
        self, /, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[pd.DataFrame]:
        """Each model's rank under every normalisation, with and without screening, and how far apart they lie."""
        items = yield from self._exchange.items("/v1/rank-spread", query_parameters(weights, filters, settings))
        return decision_frame(items, _SPREAD)

    @call
    def what_if(
        self,
        /,
        model_id: str,
        target_rank: int = 1,
        weights: Weights = None,
        filters: Filters | None = None,
        **settings: FilterValue,
    ) -> Steps[WhatIfAnswer]:
        """The nearest weights that bring a model to a rank, or the proof that there are none."""
        query = query_parameters(weights, filters, {"target_rank": target_rank, **settings})
        return self._exchange.get(f"/v1/what-if/{segment(model_id)}", query)

    @call
    def improvements(
        self,
        /,
        model_id: str,
        target_rank: int = 1,
        weights: Weights = None,
        filters: Filters | None = None,
        **settings: FilterValue,
    ) -> Steps[ImprovementAnswer]:
        """What a model must improve, and by how much, to reach a rank: each dimension alone, and all together."""
        query = query_parameters(weights, filters, {"target_rank": target_rank, **settings})
        return self._exchange.get(f"/v1/improvements/{segment(model_id)}", query)

    @call
    def constraints(
        self, /, filters: Filters, weights: Weights = None, **settings: FilterValue
    ) -> Steps[ConstraintAnswer]:
        """Who meets bounds such as ``parameters_millions.lte``, the price of each in score, and what would help."""
        return self._exchange.get("/v1/constraints", query_parameters(weights, filters, settings))

    @call
    def standardised_scores(self, /, **settings: FilterValue) -> Steps[StandardisedScoresAnswer]:
        """The values that every ranking of a pool rests on, by dimension, with what identifies and filters the models.

        ``settings`` are benchmark, protocol, quality and normalisation. ``standardised`` is turned so that larger is
        better: a score is the mean of its columns, weighted by the weights.
        """
        return self._exchange.get("/v1/standardised-scores", query_parameters(None, None, settings))

    @call
    def decision_record(
        self, /, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[DecisionRecord]:
        """One page about a view: the question, the top, why, how sure, what was left out, and how to cite it."""
        query = query_parameters(weights, filters, {**settings, "format": "json"})
        return self._exchange.get("/v1/decision-record", query)

    @call
    def decision_record_file(
        self, /, format: str, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> Steps[bytes]:
        """The same page as a file: html (needs nothing else), md or json."""
        query = query_parameters(weights, filters, {**settings, "format": format})
        return self._exchange.content("/v1/decision-record", query)
