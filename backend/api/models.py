"""The models, and everything known about one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal
from weakref import WeakKeyDictionary

import numpy as np
import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, JsonValue

from backend.api.rankings import PERCENTILES, STANDINGS, Standing
from backend.imports.citation import CITATION
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.formats import COST_COLUMNS, PART_RESPONSES, TABLE_RESPONSES, Columns, Record, Table
from backend.ranking.loading_lines import loading_lines
from backend.ranking.parameters import FORMAT, PLAIN_FILTERS, POOL, TABLE_PAGE, fields_of
from backend.ranking.pool import Prepared, nullable
from backend.ranking.quantities import (
    ActivationsMillions,
    Architecture,
    Backbone,
    Benchmark,
    CommercialUse,
    Coverage,
    DataVersion,
    DeclaredDimensions,
    Head,
    InputSize,
    Licence,
    Lineage,
    MacsBillions,
    MaybeScore,
    MaybeValue,
    ModelFlags,
    ModelId,
    ModelName,
    NextCursor,
    PaperTitle,
    PassingCount,
    PretrainingData,
    Protocol,
    Quality,
    Recipe,
    SampleCount,
    SourceIdentifier,
    SourceLibrary,
    StandardError,
    Training,
    ValueFlags,
    Visibility,
)
from backend.ranking.query import Filters, Pool, default_normalisation
from backend.ranking.ranked import CurrentRankings, Rankings, known_row
from backend.ranking.responses import JsonAnswer, Listing, Question, Rows, json_response, list_response
from backend.ranking.view_queries import PoolQuery
from backend.security import sees_private
from backend.store.earlier_measurements import earlier_measurements
from backend.store.engine import reading
from backend.store.measurements import measurements_of, pools_of
from backend.store.tables import Measurement
from quba.dimensions import DIMENSIONS
from quba.ranking.pareto import dominance
from quba.ranking.presets import PRESETS
from quba.ranking.ranks import competition_ranks

router = APIRouter(tags=["models"], route_class=CheckedRoute)


class ModelListQuery(fields_of(POOL, PLAIN_FILTERS, TABLE_PAGE, FORMAT), CheckedQuery):  # type: ignore[misc]
    """The query of /v1/models."""

    sort: Literal["name", "-name"] = Field("name", description="Sort by name; `-name` sorts in descending order.")


class ModelItem(BaseModel):
    """The identity of a model."""

    model_id: ModelId = Field(examples=["resnet50"])
    name: ModelName = Field(examples=["ResNet50"])
    architecture: Architecture
    training: Training
    recipe: Recipe
    head: Head
    pretraining_data: PretrainingData
    backbone: Backbone
    lineage: Lineage
    licence: Licence
    commercial_use: CommercialUse
    macs_billions: MacsBillions
    activations_millions: ActivationsMillions
    input_size: InputSize
    source_library: SourceLibrary
    source_identifier: SourceIdentifier
    paper_title: PaperTitle
    flags: ModelFlags


class ModelList(BaseModel):
    """A page of models."""

    data_version: DataVersion
    total: PassingCount
    items: list[ModelItem] = Field(description="The models of this page.")
    next_cursor: NextCursor


class ModelScore(BaseModel):
    """One value, and how it came about."""

    value: MaybeValue
    missing: str | None = Field(description="The reason why there is no value; null where there is one.")
    flags: ValueFlags
    protocol: Protocol
    standard_error: StandardError
    sample_count: SampleCount
    parts: dict[str, JsonValue] = Field(
        description="The parts that the value was aggregated from, where they are known."
    )
    ingredients_digest: str | None = Field(
        description="The digest of the corruptions, severities, attacks with their settings and data sets that the "
        "value is made of, equal for values that mean the same; null where it is not measured here or was not kept."
    )
    note: str = Field(
        description="The circumstances of the value in words, such as the file that an imported one came from; empty "
        "where nothing was noted."
    )
    source: str | None = Field(
        description="The source of the value: `study` for a published, `import` for an imported, `evaluation` for a "
        "value measured here, `reference` for a toy reference that ships with the program, `simulated` for a drawn "
        "value of a model that does not exist."
    )


class PresetRank(BaseModel):
    """The rank of a model under a preset, among all models of the pool."""

    preset: str = Field(description="The key of the preset.")
    rank: int | None = Field(
        description="The rank among all models of the pool, where 1 is best; null without a score."
    )
    score: MaybeScore


class Provenance(BaseModel):
    """The origin of a model and of its values."""

    paper_title: PaperTitle
    source_library: SourceLibrary
    source_identifier: SourceIdentifier
    published_name: str | None = Field(
        description="The name of the model in the publication; null where it is not published."
    )
    study_name: str | None = Field(
        description="The name of the model in the study's own files; null where it is not of the study."
    )
    published_row: int | None = Field(
        description="The row of the model in the published table, from 1; null where it is not published."
    )
    licence_source: str | None = Field(description="The source that states the licence; null where none does.")
    cost_source: str | None = Field(
        description="The libraries with their versions that the costs were counted with; null where none were."
    )
    note: str = Field(description="The circumstances to keep in mind about the model; it may be empty.")
    citation: str | None = Field(
        description="The publication that the figures are from; null for figures measured here."
    )


class NamedModel(BaseModel):
    """A model by its identifier and its name."""

    model_id: ModelId
    name: ModelName


class ModelAnswer(ModelItem):
    """Everything known about one model."""

    data_version: DataVersion
    benchmark: Benchmark
    protocol: Protocol
    quality: Quality
    visibility: Visibility
    dimensions: DeclaredDimensions
    coverage: Coverage
    scores: dict[str, ModelScore] = Field(description="The value on each dimension, with how it came about.")
    percentiles: dict[str, float | None] = Field(description=PERCENTILES)
    standings: dict[str, Standing | None] = Field(description=STANDINGS)
    ranks: list[PresetRank] = Field(description="The rank under each preset.")
    dominated_by: list[NamedModel] = Field(
        description="Models of the pool that are at least as good on every dimension that the pool has values of, and "
        "better on one. Models that lack a value are left out."
    )
    dominates: list[NamedModel] = Field(description="The models that are the opposite.")
    loading: str | None = Field(
        description="The lines of Python that load these very weights with their preprocessing, as `model` and "
        "`transform`; null where no library that is known here has them by name."
    )
    provenance: Provenance = Field(description="The origin of the model and of its values.")


_COLUMNS: Columns = {**dict.fromkeys(ModelItem.model_fields, str), **COST_COLUMNS}
# Weak, so that they go with the pool when the data change.
_ITEM_TEXTS: WeakKeyDictionary[Prepared, list[bytes]] = WeakKeyDictionary()
_OWN_FIELDS = ("source_library", "source_identifier", "paper_title")


def _identity(prepared: Prepared, row: int) -> ModelItem:
    model = prepared.models[row]
    own = {field: getattr(model, field) for field in _OWN_FIELDS}
    return ModelItem(**prepared.identity(row), **own, flags=list(prepared.flags[row]))


def _item_texts(prepared: Prepared) -> list[bytes]:
    """Every model's `ModelItem` as JSON: checking and writing 326 of them would take most of the time of a list."""
    texts = _ITEM_TEXTS.get(prepared)
    if texts is None:
        # Two threads may both make them, which costs less than letting every request take a lock.
        texts = [_identity(prepared, row).model_dump_json().encode() for row in range(len(prepared.models))]
        _ITEM_TEXTS[prepared] = texts
    return texts


