"""The shape of a decision record."""

from pydantic import BaseModel, Field


class RecordWeight(BaseModel):
    """One weight and its share."""

    weight: float
    share: float = Field(description="The weight as a fraction of the sum of all weights.")


class RecordView(BaseModel):
    """The view that the record is about."""

    benchmark: str
    protocol: str
    quality: str
    normalisation: str
    normalisation_meaning: str
    preset: str
    preset_meaning: str
    weights: dict[str, RecordWeight]
    filters: list[str] = Field(description="The filters in words.")
    query: dict[str, str] = Field(description="The parameters that differ from the defaults.")


class RecordModels(BaseModel):
    """The numbers of models in the view."""

    pool: int
    passing: int = Field(description="The number of models that pass the filters.")
    scored: int = Field(description="The number of passing models with a value on every weighted dimension.")


class RecordItem(BaseModel):
    """One of the models that pass the filters, best first."""

    rank: int = Field(description="The rank among the models that pass the filters.")
    overall_rank: int = Field(description="The rank among all models of the pool.")
    model_id: str
    name: str
    score: float
    contributions: dict[str, float]
    scores: dict[str, float | None]
    p_first: float = Field(
        description="The share of nearby weightings under which the model is first among the compared models."
    )
    rank_low: int = Field(description="The best rank among the compared models under nearby weightings.")
    rank_high: int
    measured_rank_low: int | None = Field(
        description="The best rank within measurement error, with the weights unchanged."
    )
    measured_rank_high: int | None


class LeaderKeeps(BaseModel):
    """The interval of one weight in which the leader stays first."""

    dimension: str
    weight: float
    from_weight: float
    to_weight: float | None = Field(description="The end of the interval; null where it has none.")


class HowSure(BaseModel):
    """The certainty of the ranking: its intervals, and the weights under which the leader stays first."""

    among: str = Field(
        description="The models that are compared: `filtered`, those that pass the filters, or `all` of the pool."
    )
    compared: int = Field(description="The number of scored models that are compared.")
    sentence: str = Field(description="The sentence of /v1/stability that says how often the leader leads.")
    jitter: float
    draws: int
    seed: int
    confidence: float
    leader_keeps: list[LeaderKeeps]
    measurement_note: str | None


class ExcludedReason(BaseModel):
    """The reason why models have no score."""

    dimension: str
    reason: str
    meaning: str
    models: int


class Excluded(BaseModel):
    """The models that were left out."""

    by_filters: int
    without_score: int
    without_score_names: list[str] = Field(description="The names of the first twenty models without a score.")
    reasons: list[ExcludedReason]


class Doubt(BaseModel):
    """A flagged value of a model listed."""

    model_id: str
    name: str
    dimension: str
    flags: list[str]


class RecordIngredients(BaseModel):
    """What the values of one weighted dimension are made of."""

    dimension: str
    digest: str | None = Field(
        description="The digest of the corruptions, severities, attacks with their settings and data sets; null for "
        "values without one: published, imported, or measured before digests were kept."
    )
    models: int = Field(description="The number of models of the pool whose value is made of these.")


class Reproduction(BaseModel):
    """The same view elsewhere."""

    address: str
    curl: str
    python: str


class DecisionRecord(BaseModel):
    """One page about a view."""

    headline: str = Field(description="The sentence of /v1/headline that says who leads and why.")
    doubt: str | None = Field(
        description="The sentences of /v1/headline on the flagged values that the answer rests on."
    )
    data_version: str
    view: RecordView
    models: RecordModels
    top: list[RecordItem]
    why: list[str] = Field(description="The leader compared with each of the next three models.")
    how_sure: HowSure
    excluded: Excluded
    doubts: list[Doubt]
    ingredients: list[RecordIngredients] = Field(
        description="The digests of what the values are made of, for the weighted dimensions that any is known for."
    )
    notices: list[str] = Field(description="The sentences of /v1/rankings on dimensions that mix different digests.")
    citation: str
    reproduce: Reproduction
