"""Demands such as "at most 30 million parameters": who meets them, what each costs, what to give up."""

from dataclasses import replace
from typing import Annotated, TypedDict

import numpy as np
from fastapi import APIRouter, Query, Request
from jaxtyping import Float
from pydantic import BaseModel, BeforeValidator, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.parameters import AMONG, MAX_LIMIT, PLAIN_FILTERS, POOL, WEIGHTING, fields_of, number
from backend.ranking.pool import Prepared
from backend.ranking.quantities import (
    Bound,
    DataVersion,
    DimensionName,
    IsUpperBound,
    ModelId,
    ModelName,
    Score,
    Weights,
)
from backend.ranking.query import Filters, View
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from quba.deciding.constraints import Constraint, NearestMiss, Price, Relaxation, selection
from quba.dimensions import DIMENSIONS
from quba.ranking.ranks import ordered_competition_ranks, ranking_order
from quba.ranking.score import score

router = APIRouter(tags=["trade-offs"], route_class=CheckedRoute)


class ConstraintQuery(fields_of(POOL, WEIGHTING, PLAIN_FILTERS, AMONG), CheckedQuery):  # type: ignore[misc]
    """The query of /v1/constraints."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(number)] = Field(
        50, description="The largest number of models in the answer."
    )


class FittingModel(BaseModel):
    """A model that meets all constraints."""

    rank: int = Field(description="The rank among the models that meet all constraints.")
    overall_rank: int = Field(description="The rank among all scored models of the pool.")
    model_id: ModelId
    name: ModelName
    score: Score
    scores: dict[str, float | None] = Field(description="The value on each dimension.")


class ConstraintPrice(BaseModel):
    """One constraint and what it costs."""

    dimension: DimensionName
    bound: Bound
    at_most: bool = Field(description="Whether values must be at or below the bound (true) or at or above it (false).")
    fitting: int = Field(
        description="The number of models that meet this constraint, whatever the other constraints are."
    )
    alone: float | None = Field(
        description="The loss in best score if this is the only constraint; null if no model fits."
    )
    in_company: float | None = Field(
        description="The gain in best score without this constraint, with the others kept; null if no model fits."
    )


class ConstraintRelaxation(BaseModel):
    """The least that one constraint must give, the others kept, for some model to fit."""

    dimension: DimensionName
    bound: Bound
    at_most: IsUpperBound
    needed: float = Field(description="The bound at which the first model fits.")
    spreads: float = Field(
        description="The distance from the bound to `needed`, in standard deviations of the dimension over the pool."
    )
    model_id: ModelId
    name: ModelName


class BrokenConstraint(BaseModel):
    """A constraint that the nearest model breaks."""

    dimension: DimensionName
    bound: Bound
    at_most: IsUpperBound
    needed: float = Field(description="The bound that the model would meet, in the unit of the dimension.")


class NearestModel(BaseModel):
    """The model that comes closest to meeting all constraints."""

    model_id: ModelId
    name: ModelName
    spreads: float = Field(
        description="The distance by which the model misses the constraints, in standard deviations over the pool, "
        "summed over the constraints."
    )
    breaks: list[BrokenConstraint] = Field(description="The constraints that the model does not meet.")


class ConstraintAnswer(BaseModel):
    """The models that meet constraints, and the price of each constraint."""

    data_version: DataVersion
    among: str = Field(description="The models that were candidates, `filtered` or `all`.")
    weights: Weights
    candidates: int = Field(description="The number of scored models that pass the other filters.")
    total: int = Field(description="The number of candidates that meet all constraints.")
    best_without: str | None = Field(
        description="The identifier of the best candidate when the constraints are ignored."
    )
    items: list[FittingModel] = Field(description="The candidates that meet all constraints, best first.")
    prices: list[ConstraintPrice] = Field(description="The cost in score of each constraint.")
    relaxations: list[ConstraintRelaxation] = Field(
        description="The smallest relaxation of each single constraint that lets a model fit, where none fits."
    )
    nearest_miss: NearestModel | None = Field(
        description="The model that comes closest to meeting all constraints, where none meets them."
    )


@router.get(
    "/v1/constraints", summary="Models under constraints", response_model=ConstraintAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def list_models_under_constraints(
    request: Request, query: Annotated[ConstraintQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[ConstraintAnswer]:
    """Bounds on dimensions are the constraints; choices, words and costs say beforehand which models are candidates.

    With `among=all` every model is a candidate. A price is a difference of the best scores. Where no model fits, the
    smallest relaxations are listed.
    """
    prepared, view = rankings.prepared_view(View.of(query.values()))
    demands = _demands(view.filters)
    # Bounds on dimensions are the constraints here: left among the filters, they would leave out what is to be priced.
    others = {key: bounds for key, bounds in view.filters.ranges.items() if key not in DIMENSIONS}
    choices = view.without_filters().filters if view.among == "all" else replace(view.filters, ranges=others)
    overall = score(prepared.standardised, view.weights).score
    # NaN and not a shorter array, so that rows stay those of the pool.
    candidates = np.where(prepared.mask(choices), overall, np.nan)
    # Before the cache is asked, so that a constraint out of bounds is refused whether or not it was asked before.
    found = selection(prepared.snapshot.columns, candidates, demands, prepared.standard_deviations)

    def document() -> ConstraintAnswer:
        # nanargmax raises where everything is NaN.
        best = None if np.isnan(candidates).all() else prepared.models[int(np.nanargmax(candidates))].id
        return ConstraintAnswer(
            data_version=prepared.origin.data_version,
            among=view.among,
            weights=dict(view.weights),
            candidates=int((~np.isnan(candidates)).sum()),
            total=int(found.rows.size),
            best_without=best,
            items=_items(prepared, overall, set(found.rows.tolist()), query.limit),
            prices=[_price(price, prepared, candidates) for price in found.prices],
            relaxations=[_relaxation(one, prepared) for one in found.relaxations],
            nearest_miss=None if found.nearest_miss is None else _miss(found.nearest_miss, prepared),
        )

    return json_response(Question(request, query.values(), prepared.origin.data_version), document)


def _demands(filters: Filters) -> list[Constraint]:
    return [
        Constraint(key, bound, at_most)
        for key, (low, high) in ((key, filters.ranges[key]) for key in filters.limited_dimensions)
        for bound, at_most in ((low, False), (high, True))
        if bound is not None
    ]


def _items(
    prepared: Prepared, overall: Float[np.ndarray, " models"], fitting: set[int], limit: int
) -> list[FittingModel]:
    order = ranking_order(overall, prepared.name_order)
    overall_rank = ordered_competition_ranks(overall[order])
    kept = [place for place, row in enumerate(order.tolist()) if row in fitting]
    rank = ordered_competition_ranks(overall[order[kept]]) if kept else np.zeros(0, dtype=np.int64)
    return [
        FittingModel(
            rank=int(rank[position]),
            overall_rank=int(overall_rank[place]),
            model_id=prepared.models[order[place]].id,
            name=prepared.names[order[place]],
            score=float(overall[order[place]]),
            scores=prepared.scores_of(int(order[place])),
        )
        for position, place in enumerate(kept[:limit])
    ]


class _Demand(TypedDict):
    dimension: str
    bound: float
    at_most: bool


def _demand(constraint: Constraint) -> _Demand:
    return _Demand(dimension=constraint.key, bound=constraint.bound, at_most=constraint.at_most)


def _price(price: Price, prepared: Prepared, candidates: Float[np.ndarray, " models"]) -> ConstraintPrice:
    constraint = price.constraint
    column = prepared.snapshot.columns[constraint.key]
    meets = column <= constraint.bound if constraint.at_most else column >= constraint.bound
    fitting = int((meets & ~np.isnan(candidates)).sum())
    return ConstraintPrice(**_demand(constraint), fitting=fitting, alone=price.alone, in_company=price.in_company)


def _relaxation(one: Relaxation, prepared: Prepared) -> ConstraintRelaxation:
    model = prepared.models[one.model]
    return ConstraintRelaxation(
        **_demand(one.constraint), needed=one.bound, spreads=one.spreads, model_id=model.id, name=model.name
    )


def _miss(miss: NearestMiss, prepared: Prepared) -> NearestModel:
    model = prepared.models[miss.model]
    breaks = [BrokenConstraint(**_demand(constraint), needed=needed) for constraint, needed in miss.bounds]
    return NearestModel(model_id=model.id, name=model.name, spreads=miss.spreads, breaks=breaks)
