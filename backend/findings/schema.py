"""The shape of a finding: a claim and the results of its tests."""

from pydantic import BaseModel, Field, JsonValue

from backend.ranking.group_comparison import GroupComparisonItem
from backend.ranking.quantities import GroupSizeA, GroupSizeB, PairCount, Quality


class FindingTest(BaseModel):
    """One of the four ways to test a claim about groups."""

    quality: str = Field(description="The values that were tested: `all`, or `screened` without flagged ones.")
    matched: bool = Field(description="Whether the test is on matched pairs or on unpaired groups.")
    models_a: GroupSizeA
    models_b: GroupSizeB
    n_pairs: PairCount
    items: list[GroupComparisonItem] = Field(
        description="The comparison on each dimension, with differences as b minus a."
    )
    refusal: str | None = Field(description="The reason why this test could not be made.")


class FindingPoint(BaseModel):
    """One claimed point and what all tests together say about it."""

    dimension: str = Field(description="The dimension of the point, or the two correlated dimensions with a comma.")
    claimed: str = Field(
        description="The claimed direction: `better` or `worse` of group b, `positive` or `negative` of a correlation."
    )
    status: str = Field(description="The case that the results of the four tests make.")
    status_meaning: str = Field(description="The status as a sentence.")
    outcomes: list[str] = Field(
        description="The outcome of each test: groups with all values, groups without flagged ones, then matched "
        "pairs likewise. One of `as_claimed`, `opposite`, `not_significant`, `too_few`."
    )


class FindingCorrelation(BaseModel):
    """One rank correlation."""

    quality: Quality
    a: str = Field(description="The key of the first dimension.")
    b: str = Field(description="The key of the second dimension.")
    rho: float | None = Field(description="The Spearman rank correlation, from -1 to 1; null where it is not defined.")
    p: float | None = Field(description="The two-sided p-value, not corrected; null where `rho` is.")
    p_holm: float | None = Field(description="The p-value with Holm's correction for all pairs; null where `rho` is.")
    n: int = Field(description="The number of models that have both values.")
    significant: bool | None = Field(
        description="Whether the correlation is significant after correction for all pairs."
    )
    significant_uncorrected: bool | None = Field(
        description="Whether p is below alpha without correction; null where `rho` is."
    )


class Examination(BaseModel):
    """The tests of a claim, a status per claimed point, the verdict and what changes it."""

    a_label: str | None = Field(description="The name of group a; null for a claim about correlations.")
    b_label: str | None = Field(description="The name of group b; null for a claim about correlations.")
    control: str | None = Field(
        description="The identity fields in which the two groups differ, and those that both share."
    )
    tests: list[FindingTest] = Field(description="The four tests of a claim about groups.")
    points: list[FindingPoint] = Field(description="The claimed points with what the tests say about each.")
    holding: int = Field(
        description="The number of points that hold between unpaired groups, with and without flagged values, unless "
        "matched pairs contradict them."
    )
    verdict: str = Field(description="The case that all points together make.")
    verdict_meaning: str = Field(description="The verdict as a sentence.")
    sentences: list[str] = Field(
        description="The findings of all four tests in sentences; what matching or screening changes comes first."
    )
    correlations: list[FindingCorrelation] = Field(description="The correlations of a claim about correlations.")


class Finding(Examination):
    """A claim, its tests, the verdict and what to keep in mind."""

    key: str = Field(description="The key of the claim.")
    title: str = Field(description="The claim in a few words.")
    statement: str = Field(description="The claim in one sentence.")
    origin: str = Field(description="The origin of the claim, as a word.")
    origin_meaning: str = Field(description="The origin of the claim, as a sentence.")
    caveat: str = Field(description="The sentence that says what to keep in mind about the claim.")
    query: dict[str, JsonValue] = Field(
        description="The body for POST /v1/group-comparisons that makes the same comparison."
    )
