"""The shape of a decision record."""

from pydantic import BaseModel, Field

from backend.ranking.quantities import (
    Benchmark,
    CommercialUse,
    Confidence,
    Contributions,
    Coverage,
    DataVersion,
    DeclaredDimensions,
    DimensionName,
    DimensionValues,
    FromWeight,
    Jitter,
    Licence,
    MacsBillions,
    ModelId,
    ModelName,
    Normalisation,
    PassingCount,
    Preset,
    Protocol,
    Quality,
    SampledCount,
    Score,
    ToWeight,
    UsedSeed,
    ValueFlags,
)


class RecordWeight(BaseModel):
    """One weight and its share."""

    weight: float = Field(description="The weight, 0 or more.")
    share: float = Field(description="The weight as a fraction of the sum of all weights.")


class RecordView(BaseModel):
    """The view that the record is about."""

    benchmark: Benchmark
    benchmark_digest: str | None = Field(
        description="The digest of the images that all values were measured on; null for a built-in benchmark."
    )
    dimensions: DeclaredDimensions
    coverage: Coverage
    protocol: Protocol
    quality: Quality
    normalisation: Normalisation
    normalisation_meaning: str = Field(description="The normalisation as a sentence.")
    preset: Preset
    preset_meaning: str = Field(description="The purpose of the preset in words.")
    weights: dict[str, RecordWeight] = Field(description="The weight of each dimension by its key.")
    filters: list[str] = Field(description="The filters in words.")
    query: dict[str, str] = Field(description="The parameters that differ from the defaults.")


class RecordModels(BaseModel):
    """The numbers of models in the view."""

    pool: int = Field(description="The number of models of the pool.")
    passing: PassingCount
    scored: int = Field(description="The number of passing models with a value on every weighted dimension.")


class RecordItem(BaseModel):
    """One of the models that pass the filters, best first."""

    rank: int = Field(description="The rank among the models that pass the filters.")
    overall_rank: int = Field(description="The rank among all models of the pool.")
    model_id: ModelId
    name: ModelName
    licence: Licence
    commercial_use: CommercialUse
    macs_billions: MacsBillions
    score: Score
    contributions: Contributions
    scores: DimensionValues
    p_first: float = Field(
        description="The share of nearby weightings under which the model is first among the compared models."
    )
    rank_low: int = Field(description="The best rank among the compared models under nearby weightings.")
    rank_high: int = Field(description="The worst rank among the compared models under nearby weightings.")
    measured_rank_low: int | None = Field(
        description="The best rank within measurement error, with the weights unchanged."
    )
    measured_rank_high: int | None = Field(
        description="The worst rank within measurement error, with the weights unchanged; null where "
        "`measured_rank_low` is."
    )


class LeaderKeeps(BaseModel):
    """The interval of one weight in which the leader stays first."""

    dimension: DimensionName
    weight: float = Field(description="The given weight.")
    from_weight: FromWeight
    to_weight: ToWeight


class HowSure(BaseModel):
    """The certainty of the ranking: its intervals, and the weights under which the leader stays first."""

    among: str = Field(
        description="The models that are compared: `filtered`, those that pass the filters, or `all` of the pool."
    )
    compared: int = Field(description="The number of scored models that are compared.")
    sentence: str = Field(description="The sentence of /v1/stability that says how often the leader leads.")
    jitter: Jitter
    draws: SampledCount
    seed: UsedSeed
    confidence: Confidence
    leader_keeps: list[LeaderKeeps] = Field(
        description="The intervals of single weights in which the leader stays first, with the other weights unchanged."
    )
    measurement_note: str | None = Field(
        description="The sentence that says which measurement errors are not known; null where all are."
    )


class ExcludedReason(BaseModel):
    """The reason why models have no score."""

    dimension: DimensionName
    reason: str = Field(description="The reason as a word.")
    meaning: str = Field(description="The reason as a sentence.")
    models: int = Field(description="The number of models for which this is the reason.")


class Excluded(BaseModel):
    """The models that were left out."""

    by_filters: int = Field(description="The number of models that the filters leave out.")
    without_score: int = Field(description="The number of models that pass the filters and have no score.")
    without_score_names: list[str] = Field(description="The names of the first twenty models without a score.")
    reasons: list[ExcludedReason] = Field(description="The reasons why models have no score.")


class Doubt(BaseModel):
    """A flagged value of a model listed."""

    model_id: ModelId
    name: ModelName
    dimension: DimensionName
    flags: ValueFlags


class WeakClass(BaseModel):
    """A class that a model recognises seldom."""

    name: str = Field(description="The name of the class.")
    images: int = Field(description="The number of clean images of the class.")
    recall: float = Field(description="The share of these images that the model decides right, from 0 to 1.")
    low: float = Field(description="The lower end of the 95 % Wilson interval of the recall.")
    high: float = Field(description="The upper end of the 95 % Wilson interval of the recall.")


class WeakClasses(BaseModel):
    """The classes with the lowest recall of one listed model that was measured here."""

    model_id: ModelId
    name: ModelName
    classes: list[WeakClass] = Field(description="Up to three classes, the lowest recall first.")


class RecordIngredients(BaseModel):
    """What the values of one weighted dimension are made of."""

    dimension: DimensionName
    digest: str | None = Field(
        description="The digest of the corruptions, severities, attacks with their settings and data sets; null for "
        "values without one: published, imported, or measured before digests were kept."
    )
    models: int = Field(description="The number of models of the pool whose value is made of these.")


class Reproduction(BaseModel):
    """The same view elsewhere."""

    address: str = Field(description="The address that gives the same view over REST.")
    curl: str = Field(description="The command that asks for the same view.")
    python: str = Field(description="The Python program that asks for the same view.")


class DecisionRecord(BaseModel):
    """One page about a view."""

    headline: str = Field(description="The sentence of /v1/headline that says who leads and why.")
    doubt: str | None = Field(
        description="The sentences of /v1/headline on the flagged values that the answer rests on."
    )
    data_version: DataVersion
    view: RecordView = Field(description="The question that is answered.")
    models: RecordModels = Field(description="The numbers of models that the view is about.")
    top: list[RecordItem] = Field(description="The best models that pass the filters.")
    why: list[str] = Field(description="The leader compared with each of the next three models.")
    how_sure: HowSure = Field(description="The certainty of the ranking.")
    excluded: Excluded = Field(description="The numbers of models that were left out, with the reasons.")
    doubts: list[Doubt] = Field(description="The flagged values of the models that are listed.")
    weak_classes: list[WeakClasses] = Field(
        default=[],
        description="The classes with the lowest recall of each listed model that has a report by class; empty for "
        "published models.",
    )
    ingredients: list[RecordIngredients] = Field(
        description="The digests of what the values are made of, for the weighted dimensions that any is known for."
    )
    notices: list[str] = Field(description="The notices of /v1/rankings: the circumstances to know, each a sentence.")
    citation: str = Field(description="The publication that the figures are from.")
    reproduce: Reproduction = Field(description="The ways to get the same view again.")
