"""How sure a ranking is: what becomes of it when the weights change a little."""

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from jaxtyping import Int
from pydantic import BaseModel, BeforeValidator, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.contenders import Contenders
from backend.ranking.parameters import number
from backend.ranking.pool import Prepared, nullable
from backend.ranking.quantities import (
    Among,
    Confidence,
    DataVersion,
    FromWeight,
    Jitter,
    ModelId,
    ModelName,
    SampledCount,
    ScoredCount,
    ToWeight,
    UsedSeed,
)
from backend.ranking.query import View
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.sampling import caller_check
from backend.ranking.sentences import stability_sentence
from backend.ranking.view_queries import SampledQuery
from quba.deciding.break_points import reigns
from quba.deciding.stability import Acceptability, Extent, acceptability, any_weights, jittered_weights
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.errors import require_rank
from quba.ranking.score import weighted_scores
from quba.vocabulary import AROUND, JITTER, TOP_K

router = APIRouter(tags=["decisions"], route_class=CheckedRoute)
CONFIDENCE = 0.9
_TOP_K = TOP_K.default
# More could not each be first in one of a hundred draws.
_MOST_WINNERS = 100


class StabilityQuery(SampledQuery):
    """The query of /v1/stability."""

    around: Literal[AROUND] = Field(  # type: ignore[valid-type]
        AROUND[0],
        description="The sampling of weights: `weights` samples around the given ones, `anything` samples uniformly "
        "over all weightings.",
    )
    jitter: Annotated[float, Field(gt=JITTER.lowest, le=JITTER.highest), BeforeValidator(number)] = Field(
        JITTER.default, description="The standard deviation of the logarithm of each sampled weight's factor."
    )
    top_k: Annotated[int, Field(ge=TOP_K.lowest, le=TOP_K.highest), BeforeValidator(number)] | None = Field(
        None,
        description="The k of the top k, whose probability is given as `p_top_k`. Default: "
        f"{TOP_K.default}, or the last rank of a smaller pool.",
    )


class StabilityItem(BaseModel):
    """One model over all sampled weights."""

    model_id: ModelId
    name: ModelName
    rank: int = Field(description="The rank among the compared models, under the given weights.")
    p_first: float = Field(description="The share of the sampled weights under which the model is first.")
    p_top_k: float = Field(description="The share of the sampled weights under which the model is in the top k.")
    rank_low: int = Field(description="The best rank of the interval that holds `confidence` of the samples.")
    rank_high: int = Field(description="The worst rank of the interval that holds `confidence` of the samples.")
    central_weights: dict[str, float | None] = Field(
        description="The mean of the sampled weights that make the model first, as shares; null where none does."
    )


class WinnerItem(BaseModel):
    """A model that is first under some of the sampled weights."""

    model_id: ModelId
    name: ModelName
    rank: int = Field(description="The rank among the compared models, under the given weights.")
    p_first: float = Field(description="The share of the sampled weights under which the model is first.")


class ReignItem(BaseModel):
    """An interval of one weight in which one model leads."""

    from_weight: FromWeight
    to_weight: ToWeight
    leader: str = Field(description="The identifier of the model that leads in the interval.")
    leader_name: str = Field(description="The name of that model.")
    current: bool = Field(
        description="Whether the given weight lies in this stretch; at a break-point, the lower stretch counts."
    )


class StabilityAnswer(BaseModel):
    """Rank acceptability over sampled weights, and the exact weights at which the leader changes."""

    data_version: DataVersion
    among: Among
    total: int = Field(description="The number of models that were compared; those without a score take no part.")
    around: str = Field(
        description="The sampling of weights: `weights` around the given ones, or `anything` "
        "uniformly over all weightings."
    )
    draws: SampledCount
    jitter: Jitter
    seed: UsedSeed
    top_k: int = Field(description="The k of `p_top_k`, 1 or more.")
    confidence: Confidence
    sentence: str = Field(
        description="The sentence that says how often the leader leads and which other model leads most often; empty "
        "for fewer than two models."
    )
    scored: ScoredCount
    winners: list[WinnerItem] = Field(
        description=f"The models that are first most often, whatever their rank, at most {_MOST_WINNERS}."
    )
    items: list[StabilityItem] = Field(
        description="The scored models, best first; with `limit`, the first ones and those that `models` names."
    )
    break_points: dict[str, list[ReignItem]] = Field(
        description="The leader from each weight on, by dimension, with the other weights unchanged."
    )


