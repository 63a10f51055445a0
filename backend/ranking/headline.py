"""The answer to a view: who leads, ahead of whom, thanks to what, and what of it is doubtful.

The page, the decision record and the command line show what is made here.
"""

from collections.abc import Collection, Sequence
from typing import Final, Literal

import numpy as np
from jaxtyping import Int
from pydantic import BaseModel, Field

from backend.imports.flags import FLAGS
from backend.ranking.contenders import Contenders
from backend.ranking.quantities import (
    Among,
    ComparedCount,
    DataVersion,
    DimensionName,
    ModelId,
    ModelName,
    Score,
    ScoredCount,
)
from quba.deciding.explanation import Gap, decimals_of, gap, mentioned_dimensions, reason_words, reasons
from quba.dimensions import DIMENSIONS
from quba.ranking.ranks import TIE
from quba.vocabulary import SCREENED

Role = Literal["leader", "runner_up"]
ROLES: Final[tuple[Role, Role]] = ("leader", "runner_up")
# More flagged values than these are counted in the sentence; the list beside it names all of them.
_MOST_NAMED: Final = 2
_ROLE_WORDS: Final[dict[Role, str]] = {"leader": "the leader", "runner_up": "second"}


class HeadlineModel(BaseModel):
    """The first or the second model."""

    model_id: ModelId
    name: ModelName
    score: Score
    rank: int = Field(description="The rank among the compared models, which is 1 for both where they share the lead.")


class LeadPart(BaseModel):
    """The part of the lead that is due to one dimension."""

    dimension: DimensionName
    difference: float = Field(description="The contribution of the leader minus that of the runner-up.")
    flagged: bool = Field(description="Whether the value of either of the two is flagged on this dimension.")


class HeadlineDoubt(BaseModel):
    """A flagged value under a weight above 0 that the answer rests on."""

    role: Literal["leader", "runner_up"] = Field(description="The place of the model: `leader` or `runner_up`.")
    model_id: ModelId
    name: ModelName
    dimension: DimensionName
    flags: list[str] = Field(description="The flags of the value, by their keys in /v1/flags.")
    difference: float | None = Field(
        description="The part of the lead that is due to the dimension; null without a second model."
    )


class ScreenedHeadline(BaseModel):
    """The first two models if flagged values count as missing, under the same weights and filters."""

    changed: bool = Field(description="Whether the first two models or their order change.")
    scored: int = Field(description="The number of models that keep a score.")
    leader: HeadlineModel | None = Field(description="The first model; null where no model keeps a score.")
    runner_up: HeadlineModel | None = Field(
        description="The second model; null where fewer than two models keep a score."
    )
    sentence: str = Field(description="The sentence that says what changes.")


class HeadlineAnswer(BaseModel):
    """The first lines of an answer; page and decision record show these sentences."""

    data_version: DataVersion
    among: Among
    total: ComparedCount
    scored: ScoredCount
    sentence: str = Field(
        description="The sentence that says who leads, by how much, and the two largest reasons for and against."
    )
    opening: str = Field(description="The beginning of the sentence, which says who leads and ahead of whom.")
    reasons: str = Field(
        description="The rest of the sentence with the reasons for and against the leader; it may be empty."
    )
    leader: HeadlineModel | None = Field(description="The first model; null where no model has a score.")
    runner_up: HeadlineModel | None = Field(
        description="The second model; null where fewer than two models have a score."
    )
    tied: list[str] = Field(
        description="The identifiers of the models that share the lead; empty where one leads alone."
    )
    lead: float | None = Field(description="The score of the leader minus that of the runner-up.")
    speaks_for: list[LeadPart] = Field(
        description="The dimensions in favour of the leader, largest first, without those that round to 0."
    )
    speaks_against: list[LeadPart] = Field(
        description="The dimensions against the leader, largest first, without those that round to 0."
    )
    doubts: list[HeadlineDoubt] = Field(description="The flagged values that the leader and the runner-up rest on.")
    doubt: str | None = Field(
        description="The doubts and the order without flagged values, in sentences; null where nothing is in doubt."
    )
    screened: ScreenedHeadline | None = Field(
        description="The order without flagged values; null where the question leaves them out already."
    )


