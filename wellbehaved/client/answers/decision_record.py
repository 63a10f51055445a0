"""Answers about decision-record; written by `make answers`."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class DecisionRecord(TypedDict):
    """One page about a view."""

    headline: str
    doubt: str | None
    data_version: str
    view: RecordView
    models: RecordModels
    top: list[RecordItem]
    why: list[str]
    how_sure: HowSure
    excluded: Excluded
    doubts: list[Doubt]
    weak_classes: NotRequired[list[WeakClasses]]
    ingredients: list[RecordIngredients]
    notices: list[str]
    citation: str
    reproduce: Reproduction


class Doubt(TypedDict):
    """A flagged value of a model listed."""

    model_id: str
    name: str
    dimension: str
    flags: list[str]


class Excluded(TypedDict):
    """The models that were left out."""

    by_filters: int
    without_score: int
    without_score_names: list[str]
    reasons: list[ExcludedReason]


class ExcludedReason(TypedDict):
    """The reason why models have no score."""

    dimension: str
    reason: str
    meaning: str
    models: int


class HowSure(TypedDict):
    """The certainty of the ranking: its intervals, and the weights under which the leader stays first."""

    among: str
    compared: int
    sentence: str
    jitter: float
    draws: int
    seed: int
    confidence: float
    leader_keeps: list[LeaderKeeps]
    measurement_note: str | None


class LeaderKeeps(TypedDict):
    """The interval of one weight in which the leader stays first."""

    dimension: str
    weight: float
    from_weight: float
    to_weight: float | None


class RecordIngredients(TypedDict):
    """What the values of one weighted dimension are made of."""

    dimension: str
    digest: str | None
    models: int


class RecordItem(TypedDict):
    """One of the models that pass the filters, best first."""

    rank: int
    overall_rank: int
    model_id: str
    name: str
    licence: str
    commercial_use: str
    macs_billions: float | None
    score: float
    contributions: dict[str, float]
    scores: dict[str, float | None]
    p_first: float
    rank_low: int
    rank_high: int
    measured_rank_low: int | None
    measured_rank_high: int | None


class RecordModels(TypedDict):
    """The numbers of models in the view."""

    pool: int
    passing: int
    scored: int


class RecordView(TypedDict):
    """The view that the record is about."""

    benchmark: str
    benchmark_digest: str | None
    dimensions: list[str]
    coverage: str
    protocol: str
    quality: str
    normalisation: str
    normalisation_meaning: str
    preset: str
    preset_meaning: str
    weights: dict[str, RecordWeight]
    filters: list[str]
    query: dict[str, str]


class RecordWeight(TypedDict):
    """One weight and its share."""

    weight: float
    share: float


class Reproduction(TypedDict):
    """The same view elsewhere."""

    address: str
    curl: str
    python: str


class WeakClass(TypedDict):
    """A class that a model recognises seldom."""

    name: str
    images: int
    recall: float
    low: float
    high: float


class WeakClasses(TypedDict):
    """The classes with the lowest recall of one listed model that was measured here."""

    model_id: str
    name: str
    classes: list[WeakClass]
