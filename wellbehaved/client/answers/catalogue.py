"""Answers about catalogue; written by `make answers`."""

from __future__ import annotations

from typing import Literal, TypedDict

from wellbehaved.client.answers.shared import JsonValue


class AddedDimension(TypedDict):
    """A dimension of one's own that there is now."""

    key: str
    changed: bool
    data_version: str


class AddedPreset(TypedDict):
    """A preset of one's own that there is now."""

    key: str
    changed: bool
    data_version: str


class BenchmarkAnswer(TypedDict):
    """A benchmark with everything that is known of it."""

    key: str
    label: str
    description: str
    origin: str
    class_count: int
    image_count: int | None
    dimensions: list[str]
    coverage: str
    digest: str | None
    registered_at: str | None
    default_protocol: str
    measurable: bool
    durations: list[WorkerDuration]
    layout: str | None
    folder: str | None
    definition: dict[str, JsonValue] | None
    classes: list[str] | None
    class_counts: list[int] | None
    report: dict[str, JsonValue] | None
    frozen_norms: list[FrozenNormsAnswer]
    versions: list[VersionItem]


class BenchmarkItem(TypedDict):
    """A suite of data sets with its classes."""

    key: str
    label: str
    description: str
    origin: str
    class_count: int
    image_count: int | None
    dimensions: list[str]
    coverage: str
    digest: str | None
    registered_at: str | None
    default_protocol: str
    measurable: bool
    durations: list[WorkerDuration]


class DimensionItem(TypedDict):
    """One quality dimension."""

    key: str
    label: str
    short_label: str
    theme: str
    unit: str
    decimals: int
    higher_is_better: bool
    direction: str
    default_weight: float
    lower_bound: float | None
    upper_bound: float | None
    plausible_low: float
    plausible_high: float
    smallest_meaningful_difference: float
    logarithmic: bool
    description: str
    procedure: str
    published_error: str | None
    source: str
    origin: Literal["built-in", "facts", "own"]
    package: str | None
    outliers: list[OutlierItem] | None
    reference: ReferenceItem | None


class EarlierItem(TypedDict):
    """A model as it was measured on one earlier version under one protocol."""

    digest: str
    registered_at: str
    model_id: str
    name: str
    protocol: str
    measured_at: str | None
    scores: dict[str, EarlierValue]


class EarlierValue(TypedDict):
    """One value that was measured on an earlier version."""

    value: float | None
    missing: str | None
    standard_error: float | None
    sample_count: int | None
    flags: list[str]


class FlagItem(TypedDict):
    """A reason to doubt a value."""

    key: str
    label: str
    meaning: str
    dimensions: list[str]
    count: int


class FrozenNormsAnswer(TypedDict):
    """Norms of one protocol that were kept, so that no score moves when a model is added."""

    protocol: str
    frozen_at: str
    models: int
    norms: dict[str, dict[str, float]]


class OutlierItem(TypedDict):
    """A value that makes no norm, for it is too far from all others."""

    model_id: str
    value: float


class PresetItem(TypedDict):
    """A named weighting."""

    key: str
    label: str
    description: str
    weights: dict[str, float]
    origin: Literal["built-in", "facts", "own"]
    removed_dimensions: list[str]


class ReferenceItem(TypedDict):
    """The constants that the norm `published` standardises with."""

    mean: float
    standard_deviation: float


class RegistrationAnswer(TypedDict):
    """What was found in a folder, and whether it is registered now."""

    registered: bool
    changed: bool
    key: str
    label: str
    description: str
    layout: str
    folder: str
    definition: dict[str, JsonValue]
    classes: list[str]
    class_counts: list[int]
    image_count: int
    digest: str
    dimensions: list[str]
    coverage: str
    default_protocol: str
    report: dict[str, JsonValue]


class VersionItem(TypedDict):
    """One state of the files of a benchmark, as it was registered."""

    digest: str
    current: bool
    registered_at: str
    class_count: int
    image_count: int
    dimensions: list[str]
    models: list[str]


class WorkerDuration(TypedDict):
    """The time that whole evaluations took on one worker, from which the time of the next one can be expected."""

    worker_id: str
    evaluations: int
    lowest_seconds: float
    median_seconds: float
    highest_seconds: float
