"""Rankings under anyone's weights."""

from datetime import datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from backend.body import bounded_body
from backend.dimensions_in_force import newest_version
from backend.problems import responses
from backend.ranking.checked_route import CheckedQuery, DirectRoute, NoQuery
from backend.ranking.formats import PART_RESPONSES, TABLE_RESPONSES
from backend.ranking.json_body import question_openapi, read_question
from backend.ranking.notices import notices
from backend.ranking.parameters import FILTERS, FORMAT, PAGE, POOL, WEIGHTING, CheckedParameters, Values, fields_of
from backend.ranking.pool import Prepared
from backend.ranking.quantities import (
    ActivationsMillions,
    Architecture,
    Backbone,
    Benchmark,
    CommercialUse,
    Coverage,
    DataVersion,
    DeclaredDimensions,
    DimensionName,
    DimensionValues,
    Head,
    InputSize,
    Licence,
    Lineage,
    MacsBillions,
    MaybeScore,
    ModelFlags,
    ModelId,
    ModelName,
    NextCursor,
    Normalisation,
    PassingCount,
    Preset,
    PretrainingData,
    Protocol,
    Quality,
    Recipe,
    Training,
    Weights,
)
from backend.ranking.query import View
from backend.ranking.ranked import DEFAULT_SORT, Ranked, current_rankings, rank_first_models, rank_models
from backend.ranking.responses import Listing, Question, Rows, list_response
from backend.store.tables import JsonObject

router = APIRouter(tags=["rankings"], route_class=DirectRoute)


class RankingQuestion(fields_of(POOL, WEIGHTING, FILTERS, PAGE, FORMAT), CheckedParameters):  # type: ignore[misc]
    """A view, and which page of its ranking in which format."""


class RankingQuery(RankingQuestion, CheckedQuery):
    """The query of /v1/rankings."""


class MissingValue(BaseModel):
    """The reason why a model has no value on a dimension."""

    dimension: DimensionName
    reason: str = Field(examples=["not_measured"], description="The reason why there is no value.")


PERCENTILES = (
    "The mid-rank of each value in the whole pool, from 0 to 1, where 1 is best: the share of worse "
    "values, where equal ones and the value itself count half. With two models it is 0.75 and 0.25; "
    "`standings` has counts."
)
STANDINGS = "The number of other models of the whole pool with a worse value; null where the value is missing."


class Standing(BaseModel):
    """The comparison of a value with those of the other models."""

    better_than: int = Field(description="The number of other models whose value is worse.")
    level_with: int = Field(description="The number of other models that have the same value.")
    others: int = Field(description="The number of other models that have a value; 0 for the only one.")


class RankingItem(BaseModel):
    """One model in a ranking."""

    rank: int | None = Field(
        description="The competition rank among the models that pass the filters; null without a score."
    )
    overall_rank: int | None = Field(description="The competition rank among all models of the pool, before filters.")
    default_rank: int | None = Field(description="The overall rank under the default weights, all else equal.")
    model_id: ModelId = Field(examples=["eva02-b-21k"])
    name: ModelName = Field(examples=["EVA02-b (IN-21k)"])
    architecture: Architecture = Field(examples=["transformer"])
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
    score: MaybeScore = Field(examples=[1.0738])
    contributions: dict[str, float | None] = Field(
        description="The contribution of each weighted dimension, which sum to the score; null where there is no value."
    )
    scores: DimensionValues
    percentiles: dict[str, float | None] = Field(description=PERCENTILES)
    standings: dict[str, Standing | None] = Field(description=STANDINGS)
    missing: list[MissingValue] = Field(
        description="The dimensions without a value, with the reasons; of those beyond the study's only what has a "
        "weight, or what somebody tried to measure."
    )
    flags: ModelFlags
    flagged: dict[str, list[str]] = Field(description="The quality flags of the values, by dimension.")


class FrozenNormsItem(BaseModel):
    """The norms that were kept, so that no score moves when a model is added."""

    frozen_at: datetime = Field(description="The time at which the norms were frozen, in UTC.")
    models: int = Field(description="The number of models that the norms were taken from.")