def _score(prepared: Prepared, row: int, key: str, measured: Measurement | None) -> ModelScore:
    missing = prepared.snapshot.missing_reason(row, key)
    return ModelScore(
        value=nullable(prepared.snapshot.columns[key][row]),
        missing=missing.value if missing else None,
        flags=list(prepared.snapshot.flags[row].get(key, ())),
        protocol=prepared.snapshot.protocol,
        standard_error=measured.standard_error if measured else None,
        sample_count=measured.sample_count if measured else None,
        parts=dict(measured.parts) if measured else {},
        ingredients_digest=measured.ingredients_digest if measured else None,
        note=measured.note if measured else "",
        source=measured.source if measured else None,
    )


def _provenance(prepared: Prepared, row: int, measurements: Iterable[Measurement]) -> Provenance:
    model = prepared.models[row]
    named = {field: getattr(model, field) for field in Provenance.model_fields if field != "citation"}
    from_study = any(measured.source == "study" for measured in measurements)
    return Provenance(**named, citation=CITATION if from_study else None)


def _dominance(prepared: Prepared, row: int) -> dict[str, list[NamedModel]]:
    columns = prepared.snapshot.columns
    # A dimension without any value would leave every model out of the comparison, and facts, which some have and others
    # not, would leave them out that nobody counted; who is worse throughout is not redeemed by being small either.
    measured = [key for key, column in columns.items() if not (DIMENSIONS[key].of_facts or np.isnan(column).all())]
    if not measured:
        return {"dominated_by": [], "dominates": []}
    # Turned so that larger is better, which is all that dominance knows.
    good = np.column_stack([DIMENSIONS[key].sign * columns[key] for key in measured])
    found = zip(("dominated_by", "dominates"), dominance(good, row), strict=True)
    return {name: [_named_model(prepared, each) for each in np.flatnonzero(rows).tolist()] for name, rows in found}


def _named_model(prepared: Prepared, row: int) -> NamedModel:
    return NamedModel(model_id=prepared.models[row].id, name=prepared.models[row].name)


def _preset_ranks(prepared: Prepared, row: int) -> list[PresetRank]:
    found = []
    for preset in PRESETS.values():
        scores = prepared.preset_score(preset.key)
        # Rank 0 marks a model without a score.
        rank = int(competition_ranks(scores)[row]) or None
        found.append(PresetRank(preset=preset.key, rank=rank, score=nullable(scores[row])))
    return found


