"""Answers about models; written by `make answers`."""

from __future__ import annotations

from typing import Literal, TypedDict

from wellbehaved.client.answers.shared import JsonValue, Standing


class Choice(TypedDict):
    """One value of a field."""

    value: str
    count: int


class ClassReportAnswer(TypedDict):
    """A model class by class, on one benchmark and protocol."""

    data_version: str
    benchmark: str
    protocol: str
    model_id: str
    name: str
    classes: list[str] | None
    report: dict[str, JsonValue]


class DimensionTally(TypedDict):
    """The same for one dimension."""

    compared: int
    far: int
    expected_far: float
    dimension: str


class FacetAnswer(TypedDict):
    """The filters' choices with counts."""

    data_version: str
    total: int
    facets: dict[str, list[Choice]]
    ranges: dict[str, Range]


class FlagTest(TypedDict):
    """What the two measurements of one flagged value say about its flag."""

    model_id: str
    name: str
    dimension: str
    flags: list[str]
    without_defect: float
    with_defect: float
    verdict: Literal["supported", "contradicted", "undecided"]


class LeftOut(TypedDict):
    """Values measured here that are of another quantity than the published ones."""

    reason: str
    count: int


class MeasuredValue(TypedDict):
    """A value of the same weights that was measured here."""

    model_id: str
    protocol: str
    value: float
    standard_error: float | None
    sample_count: int | None
    all_images: bool
    flags: list[str]
    parts: dict[str, JsonValue]
    device: str | None
    precision: str | None
    seed: int | None
    library_versions: dict[str, str]
    measured_at: str | None
    note: str


class ModelAnswer(TypedDict):
    """Everything known about one model."""

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
    source_library: str
    source_identifier: str | None
    paper_title: str | None
    flags: list[str]
    data_version: str
    benchmark: str
    protocol: str
    quality: str
    visibility: str
    dimensions: list[str]
    coverage: str
    scores: dict[str, ModelScore]
    percentiles: dict[str, float | None]
    standings: dict[str, Standing | None]
    ranks: list[PresetRank]
    dominated_by: list[NamedModel]
    dominates: list[NamedModel]
    loading: str | None
    provenance: Provenance


class ModelScore(TypedDict):
    """One value, and how it came about."""

    value: float | None
    missing: str | None
    flags: list[str]
    protocol: str
    standard_error: float | None
    sample_count: int | None
    parts: dict[str, JsonValue]
    ingredients_digest: str | None
    note: str
    source: str | None


class NamedModel(TypedDict):
    """A model by its identifier and its name."""

    model_id: str
    name: str


class PresetRank(TypedDict):
    """The rank of a model under a preset, among all models of the pool."""

    preset: str
    rank: int | None
    score: float | None


class Provenance(TypedDict):
    """The origin of a model and of its values."""

    paper_title: str | None
    source_library: str
    source_identifier: str | None
    published_name: str | None
    study_name: str | None
    published_row: int | None
    licence_source: str | None
    cost_source: str | None
    note: str
    citation: str | None


class PublicationAnswer(TypedDict):
    """A model that is visible to everyone."""

    model_id: str
    visibility: str
    data_version: str


class PublishedValue(TypedDict):
    """A value that the study published."""

    value: float
    standard_error: float | None
    basis: str
    flags: list[str]


class Range(TypedDict):
    """Lowest and highest value of the pool."""

    low: float
    high: float


class ReproductionItem(TypedDict):
    """One dimension of one model, published and measured here."""

    model_id: str
    name: str
    dimension: str
    published: PublishedValue
    measured: MeasuredValue
    difference: float
    standard_error: float | None
    in_standard_errors: float | None


class ReproductionList(TypedDict):
    """A page of published values that were measured here too, and how many agree in all."""

    data_version: str
    total: int
    models: int
    unflagged: ReproductionTally
    flagged: ReproductionTally
    dimensions: list[DimensionTally]
    flag_tests: list[FlagTest]
    subsets: int
    not_comparable: list[LeftOut]
    items: list[ReproductionItem]
    next_cursor: str | None


class ReproductionTally(TypedDict):
    """How many of several differences are far from 0."""

    compared: int
    far: int
    expected_far: float


class WithdrawalAnswer(TypedDict):
    """A model that is visible to holders of the token only."""

    model_id: str
    visibility: str
    data_version: str
