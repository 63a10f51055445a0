"""Why a model stands where it stands: gaps to other models, taken apart by dimension and said in one sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from quba.dimensions import DIMENSIONS
from quba.errors import QuestionError
from quba.ranking.ranks import TIE, competition_ranks, ranking_order
from quba.ranking.score import Scores
from quba.wording import signed_text

# Two for and two against are what a sentence carries; the chart beside it has them all.
_MENTIONED = 2
_DECIMALS = 2


@dataclass(frozen=True, eq=False, slots=True)
class Gap:
    """How far one model is ahead of another.

    Attributes:
        ahead: row of the model with the higher score; ``behind``: of the other.
        difference: of the scores, 0 or more.
        parts: what each weighted dimension adds to the difference; they sum to it.
    """

    ahead: int
    behind: int
    difference: float
    parts: Mapping[str, float]


@dataclass(frozen=True, eq=False, slots=True)
class Explanation:
    """A model's score and its surroundings in the ranking.

    Attributes:
        row: the model; ``rank``: its competition rank.
        score: its score; ``contributions`` of the weighted dimensions sum to it.
        to_leader: gap to the first of the ranking, None for the first itself.
        to_next_above: gap to the model listed just above, None for the first.
        to_next_below: gap to the scored model listed just below, None for the last.
    """

    row: int
    rank: int
    score: float
    contributions: Mapping[str, float]
    to_leader: Gap | None
    to_next_above: Gap | None
    to_next_below: Gap | None


def gap(scores: Scores, a: int, b: int) -> Gap:
    """The gap between two models, whichever of them is ahead.

    Args:
        scores: of all models.
        a: row of a model with a score.
        b: row of another.

    Returns:
        The gap; the first named counts as ahead where both score the same.

    Raises:
        QuestionError: ``model_without_score``, or ``same_model`` for a model and itself.

    >>> from quba.ranking.score import score
    >>> columns = {"accuracy": np.array([0.6, 0.2]), "shape_bias": np.array([0.4, 1.2])}
    >>> scores = score(columns, {"accuracy": 1, "shape_bias": 1})
    >>> found = gap(scores, 0, 1)
    >>> found.ahead, {key: round(part, 2) for key, part in found.parts.items()}
    (1, {'accuracy': -0.2, 'shape_bias': 0.4})
    """
    _require_scored(scores, a)
    _require_scored(scores, b)
    if a == b:
        raise QuestionError("same_model", f"model {a} has no gap to itself; name two models.")
    # At equal scores the first named is ahead, so that a caller decides what a tie reads like.
    ahead, behind = (a, b) if scores.score[a] >= scores.score[b] else (b, a)
    of_one, of_other = scores.parts(np.array([ahead, behind])).T
    parts = dict(zip(scores.keys, (of_one - of_other).tolist(), strict=True))
    return Gap(ahead, behind, float(scores.score[ahead] - scores.score[behind]), parts)


def explanation(scores: Scores, row: int, tie_order: Int[np.ndarray, " models"]) -> Explanation:
    """Rank, contributions and gaps of one model.

    Args:
        scores: of all models.
        row: a model with a score.
        tie_order: as for ``quba.ranking.ranks.ranking_order``.

    Returns:
        The explanation.

    Raises:
        QuestionError: ``model_without_score``.

    >>> from quba.ranking.score import score
    >>> scores = score({"accuracy": np.array([0.5, 0.7])}, {"accuracy": 1})
    >>> found = explanation(scores, 0, np.arange(2))
    >>> found.rank, round(found.to_leader.difference, 2), found.to_next_below
    (2, 0.2, None)
    """
    _require_scored(scores, row)
    scored = int((~np.isnan(scores.score)).sum())
    # Neighbours are taken from the listed order, ties included: that is the row above on screen, whatever its rank.
    order = ranking_order(scores.score, tie_order)[:scored].tolist()
    position = order.index(row)
    return Explanation(
        row=row,
        rank=int(competition_ranks(scores.score)[row]),
        score=float(scores.score[row]),
        contributions=scores.contributions(row),
        to_leader=gap(scores, order[0], row) if position > 0 else None,
        to_next_above=gap(scores, order[position - 1], row) if position > 0 else None,
        to_next_below=gap(scores, row, order[position + 1]) if position + 1 < scored else None,
    )


def reasons(found: Gap) -> tuple[list[str], list[str]]:
    """What speaks for the model ahead, and what against it.

    Args:
        found: the gap.

    Returns:
        Dimensions on which it is better, and those on which it is worse, the largest part first; a part that the
        numbers of ``sentence`` would show as 0 is in neither.

    >>> reasons(Gap(0, 1, 0.04, {"accuracy": 0.002, "shape_bias": 0.11, "calibration_error": -0.07}))
    (['shape_bias'], ['calibration_error'])
    """
    decimals = decimals_of(found.difference)
    keys = sorted(found.parts, key=lambda key: -abs(found.parts[key]))
    # Judged by the printed number: a reason of +0.00 would read as an error of the sentence.
    shown = {key: _as_printed(part, decimals) for key, part in found.parts.items()}
    return [key for key in keys if shown[key] > 0], [key for key in keys if shown[key] < 0]


def mentioned_dimensions(found: Gap) -> list[str]:
    """The dimensions that a sentence about a gap names: the two that matter most for it, and the two most against it.

    >>> mentioned_dimensions(Gap(0, 1, 0.04, {"accuracy": 0.03, "shape_bias": 0.11, "calibration_error": -0.1}))
    ['shape_bias', 'accuracy', 'calibration_error']
    """
    return [key for keys in reasons(found) for key in keys[:_MENTIONED]]


def reason_words(found: Gap) -> str:
    """What makes a gap: the two dimensions that matter most on either side, and what the rest adds.

    Args:
        found: the gap.

    Returns:
        A clause; empty where no part shows in the numbers.

    >>> parts = {"calibration_error": 0.57, "accuracy": 0.16, "class_balance": -0.67, "shape_bias": -0.02}
    >>> reason_words(Gap(0, 1, 0.04, parts))
    '+0.57 calibration error, +0.16 accuracy, against −0.67 class balance, −0.02 shape bias'
    """
    decimals = decimals_of(found.difference)
    for_it, against_it = (keys[:_MENTIONED] for keys in reasons(found))
    clauses = [", ".join(_part_text(key, found, decimals) for key in for_it)] if for_it else []
    if against_it:
        clauses.append("against " + ", ".join(_part_text(key, found, decimals) for key in against_it))
    # Of the exact parts, not of the printed ones, so that the clause adds up to the gap but for one rounding.
    rest = sum((part for key, part in found.parts.items() if key not in {*for_it, *against_it}), 0.0)
    words = ", ".join(clauses)
    if not _as_printed(rest, decimals):
        return words
    return "; ".join(filter(None, [words, f"{signed_text(rest, decimals)} from the rest"]))


def sentence(found: Gap, names: Sequence[str]) -> str:
    """A gap in one sentence, with what speaks for the model ahead and what against it.

    Args:
        found: the gap.
        names: of all models, by row.

    Returns:
        A sentence. Numbers have two decimals, or as many more as it takes to tell the gap from 0.

    >>> parts = {"shape_bias": 0.11, "calibration_error": -0.07}
    >>> sentence(Gap(0, 1, 0.04, parts), ["A", "B"])
    'A leads B by 0.04: +0.11 shape bias, against −0.07 calibration error.'
    """
    ahead, behind = names[found.ahead], names[found.behind]
    words = reason_words(found)
    opening = (
        f"{ahead} and {behind} tie"
        if found.difference <= TIE
        else f"{ahead} leads {behind} by {found.difference:.{decimals_of(found.difference)}f}"
    )
    return f"{opening}: {words}." if words else f"{opening}."


def decimals_of(difference: float) -> int:
    """Decimals that show the leading digit of a difference, two or more.

    >>> decimals_of(0.25), decimals_of(0.0004)
    (2, 4)
    """
    # log10 of 0 is minus infinity, and below the tie tolerance there is no leading digit worth showing.
    if difference <= TIE:
        return _DECIMALS
    # The leading digit of d stands at 10 ** floor(log10 d).
    return max(_DECIMALS, -int(np.floor(np.log10(difference))))


def _as_printed(part: float, decimals: int) -> float:
    """A number as its decimals show it, which may be 0."""
    return float(f"{part:.{decimals}f}")


def _part_text(key: str, found: Gap, decimals: int) -> str:
    return f"{signed_text(found.parts[key], decimals)} {DIMENSIONS[key].inline_label}"


def _require_scored(scores: Scores, row: int) -> None:
    if not 0 <= row < scores.score.size:
        raise QuestionError("no_such_model", f"there is no model {row}; rows run from 0 to {scores.score.size - 1}.")
    if np.isnan(scores.score[row]):
        raise QuestionError(
            "model_without_score",
            f"model {row} has no score under these weights; choose a scored model, or set the weight of the dimension "
            "that it lacks to 0.",
        )


def waterfall(found: Gap) -> list[tuple[str, float, float]]:
    """The steps of a chart from 0 to the gap, largest part first.

    Args:
        found: the gap.

    Returns:
        Per dimension its key, where its bar begins and where it ends; the last one ends at the difference.

    >>> waterfall(Gap(0, 1, 0.25, {"shape_bias": 0.5, "accuracy": -0.25}))
    [('shape_bias', 0.0, 0.5), ('accuracy', 0.5, 0.25)]
    """
    keys = sorted(found.parts, key=lambda key: -abs(found.parts[key]))
    ends: Float[np.ndarray, " dims"] = np.cumsum([found.parts[key] for key in keys])
    # Each bar begins where the one before it ended, so that the last end is the gap.
    starts = [0.0, *ends.tolist()[:-1]]
    return list(zip(keys, starts, ends.tolist(), strict=True))
