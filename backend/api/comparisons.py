"""Models side by side."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import orjson
from fastapi import APIRouter, Query, Request
from jaxtyping import Int
from pydantic import BaseModel, BeforeValidator, Field

from backend.api.rankings import RankingItem
from backend.api.stability import ReignItem, break_points
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.contenders import Contenders
from backend.ranking.measurement_errors import Column, measurement_errors
from backend.ranking.parameters import Text, comma_separated
from backend.ranking.pool import Prepared, nullable
from backend.ranking.quantities import DataVersion, ModelId, Normalisation, Weights
from backend.ranking.query import View
from backend.ranking.ranked import CurrentRankings, Ranked, known_row, rank_models
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.view_queries import AmongQuery
from quba.deciding.significance import holm, normal_p
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation as Norm
from quba.ranking.score import weighted_scores
from quba.vocabulary import COMPARED

ALPHA = 0.05
Rows = Int[np.ndarray, " named"]

router = APIRouter(tags=["trade-offs"], route_class=CheckedRoute)


class ComparisonQuery(AmongQuery):
    """The query of /v1/comparisons."""

    models: Annotated[
        tuple[Text, ...],
        Field(min_length=COMPARED.lowest, max_length=COMPARED.highest),
        BeforeValidator(comma_separated),
    ] = Field(
        description="The identifiers of the models to compare, comma-separated.", examples=[["resnet50", "alexnet"]]
    )


class ComparisonItem(RankingItem):
    """One of the compared models; a model that the filters leave out has no `rank`, but its overall rank."""

    standardised: dict[str, float | None] = Field(
        description="The values under the normalisation, where larger is better."
    )
    standard_errors: dict[str, float | None] = Field(
        description="The standard error of each value, in the unit of the dimension; null where it is not known. "
        "Those of published values are estimates."
    )
    standardised_errors: dict[str, float | None] = Field(
        description="The standard errors of the standardised values; null where they are not known, and for percentile "
        "ranks, which keep no distances."
    )


class ComparedDifference(BaseModel):
    """One model against the first one named, on one dimension."""

    model_id: ModelId
    difference: float = Field(description="The model's value minus that of the first one, in the dimension's unit.")
    standard_error: float | None = Field(
        description="The standard error of the difference, with independent errors of the two values; it and the next "
        "three fields are null where an error is not known."
    )
    p: float | None = Field(description="The two-sided p-value of a normal test, not corrected.")
    p_holm: float | None = Field(description="The p-value with Holm's correction for all differences of the answer.")
    significant: bool | None = Field(description=f"Whether p_holm is below {ALPHA:g}.")


class ComparedDimension(BaseModel):
    """The differences of the compared models on one dimension."""

    key: str = Field(description="The key of the dimension.")
    best: list[str] = Field(
        description="The identifiers of the models with the best value; several where they tie, none where all are "
        "missing."
    )
    spread: float | None = Field(description="The range of the values, which is the largest minus the smallest.")
    differences: list[ComparedDifference] = Field(
        description="The differences of the other models to the first one named; those without a value are left out."
    )


class ComparisonAnswer(BaseModel):
    """Models side by side."""

    data_version: DataVersion
    among: str = Field(description="The models that `rank` counts, `filtered` or `all`.")
    normalisation: Normalisation
    weights: Weights
    items: list[ComparisonItem] = Field(description="The models in the order in which they were named.")
    dimensions: list[ComparedDimension] = Field(description="The differences of the models on each dimension.")
    break_points: dict[str, list[ReignItem]] = Field(
        description="The stretches of each weight with the compared model that leads there, by dimension, with the "
        "other weights unchanged."
    )


def _dimension(result: Ranked, rows: Rows, key: str, differences: list[ComparedDifference]) -> ComparedDimension:
    values = result.prepared.snapshot.columns[key][rows]
    if np.isnan(values).all():
        return ComparedDimension(key=key, best=[], spread=None, differences=[])
    good = DIMENSIONS[key].sign * values
    best = [result.prepared.models[row].id for row, value in zip(rows, good, strict=True) if value == np.nanmax(good)]
    return ComparedDimension(
        key=key, best=best, spread=float(np.nanmax(values) - np.nanmin(values)), differences=differences
    )


def _differences(result: Ranked, rows: Rows, own_errors: Mapping[str, Column]) -> dict[str, list[ComparedDifference]]:
    """Every model against the first, on every dimension; corrected together, as one reader looks at all of them."""
    found: dict[str, list[ComparedDifference]] = {key: [] for key in own_errors}
    tested: list[ComparedDifference] = []
    first = rows[0]
    for key, errors in own_errors.items():
        values = result.prepared.snapshot.columns[key]
        for row in rows[1:]:
            difference = float(values[row] - values[first])
            # One of the two has no value. An unknown error is another matter: the difference is shown, without a test.
            if np.isnan(difference):
                continue
            error = float(np.hypot(errors[row], errors[first]))
            # Facts are exact: there is no chance to test them against, and none that others should be corrected for.
            p = None if DIMENSIONS[key].of_facts else nullable(normal_p(difference, error))
            compared = ComparedDifference(
                model_id=result.prepared.models[row].id, difference=difference, standard_error=nullable(error), p=p,
                p_holm=None, significant=None,
            )  # fmt: skip
            found[key].append(compared)
            if p is not None:
                tested.append(compared)
    # None of them is null: `or` says so to the type checker alone.
    for compared, p_holm in zip(tested, holm([compared.p or 0.0 for compared in tested]), strict=True):
        compared.p_holm, compared.significant = p_holm, p_holm < ALPHA
    return found


def _of_row(columns: Mapping[str, Column], row: int) -> dict[str, float | None]:
    return {key: nullable(column[row]) for key, column in columns.items()}


def _contenders(prepared: Prepared, view: View, rows: Rows) -> Contenders:
    """The named models as contenders, on the scale of the whole pool."""
    scores = weighted_scores(prepared.standardised, view.weights)
    # Contenders keep their rows ascending, in whatever order the models were named.
    ascending = np.sort(rows)
    return Contenders(view, prepared, ascending, scores.of(ascending))


@router.get(
    "/v1/comparisons", summary="Compare models side by side", response_model=ComparisonAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def compare_models(
    request: Request, query: Annotated[ComparisonQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[ComparisonAnswer]:
    """Values, contributions and ranks of the named models, in the order named, and who is best on what.

    The filters leave none of the named models out: they say among which models each one's `rank` is. Differences are
    tested against the first model named, within measurement error.
    """
    named = query.models
    if len(set(named)) < len(named):
        raise ProblemError(
            422, "repeated_model", f"models is {','.join(named)[:200]!r}: a model is named twice.", "Name each once."
        )
    prepared, view = rankings.prepared_view(query.view())
    rows = np.array([known_row(prepared, model_id) for model_id in named])

    def document() -> ComparisonAnswer:
        result = rank_models(prepared, view.without_filters() if view.among == "all" else view)
        # Errors in the dimensions' own units depend on no normalisation, so that those of the default one serve.
        errors = measurement_errors(rankings.prepared_pool(view.pool))
        scaled = view.normalisation is not Norm.PERCENTILE
        scale = measurement_errors(prepared).standardised if scaled else {}
        differences = _differences(result, rows, errors.own)
        items = [
            ComparisonItem(
                **item,
                standardised=_of_row(prepared.standardised, row),
                standard_errors=_of_row(errors.own, row),
                standardised_errors=dict.fromkeys(errors.own) | _of_row(scale, row),
            )
            # Items are kept as text, which a ranking sends as it is; here they get three fields more.
            for row, item in zip(rows, orjson.loads(b"".join(result.items(rows))), strict=True)
        ]
        return ComparisonAnswer(
            data_version=prepared.origin.data_version,
            among=view.among,
            normalisation=view.normalisation.value,
            weights=dict(view.weights),
            items=items,
            dimensions=[_dimension(result, rows, key, own) for key, own in differences.items()],
            break_points=break_points(_contenders(prepared, view, rows)),
        )

    return json_response(Question(request, query.values(), prepared.origin.data_version), document)
