"""What a decision record says, gathered for one view; its written forms are made from this alone."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
from jaxtyping import Int

from backend.decision_record.reproduction import reproduction
from backend.decision_record.schema import (
    DecisionRecord,
    Doubt,
    Excluded,
    ExcludedReason,
    HowSure,
    LeaderKeeps,
    RecordIngredients,
    RecordItem,
    RecordModels,
    RecordView,
    RecordWeight,
)
from backend.imports.citation import CITATION
from backend.ranking.contenders import Contenders
from backend.ranking.headline import headline
from backend.ranking.ingredients import ingredient_counts
from backend.ranking.measurement_errors import measurement_errors
from backend.ranking.notices import notices
from backend.ranking.pool import Prepared
from backend.ranking.query import View
from backend.ranking.ranked import Ranked, rank_models
from backend.ranking.sentences import stability_sentence
from quba import vocabulary as bounds
from quba.deciding.break_points import reigns
from quba.deciding.explanation import gap, sentence
from quba.deciding.rank_uncertainty import ESTIMATE_BASIS
from quba.deciding.stability import Extent, Noise, acceptability, fixed_weights, jittered_weights
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation
from quba.ranking.presets import PRESETS

# The service's own default, so that the record and the page Stability say the same.
JITTER = bounds.JITTER.default
SEED = 0
CONFIDENCE = 0.9
# A name for each is read; a list of hundreds is not, and the count stands beside it.
_NAMED_WITHOUT_SCORE = 20
_Rows = Int[np.ndarray, " rows"]


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How a record's certainty is sampled, and for how many models.

    Attributes:
        top: how many models to list.
        draws: from how many models are compared, how many weightings are sampled.
        at_block: called between blocks of draws; what it raises ends the work.
    """

    top: int
    draws: Callable[[int], int]
    at_block: Callable[[], None]


def decision_record(
    prepared: Prepared, view: View, screened: Contenders, *, sampling: Sampling, address: str, query: Mapping[str, str]
) -> DecisionRecord:
    """Gather the record of a view.

    Args:
        prepared: the view's pool.
        view: the question.
        screened: the models that it compares without flagged values.
        sampling: how many models to list, and how their certainty is sampled.
        address: where the service is reached, for the calls that ask the same again.
        query: the view's parameters, those that are not the default.
    """
    result, contenders = rank_models(prepared, view), Contenders.of(prepared, view)
    # Rank 0 is unscored: such models are counted among the excluded and never listed.
    listed = result.rows[result.rank[result.rows] > 0]
    top = listed[: sampling.top]
    sure, intervals = _how_sure(contenders, top, sampling)
    first_lines = headline(contenders, screened)
    return DecisionRecord(
        headline=first_lines.sentence,
        doubt=first_lines.doubt,
        data_version=prepared.origin.data_version,
        view=_view(prepared, view, query),
        models=RecordModels(pool=len(prepared.models), passing=len(result.rows), scored=len(listed)),
        top=[_item(result, row, intervals[row]) for row in top.tolist()],
        why=_why(contenders),
        how_sure=sure,
        excluded=_exclusions(result),
        doubts=_doubts(prepared, top),
        ingredients=[
            RecordIngredients(dimension=key, digest=digest, models=count)
            for key, counts in ingredient_counts(prepared, view.weights).items()
            for digest, count in counts.items()
        ],
        notices=notices(prepared, view),
        citation=CITATION,
        reproduce=reproduction(address, query, sampling.top),
    )


def _view(prepared: Prepared, view: View, query: Mapping[str, str]) -> RecordView:
    shares = view.shares
    return RecordView(
        benchmark=view.pool.benchmark,
        benchmark_digest=prepared.origin.digest,
        dimensions=list(prepared.snapshot.dimensions),
        coverage=prepared.coverage,
        protocol=view.pool.protocol,
        quality=view.pool.quality,
        normalisation=view.normalisation.value,
        normalisation_meaning=view.normalisation.description,
        preset=view.preset,
        preset_meaning=PRESETS[view.preset].description,
        weights={key: RecordWeight(weight=weight, share=shares[key]) for key, weight in view.weights.items()},
        filters=_filters(view),
        query=dict(query),
    )


def _filters(view: View) -> list[str]:
    """The filters in words."""
    words = [f"{field} is {' or '.join(accepted)}" for field, accepted in view.filters.choices.items()]
    for key, (low, high) in view.filters.ranges.items():
        words += [f"{key} at least {low:g}"] if low is not None else []
        words += [f"{key} at most {high:g}"] if high is not None else []
    return words + ([f"named like {' '.join(view.filters.words)}"] if view.filters.words else [])


class _Intervals(TypedDict):
    """A model's certainty, under nearby weights and within its measurement errors."""

    p_first: float
    rank_low: int
    rank_high: int
    measured_rank_low: int | None
    measured_rank_high: int | None


