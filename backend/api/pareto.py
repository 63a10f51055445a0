"""Trade-offs: which models no other one beats on all of a few dimensions."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator, Field

from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.parameters import PLAIN_FILTERS, POOL, DimensionKey, comma_separated, fields_of, number
from backend.ranking.pool import nullable_list
from backend.ranking.quantities import DataVersion, ModelId, ModelName, PassingCount
from backend.ranking.query import Filters, Pool, require_declared
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
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

    def document() -> ParetoAnswer:
        rows = prepared.rows(prepared.mask(Filters.of(query.values())))
        columns = {key: prepared.snapshot.columns[key][rows] for key in keys}
        good = np.column_stack([DIMENSIONS[key].sign * column for key, column in columns.items()])
        layers = pareto_layers(good)
        witness = dominating_witness(good, layers)
        # Units of several dimensions do not add up; standard deviations do. Dividing by them changes no layer.
        distance = front_distance(good / np.array([prepared.standard_deviations[key] for key in keys]), layers)
        near = distance <= query.tolerance
        ids = [prepared.models[row].id for row in rows]
        # Lists of plain numbers: to take each out of its array costs more than all the rest of an answer of thousands.
        values = {key: nullable_list(column) for key, column in columns.items()}
        distances, layer_of, witness_of = nullable_list(distance), layers.tolist(), witness.tolist()
        items = [
            ParetoItem(
                model_id=ids[index],
                name=prepared.names[rows[index]],
                on_front=layer_of[index] == 1,
                layer=layer_of[index] or None,
                dominated_by=ids[witness_of[index]] if witness_of[index] >= 0 else None,
                distance=distances[index],
                near_front=bool(near[index]),
                scores={key: column[index] for key, column in values.items()},
            )
            # Layer 0 are models that lack a value: they are on no layer, and come last.
            for index in np.argsort(np.where(layers == 0, len(ids) + 1, layers), kind="stable").tolist()
        ]
        return ParetoAnswer(
            data_version=prepared.origin.data_version,
            dimensions=list(keys),
            total=len(items),
            tolerance=query.tolerance,
            front_size=int((layers == 1).sum()),
            near_front_size=int(near.sum()),
            items=items,
        )

    return json_response(Question(request, query.values(), prepared.origin.data_version), document)
