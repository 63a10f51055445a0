"""How far a model's rank depends on the normalisation and on whether flagged values count.

Each rank is the one that /v1/rankings gives under that choice and the same filters.
"""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from jaxtyping import Int
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.parameters import AMONG, FILTERS, POOL, WEIGHTING, fields_of
from backend.ranking.pool import Prepared
from backend.ranking.quantities import Among, DataVersion, ModelId, ModelName, Weights
from backend.ranking.query import View, default_normalisation
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from quba.ranking.normalisation import Normalisation
from quba.ranking.ranks import competition_ranks
from quba.ranking.score import score
from quba.vocabulary import QUALITIES

router = APIRouter(tags=["decisions"], route_class=CheckedRoute)
_POOL = {name: parameter for name, parameter in POOL.items() if name != "quality"}
_WEIGHTING = {name: parameter for name, parameter in WEIGHTING.items() if name != "normalisation"}
_Ranks = dict[str, dict[str, Int[np.ndarray, " models"]]]


class RankSpreadQuery(fields_of(_POOL, _WEIGHTING, FILTERS, AMONG), CheckedQuery):  # type: ignore[misc]
    """The query of /v1/rank-spread."""


class RankSpreadItem(BaseModel):
    """One model's ranks over the choices."""

    model_id: ModelId
    name: ModelName
    ranks: dict[str, dict[str, int | None]] = Field(
        description="The rank among the compared models by quality and normalisation; null where the model has no "
        "score or the filters leave it out. Screened ranks are among fewer models."
    )
    rank_low: int = Field(description="The best of all these ranks.")
    rank_high: int = Field(description="The worst of all these ranks.")
    spread: int = Field(description="The difference of `rank_high` and `rank_low`.")
    spread_by_normalisation: int | None = Field(
        description="The difference of worst and best rank over the normalisations, with all values."
    )


class RankSpreadAnswer(BaseModel):
    """Ranks under every normalisation, with all values and without flagged ones."""

    data_version: DataVersion
    among: Among
    normalisations: list[str] = Field(description="The normalisations under which the models were ranked.")
    weights: Weights
    scored: dict[str, int] = Field(
        description="The number of scored models among those compared, by quality, under the benchmark's own "
        "normalisation."
    )
    items: list[RankSpreadItem] = Field(
        description="The models, by rank under the benchmark's own normalisation and all values."
    )


@router.get(
    "/v1/rank-spread", summary="Ranks under every normalisation and quality", response_model=RankSpreadAnswer,
    responses=responses(304, 404, 422, 429, 503)
)  # fmt: skip
def get_rank_spread(
    request: Request, query: Annotated[RankSpreadQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[RankSpreadAnswer]:
    """The rank of each model under the given weights, for each way to put values on one scale and with screening.

    The filters act anew under each choice, as they do in /v1/rankings; `among=all` leaves them out.
    """
    origin, view = rankings.prepared_view(View.of({**query.values(), "quality": "all"}))
    prepared = {"all": origin, "screened": rankings.without_flagged(origin, view)[0]}

    def document() -> RankSpreadAnswer:
        used = _normalisations(origin)
        ranks = {quality: _ranks(prepared[quality], view, used) for quality in QUALITIES}
        usual = default_normalisation(view.pool.benchmark).value
        own = ranks["all"][usual]
        # By rank and then by name, for lexsort takes the last key first; what has no rank comes behind all others.
        order = np.lexsort((origin.name_order, np.where(own == 0, own.size + 1, own)))
        items = (_item(origin, row, ranks) for row in order.tolist())
        return RankSpreadAnswer(
            data_version=origin.origin.data_version,
            among=view.among,
            normalisations=[each.value for each in used],
            weights=dict(view.weights),
            scored={quality: int((by[usual] > 0).sum()) for quality, by in ranks.items()},
            items=[item for item in items if item is not None],
        )

    return json_response(Question(request, query.values(), origin.origin.data_version), document, rankings.answers)


def _normalisations(prepared: Prepared) -> list[Normalisation]:
    """All of them, but for published norms that were not taken on this benchmark, and the floor of one's own."""
    usual = default_normalisation(prepared.origin.benchmark)
    foreign = {Normalisation.PUBLISHED, Normalisation.POOL} - {usual}
    return [each for each in Normalisation if each not in foreign]


def _ranks(prepared: Prepared, view: View, used: list[Normalisation]) -> dict[str, Int[np.ndarray, " models"]]:
    """By normalisation, the ranks among the models that pass the filters under it; 0 for the others."""
    found = {}
    for each in used:
        scores = score(prepared.standardised_under(each), view.weights).score
        # Anew under each: a limit on the score lets other models through on another scale.
        passing = True if view.among == "all" else prepared.mask(view.filters, scores)
        found[each.value] = competition_ranks(np.where(passing, scores, np.nan))
    return found


def _item(origin: Prepared, row: int, ranks: _Ranks) -> RankSpreadItem | None:
    """The ranks of one model, or None where it has no score anywhere."""
    by_quality = {quality: {name: int(rank[row]) or None for name, rank in by.items()} for quality, by in ranks.items()}
    every = [rank for by in by_quality.values() for rank in by.values() if rank is not None]
    if not every:
        return None
    all_values = [rank for rank in by_quality["all"].values() if rank is not None]
    return RankSpreadItem(
        model_id=origin.models[row].id,
        name=origin.names[row],
        ranks=by_quality,
        rank_low=min(every),
        rank_high=max(every),
        spread=max(every) - min(every),
        spread_by_normalisation=max(all_values) - min(all_values) if all_values else None,
    )