class RankingAnswer(BaseModel):
    """A page of a ranking, with everything that it was computed with."""

    data_version: DataVersion = Field(examples=["1-3fa9c1d2"])
    benchmark: Benchmark
    protocol: Protocol
    quality: Quality
    normalisation: Normalisation
    frozen_norms: FrozenNormsItem | None = Field(
        description="The frozen norms that the scores rest on; null where they rest on the current models or the study."
    )
    dimensions: DeclaredDimensions
    coverage: Coverage
    preset: Preset
    weights: Weights
    shares: dict[str, float] = Field(description="The weights as fractions of their sum.")
    total: PassingCount
    total_models: int = Field(description="The number of models of the pool.")
    notices: list[str] = Field(
        description="The circumstances that a reader of the ranking must know, each a sentence: why a single model has "
        "no score, which weights count for nothing, whose norms are used, and which weighted dimension mixes values "
        "made of different corruptions, attacks or data sets. Empty for most rankings."
    )
    items: list[RankingItem] = Field(description="The models of this page.")
    next_cursor: NextCursor


MOST_BYTES = 1024 * 1024
_RESPONSES = TABLE_RESPONSES | responses(404)
_EXAMPLES: JsonObject = {
    "small and robust": {
        "preset": "robust",
        "weights": {"accuracy": 2},
        "filters": {"architecture": ["cnn", "transformer"], "parameters_millions.lte": 30},
        "limit": 10,
    }
}


def _about(result: Ranked) -> dict[str, object]:
    view = result.view
    return {
        "data_version": result.prepared.origin.data_version,
        "benchmark": view.pool.benchmark,
        "protocol": view.pool.protocol,
        "quality": view.pool.quality,
        "normalisation": view.normalisation.value,
        "frozen_norms": _frozen_norms(result.prepared),
        "dimensions": result.prepared.snapshot.dimensions,
        "coverage": result.prepared.coverage,
        "preset": view.preset,
        "weights": dict(view.weights),
        "shares": view.shares,
        "total": result.total,
        "total_models": len(result.prepared.models),
        "notices": notices(result.prepared, view),
    }


def _frozen_norms(prepared: Prepared) -> dict[str, object] | None:
    found = prepared.frozen_norms
    return None if found is None else {"frozen_at": found.frozen_at, "models": found.models}


async def _respond(request: Request, values: Values, version: str | None = None) -> Response:
    rankings, view = current_rankings(request), View.of(values)
    # A data version from a server, or a file of another format, would hold up every other request of this process.
    if rankings.embedded and values["format"] in (None, "json"):
        at_hand = rankings.view_at_hand(view, version)
        if at_hand is not None:
            # It takes a fraction of a millisecond: handing it to a thread would double that.
            return _answer(request, values, *at_hand)
    return await run_in_threadpool(lambda: _answer(request, values, *rankings.prepared_view(view)))


def _answer(request: Request, values: Values, prepared: Prepared, view: View) -> Response:
    sort = tuple(values["sort"])

    def listing(needed: int | None) -> Listing:
        if needed is None or sort != DEFAULT_SORT:
            result = rank_models(prepared, view)
        else:
            result = rank_first_models(prepared, view, needed)
        rows = result.sorted_rows(sort)

        def page(rows: Rows, next_cursor: str | None) -> bytes:
            about = orjson.dumps(_about(result))[:-1]
            cursor = orjson.dumps(next_cursor)
            return b"".join((about, b',"items":', *result.items(rows), b',"next_cursor":', cursor, b"}"))

        return Listing(rows, result.total, page, result.table)

    return list_response(Question(request, values, prepared.origin.data_version), listing)


@router.get(
    "/v1/rankings", summary="Rank the models", response_model=RankingAnswer, responses=_RESPONSES | PART_RESPONSES,
)  # fmt: skip
# A coroutine, for DirectRoute awaits it on the event loop: FastAPI alone would hand a function to a thread.
async def get_ranking(request: Request, query: Annotated[RankingQuery, Query()]) -> Response:
    """Ranks all models of a pool under the given weights.

    Weights are named by dimension and never negative: the direction of each dimension is built in. Filters act
    after scoring, so they never change a score. A model that lacks a value under a weight above 0 has no score and is
    listed last.
    """
    # Nothing was waited for since it was read, so that it is still the newest.
    return await _respond(request, query.values(), newest_version(request.scope))


@router.post(
    "/v1/rankings", summary="Rank the models by a JSON body", response_model=RankingAnswer,
    responses=_RESPONSES | responses(400, 413),
    openapi_extra=question_openapi(RankingQuestion, _EXAMPLES),
)  # fmt: skip
async def query_ranking(request: Request, query: Annotated[NoQuery, Query()]) -> Response:  # noqa: ARG001 - refused
    """The same as the GET form for questions that are too long for an address."""
    body = await bounded_body(request, MOST_BYTES)
    return await _respond(request, read_question(RankingQuestion, body).values())
