"""Trade-offs: which models no other one beats on all of a few dimensions."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator, Field

from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.column_json import count_texts, number_texts, object_list, texts_at, truth_texts
from backend.ranking.parameters import PLAIN_FILTERS, POOL, DimensionKey, comma_separated, fields_of, number
from backend.ranking.pool import Prepared
from backend.ranking.quantities import DataVersion, ModelId, ModelName, PassingCount
from backend.ranking.query import Filters, Pool, require_declared
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, Rows, json_text_response
from quba.dimensions import DIMENSIONS
from quba.ranking.pareto import dominating_witness, front_distance, pareto_layers
from quba.vocabulary import FRONT_DIMENSIONS, TOLERANCE

router = APIRouter(tags=["trade-offs"], route_class=CheckedRoute)


class ParetoQuery(fields_of(POOL, PLAIN_FILTERS), CheckedQuery):  # type: ignore[misc]
    """The query of /v1/pareto."""

    dimensions: Annotated[
        tuple[DimensionKey, ...],
        Field(min_length=FRONT_DIMENSIONS.lowest, max_length=FRONT_DIMENSIONS.highest),
        BeforeValidator(comma_separated),
    ] = Field(description="The keys of the dimensions, comma-separated.")
    tolerance: Annotated[
        float, Field(ge=TOLERANCE.lowest, le=TOLERANCE.highest, allow_inf_nan=False), BeforeValidator(number)
    ] = Field(
        TOLERANCE.default,
        description="The largest distance behind the Pareto front that still counts as near it, in standard "
        "deviations of the pool.",
    )


class ParetoItem(BaseModel):
    """One model among the trade-offs."""

    model_id: ModelId
    name: ModelName
    on_front: bool = Field(description="Whether no other model dominates this one.")
    layer: int | None = Field(
        description="The Pareto layer, where 1 is the front, 2 the front after removing layer 1, and so on; null "
        "where a value is missing."
    )
    dominated_by: str | None = Field(
        description="The identifier of one model that dominates this one; null where none does."
    )
    distance: float | None = Field(
        description="The distance behind the front on every dimension at once, in standard deviations of the pool; "
        "null where `layer` is."
    )
    near_front: bool = Field(description="Whether the distance is within the tolerance.")
    scores: dict[str, float | None] = Field(description="The values on the chosen dimensions.")


class ParetoAnswer(BaseModel):
    """Trade-offs over several dimensions."""

    data_version: DataVersion
    dimensions: list[str] = Field(description="The keys of the chosen dimensions.")
    total: PassingCount
    tolerance: float = Field(description="The largest distance that counts as near the front, in standard deviations.")
    front_size: int = Field(description="The number of models on the front.")
    near_front_size: int = Field(description="The number of models within the tolerance, including those on the front.")
    items: list[ParetoItem] = Field(description="The models, those on the front first, then by name.")


@router.get(
    "/v1/pareto", summary="Pareto front of several dimensions", response_model=ParetoAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def get_pareto_front(
    request: Request, query: Annotated[ParetoQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[ParetoAnswer]:
    """Front, layers and a dominating witness, among the models that pass the filters; front first, then by name."""
    keys = query.dimensions
    if len(set(keys)) < len(keys):
        raise ProblemError(
            422,
            "repeated_dimension",
            f"dimensions is {','.join(keys)!r}: a dimension is named twice.",
            "Name each once.",
        )
    prepared = rankings.prepared_pool(Pool.of(query.values()))
    require_declared(prepared.origin.benchmark, prepared.snapshot.columns, keys)

    def text() -> bytes:
        rows = prepared.rows(prepared.mask(Filters.of(query.values())))
        return _answer_text(prepared, rows, keys, query.tolerance)

    return json_text_response(Question(request, query.values(), prepared.origin.data_version), text)


def _answer_text(prepared: Prepared, rows: Rows, keys: Sequence[str], tolerance: float) -> bytes:
    """A `ParetoAnswer` about some rows of the pool, as JSON."""
    columns = {key: prepared.snapshot.columns[key][rows] for key in keys}
    good = np.column_stack([DIMENSIONS[key].sign * column for key, column in columns.items()])
    layers = pareto_layers(good)
    witness = dominating_witness(good, layers)
    # Units of several dimensions do not add up; standard deviations do. Dividing by them changes no layer.
    distance = front_distance(good / np.array([prepared.standard_deviations[key] for key in keys]), layers)
    near, on_front = distance <= tolerance, layers == 1
    about = ParetoAnswer(
        data_version=prepared.origin.data_version,
        dimensions=list(keys),
        total=rows.size,
        tolerance=tolerance,
        front_size=int(on_front.sum()),
        near_front_size=int(near.sum()),
        items=[],
    )
    # Layer 0 are models that lack a value: they are on no layer, and come last.
    order = np.argsort(np.where(layers == 0, rows.size + 1, layers), kind="stable")
    ids = texts_at(prepared.id_texts, rows)
    items = object_list(
        {
            "model_id": texts_at(ids, order),
            "name": texts_at(prepared.name_texts, rows[order]),
            "on_front": truth_texts(on_front[order]),
            "layer": count_texts(layers[order]),
            "dominated_by": texts_at(ids, witness[order]),
            "distance": number_texts(distance[order]),
            "near_front": truth_texts(near[order]),
            "scores": {key: number_texts(column[order]) for key, column in columns.items()},
        }
    )
    return orjson.dumps({**about.model_dump(), "items": items})
