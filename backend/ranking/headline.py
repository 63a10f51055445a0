"""The answer to a view: who leads, ahead of whom, thanks to what, and what of it is doubtful.

The page, the decision record and the command line show what is made here.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from backend.imports.flags import FLAGS
from backend.ranking.contenders import Contenders
from quba.deciding.explanation import Gap, decimals_of, gap, mentioned, reason_words, reasons
from quba.dimensions import DIMENSIONS
from quba.ranking.ranks import TIE
from quba.vocabulary import SCREENED

ROLES = ("leader", "runner_up")
_ROLE_WORDS = {"leader": "the leader", "runner_up": "second"}


def headline(contenders: Contenders, screened: Contenders) -> dict[str, Any]:
    """Gather the answer.

    Args:
        contenders: the models compared.
        screened: the same question without flagged values.

    Returns:
        The fields of `backend.api.headline.HeadlineAnswer`, less those that every answer has.
    """
    lead = _lead(contenders)
    doubts = _doubts(contenders, lead)
    without = _without_flagged(contenders, screened)
    first, second = _named(contenders)
    return {
        "scored": int(contenders.scored.size),
        **_first_sentence(contenders, lead),
        "leader": None if first is None else _model(contenders, first),
        "runner_up": None if second is None else _model(contenders, second),
        "tied": [contenders.model_ids[place] for place in _tied(contenders).tolist()],
        "lead": None if lead is None else lead.difference,
        "speaks_for": [] if lead is None else [_part(lead, key, doubts) for key in reasons(lead)[0]],
        "speaks_against": [] if lead is None else [_part(lead, key, doubts) for key in reasons(lead)[1]],
        "doubts": doubts,
        "doubt": _doubt_sentence(doubts, set() if lead is None else mentioned(lead), without),
        "screened": without,
    }


def _first_sentence(contenders: Contenders, lead: Gap | None) -> dict[str, str]:
    """Who leads and what makes the lead, as two clauses and as one sentence."""
    opening = _opening(contenders, lead)
    words = "" if lead is None or _tied(contenders).size else reason_words(lead)
    return {
        "opening": f"{opening}.",
        "reasons": words,
        "sentence": f"{opening}: {words}." if words else f"{opening}.",
    }


def _opening(contenders: Contenders, lead: Gap | None) -> str:
    """Who leads with which score, and how far ahead of whom; without a full stop."""
    names, scored = contenders.names, contenders.scored
    if contenders.rows.size == 0:
        filtered = bool(contenders.view.filters) and contenders.view.among == "filtered"
        pool = contenders.view.pool
        unmeasured = f"No model has been measured on {pool.benchmark} under the protocol {pool.protocol} yet"
        return "No model passes the filters" if filtered and contenders.prepared.models else unmeasured
    if scored.size == 0:
        return "None of these models has a value on every weighted dimension"
    score = float(contenders.scores.score[scored[0]])
    if lead is None:
        return f"{names[scored[0]]} is the only model here with a score, {score:.2f}"
    tied = _tied(contenders)
    if tied.size:
        others = names[tied[1]] if tied.size == 2 else f"{tied.size - 1} others"
        return f"{names[scored[0]]} and {others} share the lead with {score:.2f}"
    ahead = f"ahead of {names[scored[1]]} by {lead.difference:.{decimals_of(lead.difference)}f}"
    return f"{names[scored[0]]} leads with {score:.2f}, {ahead}"


def _named(contenders: Contenders) -> tuple[int | None, int | None]:
    """The places of the first and the second model."""
    first, second = (*contenders.scored[:2].tolist(), None, None)[:2]
    return first, second


def _tied(contenders: Contenders) -> Int[np.ndarray, " tied"]:
    """The places of the models that share the lead, where several do."""
    leaders: Int[np.ndarray, " tied"] = contenders.scored[contenders.ranks[contenders.scored] == 1]
    return leaders if leaders.size > 1 else leaders[:0]


def _lead(contenders: Contenders) -> Gap | None:
    first, second = _named(contenders)
    return None if first is None or second is None else gap(contenders.scores, first, second)


def _model(contenders: Contenders, place: int) -> dict[str, Any]:
    return {
        "model_id": contenders.model_ids[place],
        "name": contenders.names[place],
        "score": float(contenders.scores.score[place]),
        "rank": int(contenders.ranks[place]),
    }


def _part(lead: Gap, key: str, doubts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    flagged = any(doubt["dimension"] == key for doubt in doubts)
    return {"dimension": key, "difference": lead.parts[key], "flagged": flagged}


def _doubts(contenders: Contenders, lead: Gap | None) -> list[dict[str, Any]]:
    """The flagged values under a weight that the first two models rest on."""
    snapshot = contenders.prepared.snapshot
    return [
        {
            "role": role,
            "model_id": contenders.model_ids[place],
            "name": contenders.names[place],
            "dimension": key,
            "flags": list(flags),
            "difference": None if lead is None else lead.parts[key],
        }
        for role, place in zip(ROLES, _named(contenders), strict=True)
        if place is not None
        for key, flags in snapshot.flags[int(contenders.rows[place])].items()
        if contenders.view.weights[key] and not np.isnan(snapshot.columns[key][contenders.rows[place]])
    ]


def _without_flagged(contenders: Contenders, screened: Contenders) -> dict[str, Any] | None:
    """The first two models once flagged values count as missing; None where that is the question already."""
    if contenders.view.pool.quality == SCREENED:
        return None
    before, after = _named(contenders), _named(screened)
    ids = [_id(contenders, before), _id(screened, after)]
    first, second = after
    return {
        "changed": ids[0] != ids[1],
        "scored": int(screened.scored.size),
        "leader": None if first is None else _model(screened, first),
        "runner_up": None if second is None else _model(screened, second),
        "sentence": _screened_sentence(screened, changed=ids[0] != ids[1]),
    }


def _id(contenders: Contenders, places: tuple[int | None, int | None]) -> list[str]:
    return [contenders.model_ids[place] for place in places if place is not None]


def _screened_sentence(screened: Contenders, *, changed: bool) -> str:
    first, second = _named(screened)
    if first is None:
        return "Without flagged values, no model here has a score."
    names, score = screened.names, screened.scores.score
    if second is None:
        return f"Without flagged values, {names[first]} is the only model here with a score."
    if not changed:
        return "Without flagged values, the first two stay the same."
    if score[first] - score[second] <= TIE:
        return f"Without flagged values, {names[first]} and {names[second]} share the lead."
    return f"Without flagged values, {names[first]} leads and {names[second]} is second."


def _doubt_sentence(
    doubts: Sequence[dict[str, Any]], named: Collection[str], without: dict[str, Any] | None
) -> str | None:
    """What of the answer is doubtful, and what becomes of it without; None where nothing is."""
    if without is None or (not doubts and not without["changed"]):
        return None
    told = [_rests_on([doubt for doubt in doubts if doubt["role"] == role]) for role in ROLES]
    if any(doubt["dimension"] in named for doubt in doubts):
        told.append("The reasons given rest on flagged values too.")
    return " ".join(filter(None, [*told, without["sentence"]]))


def _rests_on(doubts: Sequence[dict[str, Any]]) -> str:
    if not doubts:
        return ""
    keys = [DIMENSIONS[doubt["dimension"]].spoken for doubt in doubts]
    why = dict.fromkeys(FLAGS[flag].label.lower() for doubt in doubts for flag in doubt["flags"])
    dimensions = " and ".join(filter(None, [", ".join(keys[:-1]), keys[-1]]))
    values = "a flagged value" if len(keys) == 1 else f"{len(keys)} flagged values"
    return f"{doubts[0]['name']}, {_ROLE_WORDS[doubts[0]['role']]}, rests on {values}: {dimensions} ({', '.join(why)})."
