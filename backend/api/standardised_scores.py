"""All that a reader needs to rank by themselves: the standardised values of a pool, once per data version."""

import gzip
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.parameters import POOL, WEIGHTING, fields_of
from backend.ranking.pool import IDENTITY_FIELDS, Prepared, nullable_list
from backend.ranking.quantities import Benchmark, Coverage, DataVersion, Protocol, Quality
from backend.ranking.quantities import Normalisation as NormalisationName
from backend.ranking.query import Pool, default_normalisation
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question
from backend.ranking.sampling import caller_check
from quba.ranking.normalisation import Normalisation
from quba.ranking.ranks import TIE

router = APIRouter(tags=["rankings"], route_class=CheckedRoute)
_SCALE = {"normalisation": WEIGHTING["normalisation"]}
_FIELDS = (*IDENTITY_FIELDS, "source_library")
# Level 6 takes four times as long and saves a tenth.
_LEVEL = 4


class StandardisedScoresQuery(fields_of(POOL, _SCALE), CheckedQuery):  # type: ignore[misc]
    """The query of /v1/standardised-scores."""


class StandardisedScoresAnswer(BaseModel):
    """One pool, column by column; every list of a model's facts is in the order of `model_ids`."""

    data_version: DataVersion = Field(examples=["1-3fa9c1d2"])
    benchmark: Benchmark
    protocol: Protocol
    quality: Quality
    normalisation: NormalisationName
    tie_tolerance: float = Field(
        description="Scores are rounded to multiples of twice this number before they are compared; equal ones share "
        "a rank."
    )
    coverage: Coverage
    dimensions: list[str] = Field(
        description="The keys of the dimensions in the order in which a score adds up their parts."
    )
    model_ids: list[str] = Field(description="The identifiers of the models of the pool.")
    identities: dict[str, list[str | None]] = Field(description="The names and kinds of the models, by field.")
    name_order: list[int] = Field(description="The place of each model in the alphabet, which orders models that tie.")
    searched: list[str] = Field(description="The text of each model that `q` searches, with letter case folded.")
    values: dict[str, list[float | None]] = Field(
        description="The values by dimension, as measured; null where missing."
    )
    costs: dict[str, list[float | None]] = Field(
        description="The multiply-accumulates, activations and input sizes of the models; null where not counted."
    )
    standardised: dict[str, list[float | None]] = Field(
        description="The standardised values by dimension, turned so that larger is better. The score of a model is "
        "their mean, weighted by the weights; a null under a weight above 0 leaves it without one."
    )
    percentiles: dict[str, list[float | None]] = Field(
        description="The mid-ranks of the values in the whole pool by dimension, from 0 to 1, where 1 is best."
    )
    missing: list[dict[str, str]] = Field(
        description="The reason of each missing value, by dimension; a value without one, of a dimension beyond the "
        "study's, was not measured."
    )
    flags: list[list[str]] = Field(
        description="The quality flags of each model, on its values or its label; /v1/flags explains them."
    )
    flagged: list[dict[str, list[str]]] = Field(description="The quality flags of the values, by dimension.")


@router.get(
    "/v1/standardised-scores", summary="Get the standardised values of a pool",
    response_model=StandardisedScoresAnswer, responses=responses(304, 404, 422, 429, 503)
)  # fmt: skip
def get_standardised_scores(
    request: Request, query: Annotated[StandardisedScoresQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[StandardisedScoresAnswer]:
    """Gives the values that every ranking of a pool rests on, so that a notebook or a page can rank by itself.

    They change with the data version only. The answer is compressed where the caller accepts gzip.
    """
    values = query.values()
    normalisation = Normalisation(values.get("normalisation") or default_normalisation(values["benchmark"]))
    pool = Pool.of(values)
    prepared = rankings.prepared_pool(pool, normalisation)
    question = Question(request, values, prepared.origin.data_version)
    compressed = "gzip" in request.headers.get("accept-encoding", "")
    etag = question.etag("gzip" if compressed else "json")
    headers = {**question.headers(etag), "Vary": "Accept, Accept-Encoding, Authorization"}
    if question.is_held(etag):
        return JsonAnswer(status_code=304, headers=headers)

    def body() -> bytes:
        text = _answer(prepared, pool, normalisation).model_dump_json().encode()
        return gzip.compress(text, _LEVEL, mtime=0) if compressed else text

    if compressed:
        headers["Content-Encoding"] = "gzip"
    return JsonAnswer(
        rankings.matrices.body(etag, body, caller_check(request)), media_type="application/json", headers=headers
    )


def _answer(prepared: Prepared, pool: Pool, normalisation: Normalisation) -> StandardisedScoresAnswer:
    snapshot, models = prepared.snapshot, prepared.models
    return StandardisedScoresAnswer(
        data_version=prepared.origin.data_version,
        benchmark=pool.benchmark,
        protocol=pool.protocol,
        quality=pool.quality,
        normalisation=normalisation.value,
        tie_tolerance=TIE,
        coverage=prepared.coverage,
        dimensions=list(snapshot.columns),
        model_ids=[model.id for model in models],
        identities={field: [getattr(model, field) for model in models] for field in _FIELDS},
        name_order=prepared.name_order.tolist(),
        searched=prepared.search_texts,
        values={key: nullable_list(column) for key, column in snapshot.columns.items()},
        costs={key: nullable_list(column) for key, column in prepared.costs.items()},
        standardised={key: nullable_list(column) for key, column in prepared.standardised.items()},
        percentiles={key: nullable_list(column) for key, column in prepared.percentiles.items()},
        missing=[{key: reason.value for key, reason in lacking.items()} for lacking in snapshot.missing],
        flags=[list(flags) for flags in prepared.flags],
        flagged=[{key: list(flags) for key, flags in own.items()} for own in snapshot.flags],
    )
