"""How sure a rank is, given that every value was measured on a finite number of images."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from jaxtyping import Int
from pydantic import BaseModel, BeforeValidator, Field

from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.contenders import Contenders
from backend.ranking.measurement_errors import MeasurementErrors, measurement_errors
from backend.ranking.parameters import number
from backend.ranking.pool import nullable
from backend.ranking.quantities import (
    Among,
    Confidence,
    DataVersion,
    Jitter,
    ModelId,
    ModelName,
    SampledCount,
    Score,
    ScoredCount,
    UsedSeed,
)
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.sampling import caller_check
from backend.ranking.view_queries import SampledQuery
from quba.deciding.rank_uncertainty import (
    ESTIMATE_BASIS,
    behind_best,
    score_standard_error,
    tiers,
)
from quba.deciding.stability import Acceptability, Extent, Noise, acceptability, fixed_weights, jittered_weights
from quba.ranking.normalisation import Normalisation
from quba.vocabulary import CONFIDENCE as BOUNDS
from quba.vocabulary import NO_JITTER

router = APIRouter(tags=["decisions"], route_class=CheckedRoute)


class RankIntervalQuery(SampledQuery):
    """The query of /v1/rank-intervals."""

    jitter: Annotated[float, Field(ge=NO_JITTER.lowest, le=NO_JITTER.highest), BeforeValidator(number)] = Field(
        NO_JITTER.default,
        description="The standard deviation of the logarithm of each sampled weight's factor, as for /v1/stability; "
        "0 keeps the weights fixed.",
    )
    confidence: Annotated[float, Field(ge=BOUNDS.lowest, le=BOUNDS.highest), BeforeValidator(number)] = Field(
        BOUNDS.default,
        description="The confidence level of the rank intervals and of the comparisons that separate tiers.",
    )


class RankIntervalItem(BaseModel):
    """One model and the ranks between which it lies."""

    model_id: ModelId
    name: ModelName
    rank: int = Field(
        description="The rank among the compared models, under the given weights and the values as they are."
    )
    score: Score
    standard_error: float | None = Field(
        description="The standard error of the score, with independent errors of the dimensions. It and the next "
        "seven fields are null where a measurement error is not known."
    )
    rank_low: int | None = Field(description="The best rank of the interval that holds `confidence` of the samples.")
    rank_high: int | None = Field(description="The worst rank of the interval that holds `confidence` of the samples.")
    p_first: float | None = Field(description="The share of the samples in which the model is first.")
    tier: int | None = Field(
        description="The tier, where 1 is the best; models of one tier cannot be distinguished from its best one."
    )
    behind: float | None = Field(
        description="The score of the best model minus this one's; 0 for the best itself, which is the "
        " first whose measurement error is known."
    )
    behind_low: float | None = Field(
        description="The lower end of the difference's interval at `confidence`; the first tier ends before the first "
        "model with one above 0."
    )
    behind_high: float | None = Field(description="The upper end of the difference's interval.")
    estimated: bool = Field(description="Whether an error among the weighted dimensions is an estimate.")
    standard_errors: dict[str, float | None] = Field(
        description="The standard error of each weighted dimension, in its unit; null where it is not known."
    )
    unknown: list[str] = Field(description="The weighted dimensions whose measurement error is not known.")


class TierItem(BaseModel):
    """Neighbours in the ranking that are in one tier; a model of unknown measurement error parts its neighbours."""

    tier: int = Field(description="The tier, where 1 is the best.")
    first_place: int = Field(
        description="The place of the first of them in the ranking, from 1; models of one rank are in the order of "
        "their names."
    )
    last_place: int = Field(description="The place of the last of them.")
    best_rank: int = Field(description="The rank of the first of them.")
    worst_rank: int = Field(description="The rank of the last of them.")


class RankIntervalAnswer(BaseModel):
    """Rank intervals and tiers."""

    data_version: DataVersion
    among: Among
    total: int = Field(description="The number of models that were compared; those without a score take no part.")
    draws: SampledCount
    jitter: Jitter
    seed: UsedSeed
    confidence: Confidence
    tier_count: int = Field(description="The number of tiers.")
    estimate_basis: dict[str, str] = Field(description="The basis of the estimated measurement errors, by dimension.")
    tiers: list[TierItem] = Field(
        description="The tiers of all scored models that were compared, as stretches of the ranking, best first."
    )
    scored: ScoredCount
    unknown_count: int = Field(description="The number of scored models of which a measurement error is not known.")
    items: list[RankIntervalItem] = Field(
        description="The scored models, best first; with `limit`, the first ones and those that `models` names."
    )


@router.get(
    "/v1/rank-intervals", summary="Rank intervals from measurement error", response_model=RankIntervalAnswer,
    responses=responses(304, 404, 422, 429, 503)
)  # fmt: skip
def list_rank_intervals(
    request: Request, query: Annotated[RankIntervalQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[RankIntervalAnswer]:
    """Samples every value within its measurement error, and the weights too where `jitter` is above 0.

    Published values came without errors: theirs are estimated from the study's image counts and rounding, and labelled.
    A value without an error, as imported ones without one are, makes its model's interval unknown; the others are
    compared with it as it stands.
    Only scored models are listed: those that pass the filters, compared with each other, or all with `among=all`.
    """
    view = query.view()
    if view.normalisation is Normalisation.PERCENTILE:
        raise ProblemError(
            422,
            "no_distances",
            "normalisation is percentile: percentile ranks keep no distances, so errors have no size in them.",
            "Choose another normalisation, such as zscore.",
        )
    prepared, view = rankings.prepared_view(view)
    contenders = Contenders.of(prepared, view)
    listed = contenders.listed_places(query.limit, query.models)
    draws = rankings.budget.draws(query.draws, contenders.scored_places.size, view.among)
    # As many as are drawn: an answer of before the operator changed the budget has another name.
    asked = {**query.values(), "draws": draws}

    def document() -> RankIntervalAnswer:
        errors = measurement_errors(prepared).of_rows(contenders.rows)
        score_error = score_standard_error(errors.standardised, view.weights)
        # A model of unknown error cannot be told from anybody, nor anybody from it.
        unsure = errors.unknown_under(view.weights)
        known = np.where(unsure, np.nan, contenders.scores.score)
        found_tiers = tiers(known, score_error, confidence=query.confidence)
        estimated = {key: bool(models.any()) for key, models in errors.estimated.items()}
        items = []
        # Where no model has a score there is nothing to rank in any sample.
        if contenders.scored_places.size:
            found = _ranks(contenders, errors, query, draws, Extent(listed, caller_check(request)))
            items = _items(contenders, errors, found, found_tiers, listed, query.confidence)
        return RankIntervalAnswer(
            **contenders.about(),
            draws=draws,
            jitter=query.jitter,
            seed=query.seed,
            confidence=query.confidence,
            tier_count=int(found_tiers.max(initial=0)),
            estimate_basis={key: basis for key, basis in ESTIMATE_BASIS.items() if estimated.get(key)},
            tiers=_tier_items(contenders, found_tiers),
            scored=int(contenders.scored_places.size),
            unknown_count=int(unsure[contenders.scored_places].sum()),
            items=items,
        )

    return json_response(Question(request, asked, prepared.origin.data_version), document, rankings.answers)


def _ranks(
    contenders: Contenders, errors: MeasurementErrors, query: RankIntervalQuery, draws: int, extent: Extent
) -> Acceptability:
    rng = np.random.default_rng(query.seed)
    weights = contenders.view.weights
    # Fixed weights need none sampled around them.
    certain = query.jitter == 0
    drawn = (
        fixed_weights(weights, draws=draws)
        if certain
        else jittered_weights(weights, rng=rng, draws=draws, spread=query.jitter)
    )
    noise = Noise(errors.standardised, rng)
    return acceptability(
        contenders.standardised_columns, drawn, noise=noise, k=1, confidence=query.confidence, extent=extent
    )


def _tier_items(contenders: Contenders, found_tiers: Int[np.ndarray, " contenders"]) -> list[TierItem]:
    """Each stretch of the ranking within one tier."""
    ranking = contenders.scored_places
    of_place, ranks = found_tiers[ranking], contenders.ranks[ranking]
    # No tier is -1, so that the first place always begins a stretch.
    starts = np.flatnonzero(np.diff(of_place, prepend=-1))
    ends = np.append(starts, ranking.size)[1:] - 1
    # Tier 0 marks a model of unknown error.
    return [
        TierItem(
            tier=int(of_place[start]),
            first_place=start + 1,
            last_place=end + 1,
            best_rank=int(ranks[start]),
            worst_rank=int(ranks[end]),
        )
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if of_place[start] > 0
    ]


def _items(
    contenders: Contenders,
    errors: MeasurementErrors,
    found: Acceptability,
    found_tiers: Int[np.ndarray, " contenders"],
    listed: Int[np.ndarray, " listed"],
    confidence: float,
) -> list[RankIntervalItem]:
    score_error = score_standard_error(errors.standardised, contenders.view.weights)
    weighted = [key for key, weight in contenders.view.weights.items() if weight]
    unsure = errors.unknown_under(contenders.view.weights)
    known = np.where(unsure, np.nan, contenders.scores.score)
    behind, low, high = behind_best(known, score_error, confidence=confidence)
    return [
        RankIntervalItem(
            model_id=contenders.model_ids[place],
            name=contenders.names[place],
            rank=int(contenders.ranks[place]),
            score=float(contenders.scores.score[place]),
            standard_error=None if unsure[place] else float(score_error[place]),
            rank_low=None if unsure[place] else int(found.low_rank[place]),
            rank_high=None if unsure[place] else int(found.high_rank[place]),
            p_first=None if unsure[place] else float(found.first[place]),
            tier=None if unsure[place] else int(found_tiers[place]),
            behind=nullable(behind[place]),
            behind_low=nullable(low[place]),
            behind_high=nullable(high[place]),
            estimated=any(bool(errors.estimated[key][place]) for key in weighted),
            standard_errors={key: nullable(errors.own[key][place]) for key in weighted},
            unknown=[key for key in weighted if errors.unknown[key][place]],
        )
        for place in listed.tolist()
    ]
