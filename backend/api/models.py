"""The models, and everything known about one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response
from jaxtyping import Int
from pydantic import BaseModel, Field

from backend.api.rankings import PERCENTILES, STANDINGS, Standing
from backend.imports.citation import CITATION
from backend.problems import responses
from backend.ranking.formats import TABLE_RESPONSES, Columns, Table
from backend.ranking.parameters import FORMAT, NAME_PAGE, PLAIN_FILTERS, POOL, ParameterSet
from backend.ranking.pool import Prepared, nullable
from backend.ranking.query import Filters, Pool, default_normalisation
from backend.ranking.ranked import CurrentRankings, Rankings, known_row
from backend.ranking.responses import Listing, Question, json_response, list_response
from backend.store.engine import reading
from backend.store.measurements import measurements_of, pools_of
from backend.store.tables import Measurement
from quba.dimensions import DIMENSIONS
from quba.ranking.pareto import dominance
from quba.ranking.presets import PRESETS
from quba.ranking.ranks import competition_ranks
from quba.ranking.score import score

router = APIRouter(tags=["models"])
_LIST_PARAMETERS = ParameterSet("ModelListParameters", POOL, PLAIN_FILTERS, NAME_PAGE, FORMAT)
_ONE_PARAMETERS = ParameterSet("ModelParameters", POOL)


class ModelItem(BaseModel):
    """Who a model is."""

    model_id: str = Field(examples=["resnet50"])
    name: str = Field(examples=["ResNet50"])
    architecture: str
    training: str
    recipe: str | None
    head: str | None
    pretraining_data: str
    backbone: str = Field(description="Models that share one are matched in comparisons.")
    lineage: str | None = Field(description="The pre-trained weights that fine-tuned and linear-probe models share.")
    source_library: str
    source_identifier: str | None
    paper_title: str | None
    flags: list[str]


class ModelList(BaseModel):
    """A page of models."""

    data_version: str
    total: int
    items: list[ModelItem]
    next_cursor: str | None


class ModelScore(BaseModel):
    """One value, and how it came about."""

    value: float | None
    missing: str | None = Field(description="Why there is no value; null where there is one.")
    flags: list[str]
    protocol: str
    standard_error: float | None = Field(description="Null: not known.")
    sample_count: int | None = Field(description="Null: not known, or not one number.")
    parts: dict[str, Any] = Field(description="What the value was aggregated from, where that is known.")
    source: str | None = Field(description="`study`: as published; `import`: handed in; `evaluation`: measured here.")


class PresetRank(BaseModel):
    """Where a model stands under a preset, among all models of the pool."""

    preset: str
    rank: int | None
    score: float | None


class Provenance(BaseModel):
    """Where a model and its figures come from."""

    paper_title: str | None
    source_library: str
    source_identifier: str | None
    published_name: str | None
    study_name: str | None
    published_row: int | None
    note: str
    citation: str | None = Field(
        description="The publication that the figures are from; null for figures measured here."
    )


class NamedModel(BaseModel):
    """A model by its identifier and its name."""

    model_id: str
    name: str


class ModelAnswer(ModelItem):
    """Everything known about one model."""

    data_version: str
    benchmark: str
    protocol: str
    quality: str
    visibility: str = Field(description="public; or private: shown to who holds the token alone.")
    scores: dict[str, ModelScore]
    percentiles: dict[str, float | None] = Field(description=PERCENTILES)
    standings: dict[str, Standing | None] = Field(description=STANDINGS)
    ranks: list[PresetRank]
    dominated_by: list[NamedModel] = Field(
        description="Models of the pool that are at least as good on every dimension that the pool has values of, and "
        "better on one. Models that lack a value are left out."
    )
    dominates: list[NamedModel] = Field(description="The models that are the opposite.")
    provenance: Provenance


_COLUMNS: Columns = dict.fromkeys(ModelItem.model_fields, str)
_OWN_FIELDS = ("source_library", "source_identifier", "paper_title")


def _identity(prepared: Prepared, row: int) -> dict[str, Any]:
    model = prepared.models[row]
    own = {field: getattr(model, field) for field in _OWN_FIELDS}
    return {**prepared.identities[row], **own, "flags": prepared.flags[row]}


def _score(prepared: Prepared, row: int, key: str, measured: Measurement | None) -> dict[str, Any]:
    missing = prepared.snapshot.missing[row].get(key)
    return {
        "value": nullable(prepared.snapshot.columns[key][row]),
        "missing": missing.value if missing else None,
        "flags": list(prepared.snapshot.flags[row].get(key, ())),
        "protocol": prepared.snapshot.protocol,
        "standard_error": measured.standard_error if measured else None,
        "sample_count": measured.sample_count if measured else None,
        "parts": dict(measured.parts) if measured else {},
        "source": measured.source if measured else None,
    }


def _provenance(prepared: Prepared, row: int, measurements: Iterable[Measurement]) -> dict[str, Any]:
    model = prepared.models[row]
    named = {field: getattr(model, field) for field in Provenance.model_fields if field != "citation"}
    from_study = any(measured.source == "study" for measured in measurements)
    return {**named, "citation": CITATION if from_study else None}


def _dominance(prepared: Prepared, row: int) -> dict[str, Any]:
    columns = prepared.snapshot.columns
    measured = [key for key in DIMENSIONS if not np.isnan(columns[key]).all()]
    good = np.column_stack([DIMENSIONS[key].sign * columns[key] for key in measured])
    found = zip(("dominated_by", "dominates"), dominance(good, row), strict=True)
    return {name: [_named(prepared, each) for each in np.flatnonzero(rows).tolist()] for name, rows in found}


def _named(prepared: Prepared, row: int) -> dict[str, str]:
    return {"model_id": prepared.models[row].id, "name": prepared.models[row].name}


def _preset_ranks(prepared: Prepared, row: int) -> list[dict[str, Any]]:
    found = []
    for preset in PRESETS.values():
        scores = score(prepared.standardised, preset.weights).score
        rank = int(competition_ranks(scores)[row]) or None
        found.append({"preset": preset.key, "rank": rank, "score": nullable(scores[row])})
    return found


def _record(prepared: Prepared, row: int) -> dict[str, Any]:
    identity = _identity(prepared, row)
    return {**identity, "flags": ";".join(identity["flags"])}


@router.get(
    "/v1/models", summary="List the models", response_model=ModelList,
    responses=TABLE_RESPONSES | responses(304, 404, 406, 409, 422, 503),
    openapi_extra=_LIST_PARAMETERS.openapi(),
)  # fmt: skip
def models(request: Request, rankings: CurrentRankings) -> Response:
    """The models of a pool with who they are, ordered by name; their values are in `/v1/rankings`."""
    values = _LIST_PARAMETERS.from_query(request)
    prepared = rankings.prepared(Pool.of(values))

    def listing() -> Listing:
        rows = prepared.rows(prepared.mask(Filters.of(values)))
        if values["sort"] == "-name":
            rows = rows[::-1]

        def items(page: Int[np.ndarray, " page"]) -> list[dict[str, Any]]:
            return [_identity(prepared, int(row)) for row in page]

        def table(page: Int[np.ndarray, " page"]) -> Table:
            return Table(_COLUMNS, [_record(prepared, int(row)) for row in page])

        return Listing(rows, items, table, {"data_version": prepared.origin.data_version, "total": len(rows)})

    return list_response(Question(request, values, prepared.origin.data_version), listing)


def _elsewhere(request: Request, rankings: Rankings, model_id: str, pool: Pool) -> tuple[Pool, Prepared] | None:
    """The first pool that shows a model; None where none does."""
    with reading(request.app.state.engine) as session:
        pools = pools_of(session, model_id)
    for benchmark, protocol in pools:
        other = replace(pool, benchmark=benchmark, protocol=protocol)
        prepared = rankings.prepared(other, default_normalisation(benchmark))
        if model_id in prepared.position:
            return other, prepared
    return None


@router.get(
    "/v1/models/{model_id}", summary="One model", response_model=ModelAnswer, responses=responses(304, 404, 422, 503),
    openapi_extra=_ONE_PARAMETERS.openapi(),
)  # fmt: skip
def model(request: Request, model_id: str, rankings: CurrentRankings) -> Response:
    """Its values with flags, errors and parts, its percentiles, its rank under each preset, and its provenance.

    Without `benchmark` and `protocol`, on ImageNet-1k as the study measured, or else where the model was measured.
    """
    values = _ONE_PARAMETERS.from_query(request)
    pool = Pool.of(values)
    prepared = rankings.prepared(pool, default_normalisation(pool.benchmark))
    if model_id not in prepared.position and not {"benchmark", "protocol"} & set(request.query_params):
        pool, prepared = _elsewhere(request, rankings, model_id, pool) or (pool, prepared)
    row = known_row(prepared, model_id)

    def document() -> dict[str, Any]:
        with reading(request.app.state.engine) as session:
            measured = measurements_of(session, model_id, pool.benchmark, pool.protocol)
        return {
            "data_version": prepared.origin.data_version,
            "benchmark": pool.benchmark,
            "protocol": pool.protocol,
            "quality": pool.quality,
            **_identity(prepared, row),
            "visibility": prepared.models[row].visibility,
            "scores": {key: _score(prepared, row, key, measured.get(key)) for key in DIMENSIONS},
            "percentiles": {key: nullable(column[row]) for key, column in prepared.percentiles.items()},
            "standings": prepared.standings_of(row),
            "ranks": _preset_ranks(prepared, row),
            **_dominance(prepared, row),
            "provenance": _provenance(prepared, row, measured.values()),
        }

    return json_response(Question(request, values, prepared.origin.data_version), document)
