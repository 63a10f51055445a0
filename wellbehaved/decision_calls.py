"""The client's questions that help to decide: why, how sure, what if, at what price, which group."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wellbehaved.api_errors import JsonObject
from wellbehaved.frames import decision_frame
from wellbehaved.json_calls import JsonCalls
from wellbehaved.query import FilterValue, query_parameters

if TYPE_CHECKING:
    import pandas as pd

Weights = Mapping[str, float] | None
Filters = Mapping[str, FilterValue]
_RANKS = ("model_id", "name", "rank_low", "rank_high")
_BEHIND = ("behind", "behind_low", "behind_high")
_INTERVALS = (*_RANKS, "rank", "score", "standard_error", "p_first", "tier", *_BEHIND, "estimated", "unknown")
_SPREAD = (*_RANKS, "spread", "spread_by_normalisation")


class DecisionCalls(JsonCalls):
    """Mixed into `wellbehaved.Client`. ``settings`` are those of `rankings`: preset, normalisation, quality, ...

    What is said of a ranking is about the models that pass ``filters``; ``among="all"`` compares all models instead.
    """

    @abstractmethod
    def content(self, path: str, query: dict[str, str]) -> bytes:
        """The bytes that a path answers with."""

    def headline(self, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue) -> JsonObject:
        """The first lines of an answer: who leads, why, and what of it rests on flagged values."""
        return self.get("/v1/headline", query_parameters(weights, filters, settings))

    def explanation(
        self, model_id: str, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> JsonObject:
        """Why a model has its rank: contributions, and the gaps to the leader and to both neighbours in a sentence."""
        path = f"/v1/rankings/{quote(model_id, safe='')}/explanation"
        return self.get(path, query_parameters(weights, filters, settings))

    def stability(self, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue) -> JsonObject:
        """How ranks hold under drawn weights: items, and break_points, the exact weights at which the leader changes.

        Args:
            weights: as for `rankings`.
            filters: as for `rankings`.
            settings: also among, around, draws, jitter, seed and top_k.
        """
        return self.get("/v1/stability", query_parameters(weights, filters, settings))

    def rank_intervals(
        self, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> pd.DataFrame:
        """Between which ranks each model lies, given the errors of its values, and its tier; one row a model.

        Args:
            weights: as for `rankings`.
            filters: as for `rankings`.
            settings: also among, jitter (0: the weights are certain), draws, seed and confidence.
        """
        answer = self.get("/v1/rank-intervals", query_parameters(weights, filters, settings))
        return decision_frame(answer["items"], _INTERVALS)

    def rank_spread(
        self, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> pd.DataFrame:
        """Each model's rank under every normalisation, with and without screening, and how far apart they lie."""
        answer = self.get("/v1/rank-spread", query_parameters(weights, filters, settings))
        return decision_frame(answer["items"], _SPREAD)

    def what_if(
        self,
        model_id: str,
        target_rank: int = 1,
        weights: Weights = None,
        filters: Filters | None = None,
        **settings: FilterValue,
    ) -> JsonObject:
        """The nearest weights that bring a model to a rank, or the proof that there are none."""
        query = query_parameters(weights, filters, {"target_rank": target_rank, **settings})
        return self.get(f"/v1/what-if/{quote(model_id, safe='')}", query)

    def improvements(
        self,
        model_id: str,
        target_rank: int = 1,
        weights: Weights = None,
        filters: Filters | None = None,
        **settings: FilterValue,
    ) -> JsonObject:
        """What a model must improve, and by how much, to reach a rank: each dimension alone, and all together."""
        query = query_parameters(weights, filters, {"target_rank": target_rank, **settings})
        return self.get(f"/v1/improvements/{quote(model_id, safe='')}", query)

    def constraints(self, filters: Filters, weights: Weights = None, **settings: FilterValue) -> JsonObject:
        """Who meets bounds such as ``parameters_millions.lte``, the price of each in score, and what would help."""
        return self.get("/v1/constraints", query_parameters(weights, filters, settings))

    def differences(self, a: str, b: str, **settings: FilterValue) -> JsonObject:
        """How far model b lies from model a per dimension, and how many images flipped; see ``paired``.

        Args:
            a: identifier of the first model, such as the baseline.
            b: of the second.
            settings: benchmark, protocol and confidence.
        """
        return self.get("/v1/differences", query_parameters(settings={"a": a, "b": b, **settings}))

    def group_comparisons(
        self, a: Filters | None = None, b: Filters | None = None, paired_by: str | None = None, **settings: FilterValue
    ) -> pd.DataFrame:
        """Two groups of models compared per dimension; differences are b less a.

        Args:
            a: filters of the group, values in lists: ``{"architecture": ["cnn"]}``; None: all models not in b.
            b: of the other; None: all models not in a.
            paired_by: ``backbone`` or ``lineage`` compares within matched pairs.
            settings: estimator, alpha, draws, seed, benchmark, protocol and quality.
        """
        document = {"a": _in_json(a), "b": _in_json(b), "paired_by": paired_by, **settings}
        return decision_frame(self.post("/v1/group-comparisons", document)["items"])

    def findings(self, **settings: FilterValue) -> list[JsonObject]:
        """The study's claims, re-tested on the current data: tests, verdicts and caveats."""
        items: list[JsonObject] = self.get("/v1/findings", query_parameters(settings=settings))["items"]
        return items

    def decision_record_file(
        self, format: str, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> bytes:
        """The same page as a file: html (needs nothing else), md or json."""
        return self.content("/v1/decision-record", query_parameters(weights, filters, {**settings, "format": format}))

    def decision_record(
        self, weights: Weights = None, filters: Filters | None = None, **settings: FilterValue
    ) -> JsonObject:
        """One page about a view: the question, the top, why, how sure, what was left out, and how to cite it."""
        return self.get("/v1/decision-record", query_parameters(weights, filters, {**settings, "format": "json"}))


def _in_json(filters: Filters | None) -> dict[str, Any] | None:
    """Filters as a JSON question has them: choices are lists, bounds and `q` single values."""
    if filters is None:
        return None
    return {key.replace("__", "."): _choices(key, value) for key, value in filters.items() if value is not None}


def _choices(key: str, value: FilterValue) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return value if key == "q" else [value]
    return list(value) if isinstance(value, Sequence) else value