def _record(prepared: Prepared, row: int) -> Record:
    identity = _identity(prepared, row)
    return {**identity.model_dump(), "flags": ";".join(identity.flags)}


@router.get(
    "/v1/models", summary="List models", response_model=ModelList,
    responses=TABLE_RESPONSES | PART_RESPONSES | responses(404),
)  # fmt: skip
def list_models(request: Request, query: Annotated[ModelListQuery, Query()], rankings: CurrentRankings) -> Response:
    """The models of a pool with who they are, ordered by name; their values are in `/v1/rankings`."""
    values = query.values()
    prepared = rankings.prepared_pool(Pool.of(values))

    def listing(_: int | None) -> Listing:
        rows = prepared.rows(prepared.mask(Filters.of(values)))
        # The rows come in the order of the names.
        if query.sort == "-name":
            rows = rows[::-1]

        def page(shown: Rows, next_cursor: str | None) -> bytes:
            texts = _item_texts(prepared)
            items = b",".join([texts[row] for row in shown.tolist()])
            about = {"data_version": prepared.origin.data_version, "total": len(rows)}
            return orjson.dumps({**about, "items": orjson.Fragment(b"[%b]" % items), "next_cursor": next_cursor})

        def table(shown: Rows) -> Table:
            return Table(_COLUMNS, [_record(prepared, int(row)) for row in shown])

        return Listing(rows, len(rows), page, table)

    return list_response(Question(request, values, prepared.origin.data_version), listing)


def _elsewhere(request: Request, rankings: Rankings, model_id: str, pool: Pool) -> tuple[Pool, Prepared] | None:
    """The first pool that shows a model; None where none does."""
    with reading(request.app.state.engine) as session:
        pools = pools_of(session, model_id)
    for benchmark, protocol in pools:
        other = replace(pool, benchmark=benchmark, protocol=protocol)
        prepared = rankings.prepared_pool(other, default_normalisation(benchmark))
        if model_id in prepared.position:
            return other, prepared
    return None


def _refuse_earlier(request: Request, pool: Pool, model_id: str) -> None:
    """Refuse a model that was measured on an earlier version of a benchmark's files alone, and say so.

    Raises:
        ProblemError: 404 `unknown_model`.
    """
    # A benchmark that only the default brought in was not asked about.
    named = pool.benchmark if "benchmark" in request.query_params else None
    private = sees_private(request)
    with reading(request.app.state.engine) as session:
        found = earlier_measurements(session, private=private, benchmark=named, model_id=model_id)
    if found:
        benchmark = found[0].benchmark
        raise ProblemError(
            404,
            "unknown_model",
            f"{model_id} was measured on {benchmark} with the digest {found[0].digest}, which is not the current "
            "version.",
            "Evaluate it again: values of different files are never compared. "
            f"GET /v1/benchmarks/{benchmark}/earlier-measurements and `wellbehaved benchmark show {benchmark}` show "
            "the earlier values.",
        )


@router.get(
    "/v1/models/{model_id}", summary="Get a model", response_model=ModelAnswer, responses=responses(304, 404, 422, 503),
)  # fmt: skip
def get_model(
    request: Request, model_id: str, query: Annotated[PoolQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[ModelAnswer]:
    """A model's values with flags, errors and parts, percentiles, rank under each preset, and provenance.

    Without `benchmark` and `protocol`, the values are the published ones on ImageNet-1k, or else those measured here.
    """
    values = query.values()
    pool = Pool.of(values)
    prepared = rankings.prepared_pool(pool, default_normalisation(pool.benchmark))
    # Who names a benchmark means that one; who names none wants to see the model, wherever it was measured.
    if model_id not in prepared.position and not {"benchmark", "protocol"} & set(request.query_params):
        pool, prepared = _elsewhere(request, rankings, model_id, pool) or (pool, prepared)
    if model_id not in prepared.position:
        _refuse_earlier(request, pool, model_id)
    row = known_row(prepared, model_id)

    def document() -> ModelAnswer:
        with reading(request.app.state.engine) as session:
            measured = measurements_of(session, model_id, pool.benchmark, pool.protocol)
        return ModelAnswer(
            data_version=prepared.origin.data_version,
            benchmark=pool.benchmark,
            protocol=pool.protocol,
            quality=pool.quality,
            **_identity(prepared, row).model_dump(),
            visibility=prepared.models[row].visibility,
            dimensions=list(prepared.snapshot.dimensions),
            coverage=prepared.coverage,
            scores={key: _score(prepared, row, key, measured.get(key)) for key in prepared.snapshot.dimensions},
            percentiles={key: nullable(column[row]) for key, column in prepared.percentiles.items()},
            standings={key: own and Standing(**own) for key, own in prepared.standings_of(row).items()},
            ranks=_preset_ranks(prepared, row),
            **_dominance(prepared, row),
            loading=loading_lines(prepared.models[row].source_library, prepared.models[row].source_identifier),
            provenance=_provenance(prepared, row, measured.values()),
        )

    return json_response(Question(request, values, prepared.origin.data_version), document)