def headline(contenders: Contenders, screened: Contenders) -> HeadlineAnswer:
    """Gather the answer.

    Args:
        contenders: the models compared.
        screened: the same question without flagged values.
    """
    lead = _lead(contenders)
    doubts = _doubts(contenders, lead)
    without = _without_flagged(contenders, screened)
    first, second = _first_two(contenders)
    opening = _opening(contenders, lead)
    words = "" if lead is None or _shared_lead(contenders).size else reason_words(lead)
    return HeadlineAnswer(
        **contenders.about(),
        scored=int(contenders.scored_places.size),
        sentence=f"{opening}: {words}." if words else f"{opening}.",
        opening=f"{opening}.",
        reasons=words,
        leader=None if first is None else _model(contenders, first),
        runner_up=None if second is None else _model(contenders, second),
        tied=[contenders.model_ids[place] for place in _shared_lead(contenders).tolist()],
        lead=None if lead is None else lead.difference,
        speaks_for=[] if lead is None else [_part(lead, key, doubts) for key in reasons(lead)[0]],
        speaks_against=[] if lead is None else [_part(lead, key, doubts) for key in reasons(lead)[1]],
        doubts=doubts,
        doubt=_doubt_sentence(doubts, set() if lead is None else mentioned_dimensions(lead), without),
        screened=without,
    )


def _opening(contenders: Contenders, lead: Gap | None) -> str:
    """Who leads with which score, and how far ahead of whom; without a full stop."""
    names, scored = contenders.names, contenders.scored_places
    if contenders.rows.size == 0:
        filtered = bool(contenders.view.filters) and contenders.view.among == "filtered"
        pool = contenders.view.pool
        unmeasured = f"No model has been measured on {pool.benchmark} under the protocol {pool.protocol} yet"
        return "No model passes the filters" if filtered and contenders.prepared.models else unmeasured
    if contenders.prepared.scoreless:
        # Why that leaves it without a score is a notice of the ranking.
        return f"{names[contenders.rows[0]]} is the only model on {contenders.prepared.snapshot.label}"
    if scored.size == 0:
        return "None of these models has a value on every weighted dimension"
    # The sentence is read by people, who know the minus sign and not the hyphen.
    score = f"{contenders.scores.score[scored[0]]:.2f}".replace("-", "−")
    if lead is None:
        return f"{names[scored[0]]} is the only model here with a score, {score}"
    tied = _shared_lead(contenders)
    if tied.size:
        others = names[tied[1]] if tied.size == 2 else f"{tied.size - 1:,} others"
        return f"{names[scored[0]]} and {others} share the lead with {score}"
    ahead = f"ahead of {names[scored[1]]} by {lead.difference:.{decimals_of(lead.difference)}f}"
    return f"{names[scored[0]]} leads with {score}, {ahead}"


def _first_two(contenders: Contenders) -> tuple[int | None, int | None]:
    """The places of the first and the second model."""
    # Filled up with None where fewer than two have a score.
    first, second = (*contenders.scored_places[:2].tolist(), None, None)[:2]
    return first, second


def _shared_lead(contenders: Contenders) -> Int[np.ndarray, " tied"]:
    """The places of the models that share the lead, where several do."""
    leaders: Int[np.ndarray, " tied"] = contenders.scored_places[contenders.ranks[contenders.scored_places] == 1]
    # Nobody shares a lead with themselves; an empty array keeps the type that callers index with.
    return leaders if leaders.size > 1 else leaders[:0]


def _lead(contenders: Contenders) -> Gap | None:
    first, second = _first_two(contenders)
    return None if first is None or second is None else gap(contenders.scores, first, second)


