"""What a decision record says, gathered for one view; its written forms are made from this alone."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from backend.record.reproduction import reproduction
from backend.record.shape import DecisionRecord
from backend.study.citation import CITATION
from backend.view.errors_of_measurement import measurement_errors
from backend.view.prepared import Prepared
from backend.view.ranking import Ranked, ranked
from backend.view.view import View
from quba.break_points import reigns
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.explanation import gap, sentence
from quba.normalisation import Normalisation
from quba.presets import PRESETS
from quba.rank_uncertainty import ESTIMATE_BASIS, rank_intervals
from quba.stability import Noise, acceptability, jittered_weights

JITTER = 0.25
DRAWS = 10_000
SEED = 0
CONFIDENCE = 0.9
_NAMED_WITHOUT_SCORE = 20
_Rows = Int[np.ndarray, " rows"]


def decision_record(
    prepared: Prepared, view: View, *, top: int, address: str, query: Mapping[str, str]
) -> DecisionRecord:
    """Gather the record of a view.

    Args:
        prepared: the view's pool.
        view: the question.
        top: how many models to list.
        address: where the service is reached, for the calls that ask the same again.
        query: the view's parameters, those that are not the default.
    """
    result = ranked(prepared, view)
    scored = result.rows[result.rank[result.rows] > 0]
    sure = _how_sure(prepared, view, scored)
    return DecisionRecord.model_validate(
        {
            "headline": _headline(result, scored, sure),
            "data_version": prepared.origin.data_version,
            "view": _view(view, query),
            "models": {
                "pool": len(prepared.models),
                "passing": len(result.rows),
                "scored": len(scored),
            },
            "top": [_item(result, int(row), sure) for row in scored[:top]],
            "why": _why(result, scored),
            "how_sure": {name: part for name, part in sure.items() if name != "by_row"},
            "excluded": _excluded(result),
            "doubts": _doubts(prepared, scored[:top]),
            "citation": CITATION,
            "reproduce": reproduction(address, query, top),
        }
    )


def _view(view: View, query: Mapping[str, str]) -> dict[str, Any]:
    shares = view.shares
    return {
        "benchmark": view.pool.benchmark,
        "protocol": view.pool.protocol,
        "quality": view.pool.quality,
        "normalisation": view.normalisation.value,
        "normalisation_meaning": view.normalisation.description,
        "preset": view.preset,
        "preset_meaning": PRESETS[view.preset].description,
        "weights": {key: {"weight": weight, "share": shares[key]} for key, weight in view.weights.items()},
        "filters": _filters(view),
        "query": dict(query),
    }


def _filters(view: View) -> list[str]:
    """The filters in words."""
    words = [f"{field} is {' or '.join(accepted)}" for field, accepted in view.filters.choices.items()]
    for key, (low, high) in view.filters.ranges.items():
        words += [f"{key} at least {low:g}"] if low is not None else []
        words += [f"{key} at most {high:g}"] if high is not None else []
    return words + ([f"named like {' '.join(view.filters.words)}"] if view.filters.words else [])


def _how_sure(prepared: Prepared, view: View, scored: _Rows) -> dict[str, Any]:
    """Rank intervals among the kept models under nearby weights and under errors of measurement; break-points."""
    told: dict[str, Any] = {
        "jitter": JITTER, "draws": DRAWS, "seed": SEED, "confidence": CONFIDENCE, "leader_keeps": [],
        "measurement_note": None, "by_row": {},
    }  # fmt: skip
    if scored.size == 0:
        return told
    kept = {key: column[scored] for key, column in prepared.standardised.items()}
    drawn = jittered_weights(view.weights, rng=np.random.default_rng(SEED), draws=DRAWS, spread=JITTER)
    nearby = acceptability(kept, drawn, k=1, confidence=CONFIDENCE)
    told["leader_keeps"] = _leader_keeps(kept, view)
    told["by_row"] = {
        int(row): {"p_first": float(first), "rank_low": int(low), "rank_high": int(high)}
        for row, first, low, high in zip(scored, nearby.first, nearby.low_rank, nearby.high_rank, strict=True)
    }
    if view.normalisation is Normalisation.PERCENTILE:
        told["measurement_note"] = "Percentile ranks keep no distances, so errors of measurement have no size in them."
        return told
    errors = measurement_errors(prepared, view.normalisation)
    noise = Noise({key: error[scored] for key, error in errors.standardised.items()}, np.random.default_rng(SEED))
    measured = rank_intervals(kept, view.weights, noise, draws=DRAWS, k=1, confidence=CONFIDENCE)
    unsure = errors.unknown_under(view.weights)[scored]
    for place, row in enumerate(scored.tolist()):
        if unsure[place]:
            continue
        told["by_row"][row] |= {
            "measured_rank_low": int(measured.low_rank[place]),
            "measured_rank_high": int(measured.high_rank[place]),
        }
    told["measurement_note"] = _measurement_note(view, errors.estimated, scored)
    if unsure.any():
        told["measurement_note"] += (
            f" For {int(unsure.sum())} of the {unsure.size} models, the error of a weighted value is not known: "
            "they have no such interval."
        )
    return told


def _measurement_note(view: View, estimated: Mapping[str, np.ndarray[Any, Any]], scored: _Rows) -> str:
    used = [key for key, weight in view.weights.items() if weight and estimated[key][scored].any()]
    if not used:
        return "All standard errors were measured."
    return (
        "Published values came without standard errors; they are estimated: "
        + "; ".join(f"{DIMENSIONS[key].label}: {ESTIMATE_BASIS[key]}" for key in used)
        + "."
    )


def _leader_keeps(kept: Mapping[str, Float[np.ndarray, " models"]], view: View) -> list[dict[str, Any]]:
    """Per weighted dimension, from which to which weight today's leader leads."""
    told = []
    for key, weight in view.weights.items():
        if not weight:
            continue
        around = [one for one in reigns(kept, view.weights, key) if one.low <= weight <= one.high]
        # Where today's weight is a break-point itself, two stretches meet there: the leader's own counts.
        reign = next((one for one in around if one.leader == 0), around[0])
        high = None if np.isinf(reign.high) else reign.high
        told.append({"dimension": key, "weight": weight, "from_weight": reign.low, "to_weight": high})
    return told


