"""The shape of a finding: a claim and the results of its tests."""

from pydantic import BaseModel, Field, JsonValue

from backend.ranking.group_comparison import GroupComparisonItem


class FindingTest(BaseModel):
    """One of the four ways to test a claim about groups."""

    quality: str = Field(description="The values that were tested: `all`, or `screened` without flagged ones.")
    matched: bool = Field(description="Whether the test is on matched pairs or on unpaired groups.")
    models_a: int
    models_b: int
    n_pairs: int | None
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

    quality: str
    a: str
    b: str
    rho: float | None
    p: float | None
    p_holm: float | None
    n: int
    significant: bool | None = Field(
        description="Whether the correlation is significant after correction for all pairs."
    )
    significant_uncorrected: bool | None


class Examination(BaseModel):
    """The tests of a claim, a status per claimed point, the verdict and what changes it."""

    a_label: str | None
    b_label: str | None
    control: str | None = Field(
        description="The identity fields in which the two groups differ, and those that both share."
    )
    tests: list[FindingTest]
    points: list[FindingPoint]
    holding: int = Field(
        description="The number of points that hold between unpaired groups, with and without flagged values, unless "
        "matched pairs contradict them."
    )
    verdict: str
    verdict_meaning: str
    sentences: list[str] = Field(
        description="The findings of all four tests in sentences; what matching or screening changes comes first."
    )
    correlations: list[FindingCorrelation]


class Finding(Examination):
    """A claim, its tests, the verdict and what to keep in mind."""

    key: str
    title: str
    statement: str = Field(description="The claim in one sentence.")
    origin: str
    origin_meaning: str
    caveat: str
    query: dict[str, JsonValue] = Field(
        description="The body for POST /v1/group-comparisons that makes the same comparison."
    )