def _model(contenders: Contenders, place: int) -> HeadlineModel:
    return HeadlineModel(
        model_id=contenders.model_ids[place],
        name=contenders.names[place],
        score=float(contenders.scores.score[place]),
        rank=int(contenders.ranks[place]),
    )


def _part(lead: Gap, key: str, doubts: Sequence[HeadlineDoubt]) -> LeadPart:
    flagged = any(doubt.dimension == key for doubt in doubts)
    return LeadPart(dimension=key, difference=lead.parts[key], flagged=flagged)


def _doubts(contenders: Contenders, lead: Gap | None) -> list[HeadlineDoubt]:
    """The flagged values under a weight that the first two models rest on."""
    snapshot = contenders.prepared.snapshot
    return [
        HeadlineDoubt(
            role=role,
            model_id=contenders.model_ids[place],
            name=contenders.names[place],
            dimension=key,
            flags=list(flags),
            difference=None if lead is None else lead.parts[key],
        )
        for role, place in zip(ROLES, _first_two(contenders), strict=True)
        if place is not None
        for key, flags in snapshot.flags[int(contenders.rows[place])].items()
        if contenders.view.weights[key] and not np.isnan(snapshot.columns[key][contenders.rows[place]])
    ]


def _without_flagged(contenders: Contenders, screened: Contenders) -> ScreenedHeadline | None:
    """The first two models once flagged values count as missing; None where that is the question already."""
    if contenders.view.pool.quality == SCREENED:
        return None
    before, after = _first_two(contenders), _first_two(screened)
    ids = [_id(contenders, before), _id(screened, after)]
    first, second = after
    return ScreenedHeadline(
        changed=ids[0] != ids[1],
        scored=int(screened.scored_places.size),
        leader=None if first is None else _model(screened, first),
        runner_up=None if second is None else _model(screened, second),
        sentence=_screened_sentence(screened, changed=ids[0] != ids[1]),
    )


def _id(contenders: Contenders, places: tuple[int | None, int | None]) -> list[str]:
    return [contenders.model_ids[place] for place in places if place is not None]


def _screened_sentence(screened: Contenders, *, changed: bool) -> str:
    first, second = _first_two(screened)
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
    doubts: Sequence[HeadlineDoubt], named: Collection[str], without: ScreenedHeadline | None
) -> str | None:
    """What of the answer is doubtful, and what becomes of it without, in about a line; None where nothing is."""
    if without is None or (not doubts and not without.changed):
        return None
    sentences = [_rest_on_flagged(doubts)]
    if any(doubt.dimension in named for doubt in doubts):
        sentences.append("So do the reasons.")
    return " ".join(filter(None, [*sentences, without.sentence]))


def _rest_on_flagged(doubts: Sequence[HeadlineDoubt]) -> str:
    """Which of the first two rest on flagged values; said once where both rest on the same ones."""
    found = {
        f"{of_role[0].name}, {_ROLE_WORDS[role]},": _flagged_values(of_role)
        for role in ROLES
        if (of_role := [doubt for doubt in doubts if doubt.role == role])
    }
    if not found:
        return ""
    if len(found) > 1 and len(set(found.values())) == 1:
        return f"{' and '.join(found)} both rest on {next(iter(found.values()))}."
    return f"{'; '.join(f'{who} rests on {values}' for who, values in found.items())}."


def _flagged_values(doubts: Sequence[HeadlineDoubt]) -> str:
    """The dimensions where they are few enough to be named, else their number; and why they are flagged."""
    keys = [DIMENSIONS[doubt.dimension].inline_label for doubt in doubts]
    why = dict.fromkeys(FLAGS[flag].label.lower() for doubt in doubts for flag in doubt.flags)
    values = f"flagged {' and '.join(keys)}" if len(keys) <= _MOST_NAMED else f"{len(keys)} flagged values"
    return f"{values} ({', '.join(why)})"
