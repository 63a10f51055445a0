"""Answers about decisions; written by `make answers`."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from wellbehaved.client.answers.shared import ReignItem


class ExplanationAnswer(TypedDict):
    """A model's score taken apart, and its distance to its neighbours."""

    data_version: str
    among: str
    total: int
    scored: int
    model_id: str
    name: str
    rank: int
    score: float
    contributions: dict[str, float]
    to_leader: GapAnswer | None
    to_next_above: GapAnswer | None
    to_next_below: GapAnswer | None


class GapAnswer(TypedDict):
    """The gap in score between two models."""

    ahead: str
    behind: str
    difference: float
    parts: dict[str, float]
    steps: list[Step]
    sentence: str


class HeadlineAnswer(TypedDict):
    """The first lines of an answer; page and decision record show these sentences."""

    data_version: str
    among: str
    total: int
    scored: int
    sentence: str
    opening: str
    reasons: str
    leader: HeadlineModel | None
    runner_up: HeadlineModel | None
    tied: list[str]
    lead: float | None
    speaks_for: list[LeadPart]
    speaks_against: list[LeadPart]
    doubts: list[HeadlineDoubt]
    doubt: str | None
    screened: ScreenedHeadline | None


class HeadlineDoubt(TypedDict):
    """A flagged value under a weight above 0 that the answer rests on."""

    role: Literal["leader", "runner_up"]
    model_id: str
    name: str
    dimension: str
    flags: list[str]
    difference: float | None


class HeadlineModel(TypedDict):
    """The first or the second model."""

    model_id: str
    name: str
    score: float
    rank: int


class ImprovementAnswer(TypedDict):
    """The improvements that would bring a model to a rank."""

    data_version: str
    among: str
    total: int
    pool: int
    model_id: str
    name: str
    rank: int
    score: float
    target_rank: int
    score_gap: float | None
    alone: list[WayUp]
    improve_first: WayUp | None
    together: list[WayUp]
    reason: str | None


class LeadPart(TypedDict):
    """The part of the lead that is due to one dimension."""

    dimension: str
    difference: float
    flagged: bool


class MixtureItem(TypedDict):
    """Models whose average, in these shares, is at least as good everywhere: one of them is always ahead."""

    shares: dict[str, float]


class RankIntervalAnswer(TypedDict):
    """Rank intervals and tiers."""

    data_version: str
    among: str
    total: int
    draws: int
    jitter: float
    seed: int
    confidence: float
    tier_count: int
    estimate_basis: dict[str, str]
    tiers: list[TierItem]
    scored: int
    unknown_count: int
    items: list[RankIntervalItem]


class RankIntervalItem(TypedDict):
    """One model and the ranks between which it lies."""

    model_id: str
    name: str
    rank: int
    score: float
    standard_error: float | None
    rank_low: int | None
    rank_high: int | None
    p_first: float | None
    tier: int | None
    behind: float | None
    behind_low: float | None
    behind_high: float | None
    estimated: bool
    standard_errors: dict[str, float | None]
    unknown: list[str]


Reach: TypeAlias = Literal["possible", "beyond_all_models", "impossible"]


class ScreenedHeadline(TypedDict):
    """The first two models if flagged values count as missing, under the same weights and filters."""

    changed: bool
    scored: int
    leader: HeadlineModel | None
    runner_up: HeadlineModel | None
    sentence: str


class StabilityAnswer(TypedDict):
    """Rank acceptability over sampled weights, and the exact weights at which the leader changes."""

    data_version: str
    among: str
    total: int
    around: str
    draws: int
    jitter: float
    seed: int
    top_k: int
    confidence: float
    sentence: str
    scored: int
    winners: list[WinnerItem]
    items: list[StabilityItem]
    break_points: dict[str, list[ReignItem]]


class StabilityItem(TypedDict):
    """One model over all sampled weights."""

    model_id: str
    name: str
    rank: int
    p_first: float
    p_top_k: float
    rank_low: int
    rank_high: int
    central_weights: dict[str, float | None]


class Step(TypedDict):
    """One bar of a waterfall chart."""

    dimension: str
    start: float
    end: float


class TargetItem(TypedDict):
    """A needed value, held against what can be and what the models of the pool have."""

    dimension: str
    value: float
    needed: float
    possible: bool
    rule: str | None
    reach: Reach
    bound: float | None
    best_value: float
    best_model_id: str
    best_name: str
    best_flags: list[str]


class TierItem(TypedDict):
    """Neighbours in the ranking that are in one tier; a model of unknown measurement error parts its neighbours."""

    tier: int
    first_place: int
    last_place: int
    best_rank: int
    worst_rank: int


class WayUp(TypedDict):
    """The value that one dimension would need."""

    dimension: str
    value: float
    needed: float
    possible: bool
    rule: str | None
    reach: Reach
    bound: float | None
    best_value: float
    best_model_id: str
    best_name: str
    best_flags: list[str]
    change: float
    spreads: float


class WhatIfAnswer(TypedDict):
    """The least change of the weights that brings a model to a rank, or what stands in the way."""

    data_version: str
    among: str
    total: int
    model_id: str
    name: str
    target_rank: int
    feasible: bool | None
    proven: bool
    weights: dict[str, float] | None
    distance: float | None
    beaten_by: list[str]
    mixtures: list[MixtureItem]
    score_gap: float | None
    improvements: list[TargetItem]


class WinnerItem(TypedDict):
    """A model that is first under some of the sampled weights."""

    model_id: str
    name: str
    rank: int
    p_first: float
