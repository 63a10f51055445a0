"""How far a model's rank depends on the normalisation and on whether flagged values count.

Each rank is the one that /v1/rankings gives under that choice and the same filters.
"""

from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response
from jaxtyping import Int
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.parameters import AMONG, FILTERS, POOL, WEIGHTING, ParameterSet
from backend.ranking.pool import Prepared
from backend.ranking.query import View, default_normalisation
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import Question, json_response
from quba.ranking.normalisation import Normalisation, standardise
from quba.ranking.ranks import competition_ranks
from quba.ranking.score import score
from quba.vocabulary import QUALITIES

router = APIRouter(tags=["decisions"])
_POOL = {name: parameter for name, parameter in POOL.items() if name != "quality"}
_WEIGHTING = {name: parameter for name, parameter in WEIGHTING.items() if name != "normalisation"}
_PARAMETERS = ParameterSet("RankSpreadParameters", _POOL, _WEIGHTING, FILTERS, AMONG)
_Ranks = dict[str, dict[str, Int[np.ndarray, " models"]]]


class RankSpreadItem(BaseModel):
    """One model's ranks over the choices."""

    model_id: str
    name: str
    ranks: dict[str, dict[str, int | None]] = Field(
        description="quality -> normalisation -> rank among the compared models; null where the model has no score or "
        "the filters leave it out. Screened ranks are among fewer models."
    )
    rank_low: int = Field(description="Best of all these ranks.")
    rank_high: int = Field(description="Worst of them.")
    spread: int = Field(description="rank_high less rank_low.")
    spread_by_normalisation: int | None = Field(description="The same over the normalisations, with all values.")


class RankSpreadAnswer(BaseModel):
    """Ranks under every normalisation, with all values and without flagged ones."""

    data_version: str
    among: str = Field(description="Which models were compared: `filtered` or `all`.")
    normalisations: list[str]
    weights: dict[str, float]
    scored: dict[str, int] = Field(
        description="Scored models among those compared, by quality, under the benchmark's own normalisation."
    )
    items: list[RankSpreadItem] = Field(description="By rank under the benchmark's own normalisation and all values.")


@router.get(
    "/v1/rank-spread", summary="Ranks under every normalisation and screening", response_model=RankSpreadAnswer,
    responses=responses(304, 404, 422, 429, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def rank_spread(request: Request, rankings: CurrentRankings) -> Response:
    """The rank of each model under the given weights, for each way to put values on one scale and with screening.

    The filters act anew under each choice, as they do in /v1/rankings; `among=all` leaves them out.
    """
    values = _PARAMETERS.from_query(request)
    view = View.of({**values, "quality": "all"})
    origin = rankings.prepared(view.pool, view.normalisation)
    prepared = {"all": origin, "screened": rankings.screened(origin, view)[0]}

    def document() -> dict[str, Any]:
        used = _normalisations(view.pool.benchmark)
        ranks = {quality: _ranks(prepared[quality], view, used) for quality in QUALITIES}
        usual = default_normalisation(view.pool.benchmark).value
        own = ranks["all"][usual]
        order = np.lexsort((origin.name_order, np.where(own == 0, own.size + 1, own)))
        items = (_item(int(row), ranks) for row in order)
        return {
            "data_version": origin.origin.data_version,
            "among": view.among,
            "normalisations": [each.value for each in used],
            "weights": dict(view.weights),
            "scored": {quality: int((by[usual] > 0).sum()) for quality, by in ranks.items()},
            "items": [
                {"model_id": origin.models[row].id, "name": origin.names[row], **item}
                for row, item in zip(order, items, strict=True)
                if item is not None
            ],
        }

    return json_response(Question(request, values, origin.origin.data_version), document, rankings.answers)


def _normalisations(benchmark: str) -> list[Normalisation]:
    """All of them, but for published norms that were not taken on this benchmark."""
    foreign = default_normalisation(benchmark) is not Normalisation.PUBLISHED
    return [each for each in Normalisation if not (foreign and each is Normalisation.PUBLISHED)]


def _ranks(prepared: Prepared, view: View, used: list[Normalisation]) -> dict[str, Int[np.ndarray, " models"]]:
    """By normalisation, the ranks among the models that pass the filters under it; 0 for the others."""
    found = {}
    for each in used:
        scores = score(standardise(prepared.snapshot.columns, each, prepared.among), view.weights).score
        passing = True if view.among == "all" else prepared.mask(view.filters, scores)
        found[each.value] = competition_ranks(np.where(passing, scores, np.nan))
    return found


def _item(row: int, ranks: _Ranks) -> dict[str, Any] | None:
    """The ranks of one model, or None where it has no score anywhere."""
    told = {quality: {name: int(rank[row]) or None for name, rank in by.items()} for quality, by in ranks.items()}
    every = [rank for by in told.values() for rank in by.values() if rank is not None]
    if not every:
        return None
    all_values = [rank for rank in told["all"].values() if rank is not None]
    return {
        "ranks": told,
        "rank_low": min(every),
        "rank_high": max(every),
        "spread": max(every) - min(every),
        "spread_by_normalisation": max(all_values) - min(all_values) if all_values else None,
    }
