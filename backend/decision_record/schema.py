"""The shape of a decision record."""

from pydantic import BaseModel, Field


class RecordWeight(BaseModel):
    """One weight."""

    weight: float
    share: float = Field(description="As a fraction of the sum of all weights.")


class RecordView(BaseModel):
    """The question."""

    benchmark: str
    protocol: str
    quality: str
    normalisation: str
    normalisation_meaning: str
    preset: str
    preset_meaning: str
    weights: dict[str, RecordWeight]
    filters: list[str] = Field(description="In words.")
    query: dict[str, str] = Field(description="The parameters that are not the default.")


class RecordModels(BaseModel):
    """How many models there are."""

    pool: int
    passing: int = Field(description="That pass the filters.")
    scored: int = Field(description="Of these, with a value on every weighted dimension.")


class RecordItem(BaseModel):
    """One of the models that pass the filters, best first."""

    rank: int = Field(description="Among the models that pass the filters.")
    overall_rank: int = Field(description="Among all models of the pool.")
    model_id: str
    name: str
    score: float
    contributions: dict[str, float]
    scores: dict[str, float | None]
    p_first: float = Field(description="Share of nearby weightings under which it is first among the compared models.")
    rank_low: int = Field(description="Best rank among the compared models under nearby weightings.")
    rank_high: int
    measured_rank_low: int | None = Field(description="Best rank given the errors of the values, weights as they are.")
    measured_rank_high: int | None


class LeaderKeeps(BaseModel):
    """On which stretch of one weight the leader leads."""

    dimension: str
    weight: float
    from_weight: float
    to_weight: float | None = Field(description="null: without end.")


class HowSure(BaseModel):
    """How the intervals were made, and what keeps the leader in front."""

    among: str = Field(
        description="Which models are compared: `filtered`, those that pass the filters, or `all` of the pool."
    )
    compared: int = Field(description="Scored models that are compared.")
    sentence: str = Field(description="How often the leader leads; as /v1/stability says it.")
    jitter: float
    draws: int
    seed: int
    confidence: float
    leader_keeps: list[LeaderKeeps]
    measurement_note: str | None


class ExcludedReason(BaseModel):
    """Why models have no score."""

    dimension: str
    reason: str
    meaning: str
    models: int


class Excluded(BaseModel):
    """What was left out."""

    by_filters: int
    without_score: int
    without_score_names: list[str] = Field(description="The first twenty.")
    reasons: list[ExcludedReason]


class Doubt(BaseModel):
    """A flagged value of a model listed."""

    model_id: str
    name: str
    dimension: str
    flags: list[str]


class Reproduction(BaseModel):
    """The same view elsewhere."""

    address: str
    curl: str
    python: str


class DecisionRecord(BaseModel):
    """One page about a view."""

    headline: str = Field(description="Who leads and why; as /v1/headline says it.")
    doubt: str | None = Field(description="What of it rests on flagged values; as /v1/headline says it.")
    data_version: str
    view: RecordView
    models: RecordModels
    top: list[RecordItem]
    why: list[str] = Field(description="The leader against the next three.")
    how_sure: HowSure
    excluded: Excluded
    doubts: list[Doubt]
    citation: str
    reproduce: Reproduction
