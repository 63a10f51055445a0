"""Answers about trade-offs; written by `make answers`."""

from __future__ import annotations

from typing import TypedDict

from wellbehaved.client.answers.shared import ReignItem, Standing


class BrokenConstraint(TypedDict):
    """A constraint that the nearest model breaks."""

    dimension: str
    bound: float
    at_most: bool
    needed: float


class ClassFlips(TypedDict):
    """The clean images of one class that one model decides right and the other wrong."""

    label: int
    name: str | None
    now_wrong: int
    now_right: int


class ComparedDifference(TypedDict):
    """One model against the first one named, on one dimension."""

    model_id: str
    difference: float
    standard_error: float | None
    p: float | None
    p_holm: float | None
    significant: bool | None


class ComparedDimension(TypedDict):
    """The differences of the compared models on one dimension."""

    key: str
    best: list[str]
    spread: float | None
    differences: list[ComparedDifference]


class ComparedModel(TypedDict):
    """One of the two models."""

    model_id: str
    name: str
    has_evidence: bool
    without: str | None


class ComparisonAnswer(TypedDict):
    """Models side by side."""

    data_version: str
    among: str
    normalisation: str
    weights: dict[str, float]
    items: list[ComparisonItem]
    dimensions: list[ComparedDimension]
    break_points: dict[str, list[ReignItem]]


class ComparisonItem(TypedDict):
    """One of the compared models; a model that the filters leave out has no `rank`, but its overall rank."""

    rank: int | None
    overall_rank: int | None
    default_rank: int | None
    model_id: str
    name: str
    architecture: str
    training: str
    recipe: str | None
    head: str | None
    pretraining_data: str
    backbone: str
    lineage: str | None
    licence: str
    commercial_use: str
    macs_billions: float | None
    activations_millions: float | None
    input_size: int | None
    score: float | None
    contributions: dict[str, float | None]
    scores: dict[str, float | None]
    percentiles: dict[str, float | None]
    standings: dict[str, Standing | None]
    missing: list[MissingValue]
    flags: list[str]
    flagged: dict[str, list[str]]
    standardised: dict[str, float | None]
    standard_errors: dict[str, float | None]
    standardised_errors: dict[str, float | None]


class ConstraintAnswer(TypedDict):
    """The models that meet constraints, and the price of each constraint."""

    data_version: str
    among: str
    weights: dict[str, float]
    candidates: int
    total: int
    best_without: str | None
    items: list[FittingModel]
    prices: list[ConstraintPrice]
    relaxations: list[ConstraintRelaxation]
    nearest_miss: NearestModel | None


class ConstraintPrice(TypedDict):
    """One constraint and what it costs."""

    dimension: str
    bound: float
    at_most: bool
    fitting: int
    alone: float | None
    in_company: float | None


class ConstraintRelaxation(TypedDict):
    """The least that one constraint must give, the others kept, for some model to fit."""

    dimension: str
    bound: float
    at_most: bool
    needed: float
    spreads: float
    model_id: str
    name: str


class DifferenceAnswer(TypedDict):
    """How far two models lie apart on one benchmark and protocol."""

    data_version: str
    benchmark: str
    protocol: str
    confidence: float
    a: ComparedModel
    b: ComparedModel
    paired: bool
    unpaired: str | None
    items: list[DifferenceItem]
    flips: list[PassFlips] | None
    flips_by_class: list[ClassFlips] | None


class DifferenceItem(TypedDict):
    """The two models on one dimension."""

    dimension: str
    value_a: float | None
    value_b: float | None
    difference: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    paired: bool
    missing_a: str | None
    missing_b: str | None


class FittingModel(TypedDict):
    """A model that meets all constraints."""

    rank: int
    overall_rank: int
    model_id: str
    name: str
    score: float
    scores: dict[str, float | None]


class MissingValue(TypedDict):
    """The reason why a model has no value on a dimension."""

    dimension: str
    reason: str


class NearestModel(TypedDict):
    """The model that comes closest to meeting all constraints."""

    model_id: str
    name: str
    spreads: float
    breaks: list[BrokenConstraint]


class PassFlips(TypedDict):
    """The images of one pass that one model decides right and the other wrong."""

    name: str
    now_wrong: int
    now_right: int