def _how_sure(contenders: Contenders, top: _Rows, sampling: Sampling) -> tuple[HowSure, dict[int, _Intervals]]:
    """Rank intervals by row of the top, under nearby weights and within measurement error, among those compared."""
    view, scored = contenders.view, contenders.scored_places
    draws = sampling.draws(int(scored.size))
    sure = HowSure(
        among=view.among, compared=int(scored.size), sentence="", jitter=JITTER, draws=draws, seed=SEED,
        confidence=CONFIDENCE, leader_keeps=[], measurement_note=None,
    )  # fmt: skip
    if scored.size == 0:
        return sure, {}
    # A fixed seed: a record that is printed twice must say the same.
    sampled = jittered_weights(view.weights, rng=np.random.default_rng(SEED), draws=draws, spread=JITTER)
    listed = np.flatnonzero(np.isin(contenders.rows, top))
    extent = Extent(listed, sampling.at_block)
    nearby = acceptability(contenders.standardised_columns, sampled, k=1, confidence=CONFIDENCE, extent=extent)
    sure.sentence = stability_sentence(nearby, contenders, "weights")
    sure.leader_keeps = _leader_keeps(contenders)
    by_row = {
        int(contenders.rows[place]): _Intervals(
            p_first=float(nearby.first[place]), rank_low=int(nearby.low_rank[place]),
            rank_high=int(nearby.high_rank[place]), measured_rank_low=None, measured_rank_high=None,
        )
        for place in listed.tolist()
    }  # fmt: skip
    sure.measurement_note = _add_measured(by_row, contenders, draws, extent)
    return sure, by_row


def _add_measured(by_row: dict[int, _Intervals], contenders: Contenders, draws: int, extent: Extent) -> str:
    """Add the intervals within measurement error to those of nearby weights, and say what the errors rest on."""
    view, scored = contenders.view, contenders.scored_places
    # Said in words rather than left out, or the reader would take the missing interval for certainty.
    if view.normalisation is Normalisation.PERCENTILE:
        return "Percentile ranks keep no distances, so measurement errors have no size in them."
    errors = measurement_errors(contenders.prepared).of_rows(contenders.rows)
    noise = Noise(errors.standardised, np.random.default_rng(SEED))
    measured = acceptability(
        contenders.standardised_columns, fixed_weights(view.weights, draws=draws), noise=noise, k=1,
        confidence=CONFIDENCE, extent=extent,
    )  # fmt: skip
    unsure = errors.unknown_under(view.weights)
    for row, intervals in by_row.items():
        place = int(np.searchsorted(contenders.rows, row))
        # An interval from the errors that happen to be known would be too narrow.
        if not unsure[place]:
            intervals["measured_rank_low"] = int(measured.low_rank[place])
            intervals["measured_rank_high"] = int(measured.high_rank[place])
    note = _measurement_note(view, errors.estimated, scored)
    if unsure.any():
        note += (
            f" For {int(unsure.sum())} of the {unsure.size} models, the error of a weighted value is not known: "
            "they have no such interval."
        )
    return note


def _measurement_note(view: View, estimated: Mapping[str, np.ndarray[Any, Any]], scored: _Rows) -> str:
    used = [key for key, weight in view.weights.items() if weight and estimated[key][scored].any()]
    if not used:
        return "All standard errors were measured."
    return (
        "Published values came without standard errors; they are estimated: "
        + "; ".join(f"{DIMENSIONS[key].label}: {ESTIMATE_BASIS[key]}" for key in used)
        + "."
    )


def _leader_keeps(contenders: Contenders) -> list[LeaderKeeps]:
    """Per weighted dimension, from which to which weight today's leader leads."""
    found = []
    weights, leader = contenders.view.weights, int(contenders.scored_places[0])
    for key, weight in weights.items():
        if not weight:
            continue
        # Closed at both ends, so that one of the stretches always holds today's weight.
        around = [one for one in reigns(contenders.standardised_columns, weights, key) if one.low <= weight <= one.high]
        # Where today's weight is a break-point itself, two stretches meet there: the leader's own counts.
        reign = next((one for one in around if one.leader == leader), around[0])
        high = None if np.isinf(reign.high) else reign.high
        found.append(LeaderKeeps(dimension=key, weight=weight, from_weight=reign.low, to_weight=high))
    return found


def _item(result: Ranked, row: int, intervals: _Intervals) -> RecordItem:
    prepared = result.prepared
    return RecordItem(
        rank=int(result.rank[row]),
        overall_rank=int(result.overall_rank[row]),
        model_id=prepared.models[row].id,
        name=prepared.names[row],
        licence=prepared.models[row].licence,
        commercial_use=prepared.models[row].commercial_use,
        macs_billions=prepared.models[row].macs_billions,
        score=float(result.scores.score[row]),
        contributions=result.scores.contributions(row),
        scores=prepared.scores_of(row),
        **intervals,
    )


def _why(contenders: Contenders) -> list[str]:
    """The leader against the next models, in a sentence each."""
    first, *others = contenders.scored_places[:4].tolist() or [None]
    return [sentence(gap(contenders.scores, first, place), contenders.names) for place in others]


def _exclusions(result: Ranked) -> Excluded:
    prepared = result.prepared
    without = [int(row) for row in result.rows if result.rank[row] == 0]
    weighted = {key for key, weight in result.view.weights.items() if weight}
    reasons = Counter(
        # Only reasons under a weight: a value that nobody asked for excludes no model.
        (key, reason)
        for row in without
        for key, reason in prepared.snapshot.missing_reasons(row, weighted).items()
        if key in weighted
    )
    return Excluded(
        by_filters=len(prepared.models) - len(result.rows),
        without_score=len(without),
        without_score_names=[prepared.names[row] for row in without[:_NAMED_WITHOUT_SCORE]],
        reasons=[
            ExcludedReason(dimension=key, reason=reason.value, meaning=Missing(reason).meaning, models=count)
            for (key, reason), count in reasons.most_common()
        ],
    )


def _doubts(prepared: Prepared, top: _Rows) -> list[Doubt]:
    """Flagged values among the models listed."""
    return [
        Doubt(model_id=prepared.models[row].id, name=prepared.names[row], dimension=key, flags=list(flags))
        for row in top.tolist()
        for key, flags in prepared.snapshot.flags[row].items()
        if not np.isnan(prepared.snapshot.columns[key][row])
    ]
