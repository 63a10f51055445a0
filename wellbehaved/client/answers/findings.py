"""Answers about findings; written by `make answers`."""

from __future__ import annotations

from typing import TypedDict

from wellbehaved.client.answers.shared import JsonValue


class Finding(TypedDict):
    """A claim, its tests, the verdict and what to keep in mind."""

    a_label: str | None
    b_label: str | None
    control: str | None
    tests: list[FindingTest]
    points: list[FindingPoint]
    holding: int
    verdict: str
    verdict_meaning: str
    sentences: list[str]
    correlations: list[FindingCorrelation]
    key: str
    title: str
    statement: str
    origin: str
    origin_meaning: str
    caveat: str
    query: dict[str, JsonValue]


class FindingCorrelation(TypedDict):
    """One rank correlation."""

    quality: str
    a: str
    b: str
    rho: float | None
    p: float | None
    p_holm: float | None
    n: int
    significant: bool | None
    significant_uncorrected: bool | None


class FindingPoint(TypedDict):
    """One claimed point and what all tests together say about it."""

    dimension: str
    claimed: str
    status: str
    status_meaning: str
    outcomes: list[str]


class FindingTest(TypedDict):
    """One of the four ways to test a claim about groups."""

    quality: str
    matched: bool
    models_a: int
    models_b: int
    n_pairs: int | None
    items: list[GroupComparisonItem]
    refusal: str | None


class GroupComparisonItem(TypedDict):
    """The two groups on one dimension."""

    dimension: str
    n_a: int
    n_b: int
    n_pairs: int | None
    mean_a: float | None
    mean_b: float | None
    difference: float | None
    low: float | None
    high: float | None
    confidence: float | None
    effect_size: float | None
    test: str | None
    test_meaning: str | None
    p: float | None
    p_holm: float | None
    significant: bool | None
    better: str | None
    refusal: str | None