@router.get(
    "/v1/stability", summary="Stability of a ranking under sampled weights", response_model=StabilityAnswer,
    responses=responses(304, 404, 422, 429, 503)
)  # fmt: skip
def get_stability(
    request: Request, query: Annotated[StabilityQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[StabilityAnswer]:
    """Stochastic multicriteria acceptability analysis: samples weights and counts the ranks of the scored models.

    The models that pass the filters are compared with each other, on the scale of the whole pool; `among=all` compares
    all models. Fewer scored models than `top_k` lower it to their number.
    """
    prepared, view = rankings.prepared_view(query.view())
    contenders = Contenders.of(prepared, view)
    listed = contenders.listed_places(query.limit, query.models)
    draws = rankings.budget.draws(query.draws, contenders.scored_places.size, view.among)
    # As many as are drawn: an answer of before the operator changed the budget has another name.
    asked = {**query.values(), "draws": draws}
    # Against the whole pool, so that narrowing a filter never turns a valid question into a refused one.
    require_rank(query.top_k or 1, _score_count(prepared, view))

    def document() -> StabilityAnswer:
        # A filter may leave fewer models than were asked for: the top of three is at most the top 3.
        top_k = min(query.top_k or _TOP_K, max(1, contenders.scored_places.size))
        extent = Extent(listed, caller_check(request))
        found = _acceptability(contenders, query, draws, top_k, extent) if contenders.scored_places.size else None
        return StabilityAnswer(
            **contenders.about(),
            around=query.around,
            draws=draws,
            jitter=query.jitter,
            seed=query.seed,
            top_k=top_k,
            confidence=CONFIDENCE,
            sentence="" if found is None else stability_sentence(found, contenders, query.around),
            scored=int(contenders.scored_places.size),
            winners=[] if found is None else _winners(found, contenders),
            items=[] if found is None else _items(found, contenders, listed),
            break_points=break_points(contenders),
        )

    return json_response(Question(request, asked, prepared.origin.data_version), document, rankings.answers)


def _score_count(prepared: Prepared, view: View) -> int:
    return int((~np.isnan(weighted_scores(prepared.standardised, view.weights).score)).sum())


def _acceptability(
    contenders: Contenders, query: StabilityQuery, draws: int, top_k: int, extent: Extent
) -> Acceptability:
    # A generator of its own for every answer: one that is shared would make answers depend on who asked before.
    rng = np.random.default_rng(query.seed)
    if query.around == "anything":
        drawn = any_weights(rng=rng, draws=draws, keys=_dividing_keys(contenders.view))
    else:
        drawn = jittered_weights(contenders.view.weights, rng=rng, draws=draws, spread=query.jitter)
    return acceptability(contenders.standardised_columns, drawn, k=top_k, confidence=CONFIDENCE, extent=extent)


def _dividing_keys(view: View) -> tuple[str, ...]:
    """Among which dimensions of the pool any weighting divides: the study's, and those beyond that it weighs."""
    return tuple(key for key, weight in view.weights.items() if weight or key in STUDY_DIMENSIONS)


def _winners(found: Acceptability, contenders: Contenders) -> list[WinnerItem]:
    """Who is first most often; of those that are as often, who ranks higher."""
    first = np.nan_to_num(found.first[contenders.scored_places])
    order = np.argsort(-first, kind="stable")[:_MOST_WINNERS]
    return [
        WinnerItem(
            model_id=contenders.model_ids[place],
            name=contenders.names[place],
            rank=int(contenders.ranks[place]),
            p_first=float(found.first[place]),
        )
        for place in contenders.scored_places[order[first[order] > 0]].tolist()
    ]


def _items(found: Acceptability, contenders: Contenders, listed: Int[np.ndarray, " listed"]) -> list[StabilityItem]:
    return [
        StabilityItem(
            model_id=contenders.model_ids[place],
            name=contenders.names[place],
            rank=int(contenders.ranks[place]),
            p_first=float(found.first[place]),
            p_top_k=float(found.top[place]),
            rank_low=int(found.low_rank[place]),
            rank_high=int(found.high_rank[place]),
            central_weights={
                key: nullable(weight)
                for key, weight in zip(DIMENSIONS, found.central_weights[place], strict=True)
                if key in contenders.view.weights
            },
        )
        for place in listed.tolist()
        # Rank 0 marks a model that no sample ranked.
        if found.low_rank[place] > 0
    ]


def break_points(contenders: Contenders) -> dict[str, list[ReignItem]]:
    """Who of the contenders leads at which weight of each dimension, the other weights staying as they are."""
    weights = contenders.view.weights
    # Models without a fact take no part where it moves, so that without a weight another would seem to lead.
    found = {key: _reigns(contenders, key) for key, weight in weights.items() if weight or not DIMENSIONS[key].of_facts}
    # On a dimension beyond the study's that no model has a value of, nobody leads, and nobody expects anyone to.
    return {key: each for key, each in found.items() if each or key in STUDY_DIMENSIONS}


def _reigns(contenders: Contenders, key: str) -> list[ReignItem]:
    weight = contenders.view.weights[key]
    found = reigns(contenders.standardised_columns, contenders.view.weights, key)
    # The first that fits: at a break-point two stretches touch, and the lower one counts.
    current = next((reign for reign in found if reign.low <= weight <= reign.high), None)
    return [
        ReignItem(
            from_weight=reign.low,
            # JSON has no infinity.
            to_weight=None if np.isinf(reign.high) else reign.high,
            leader=contenders.model_ids[reign.leader],
            leader_name=contenders.names[reign.leader],
            current=reign is current,
        )
        for reign in found
    ]