def _headline(result: Ranked, scored: _Rows, sure: Mapping[str, Any]) -> str:
    names, scores = result.prepared.names, result.scores.score
    if len(result.rows) == 0:
        return "No model passes the filters."
    if scored.size == 0:
        return "No model that passes the filters has a value on every weighted dimension."
    first = int(scored[0])
    share = f"first in {sure['by_row'][first]['p_first']:.0%} of nearby weightings"
    if scored.size == 1:
        return f"{names[first]} is the only scored model, with {scores[first]:.2f}."
    second = int(scored[1])
    lead = scores[first] - scores[second]
    if result.rank[second] == 1:
        return f"{names[first]} and {names[second]} tie with {scores[first]:.2f}; {share}."
    decimals = max(2, -int(np.floor(np.log10(lead))))
    return f"{names[first]} leads with {scores[first]:.2f}, ahead of {names[second]} by {lead:.{decimals}f}; {share}."


def _item(result: Ranked, row: int, sure: Mapping[str, Any]) -> dict[str, Any]:
    prepared = result.prepared
    return {
        "rank": int(result.rank[row]),
        "overall_rank": int(result.overall_rank[row]),
        "model_id": prepared.models[row].id,
        "name": prepared.names[row],
        "score": float(result.scores.score[row]),
        "contributions": {key: float(part[row]) for key, part in result.scores.contributions.items()},
        "scores": prepared.scores_of(row),
        "measured_rank_low": None,
        "measured_rank_high": None,
        **sure["by_row"][row],
    }


def _why(result: Ranked, scored: _Rows) -> list[str]:
    """The leader against the next models, in a sentence each."""
    return [sentence(gap(result.scores, int(scored[0]), int(row)), result.prepared.names) for row in scored[1:4]]


def _excluded(result: Ranked) -> dict[str, Any]:
    prepared = result.prepared
    without = [int(row) for row in result.rows if result.rank[row] == 0]
    weighted = {key for key, weight in result.view.weights.items() if weight}
    reasons = Counter(
        (key, reason) for row in without for key, reason in prepared.snapshot.missing[row].items() if key in weighted
    )
    return {
        "by_filters": len(prepared.models) - len(result.rows),
        "without_score": len(without),
        "without_score_names": [prepared.names[row] for row in without[:_NAMED_WITHOUT_SCORE]],
        "reasons": [
            {"dimension": key, "reason": reason.value, "meaning": Missing(reason).meaning, "models": count}
            for (key, reason), count in reasons.most_common()
        ],
    }


def _doubts(prepared: Prepared, top: _Rows) -> list[dict[str, Any]]:
    """Flagged values among the models listed."""
    return [
        {"model_id": prepared.models[row].id, "name": prepared.names[row], "dimension": key, "flags": list(flags)}
        for row in top.tolist()
        for key, flags in prepared.snapshot.flags[row].items()
        if not np.isnan(prepared.snapshot.columns[key][row])
    ]
