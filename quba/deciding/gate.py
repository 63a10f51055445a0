"""Whether a new model behaves worse than a baseline, dimension by dimension, and only where the images can tell.

The rule: a new model passes if no dimension is worse than its tolerance. To pass, each dimension must be shown to be no
worse, so that one bound per dimension at the confidence asked for is enough: a model that is truly worse somewhere must
get past that very bound. One dimension that is worse is enough to fail, so that there the bounds share out the
error among the dimensions. What neither bound decides is undecided and passes nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import scipy

from quba.deciding.paired_differences import PairedDifference
from quba.dimension import Dimension
from quba.dimensions import DIMENSIONS
from quba.errors import QuestionError, require_share

_ROUNDING = 1e-9
"""What lies no farther beyond the tolerance lies on it: 0.80 - 0.79 is not quite 0.01 in binary numbers."""


class Verdict(StrEnum):
    """What a gate says of one dimension."""

    BETTER = "better"
    NO_WORSE = "no_worse"
    WORSE = "worse"
    UNDECIDED = "undecided"
    NOT_COMPARED = "not_compared"

    @property
    def passes(self) -> bool:
        """Whether a gate lets it through.

        >>> Verdict.NO_WORSE.passes, Verdict.NOT_COMPARED.passes
        (True, False)
        """
        return self in (Verdict.BETTER, Verdict.NO_WORSE)

    @property
    def meaning(self) -> str:
        """One sentence for a reader.

        >>> Verdict.NOT_COMPARED.meaning
        'One of the two models has no value, so that nothing is known.'
        """
        return _MEANINGS[self]


_MEANINGS = {
    Verdict.BETTER: "The new model is better, with the confidence asked for.",
    Verdict.NO_WORSE: "The new model is at most as much worse as the tolerance allows, with the confidence asked for.",
    Verdict.WORSE: "The new model is worse by more than the tolerance, with the confidence asked for.",
    Verdict.UNDECIDED: "The images cannot tell whether the new model is worse by more than the tolerance.",
    Verdict.NOT_COMPARED: "One of the two models has no value, so that nothing is known.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What a gate says of one dimension, and why.

    Attributes:
        difference: of the two models.
        verdict: what follows.
        tolerance: how much worse is allowed, 0 or more.
        gain: the difference turned so that positive is better; None where it is not known.
        low: bound that the true gain exceeds with the confidence asked for.
        high: bound that the true gain stays below on all dimensions at once with the confidence asked for.
        images_needed: how many images in all would tell, if the difference stays as it is; None where the verdict is
            not undecided, the difference lies on the tolerance, or nothing tells its error.
        confidence: that of the bounds.
    """

    difference: PairedDifference
    verdict: Verdict
    tolerance: float
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    images_needed: int | None = None
    confidence: float

    def sentence(self) -> str:
        """The verdict in words, with its figures, its tolerance and the next step.

        >>> exact = PairedDifference(
        ...     dimension="parameters_millions", value_a=5.0, value_b=25.0, difference=20.0, standard_error=0.0
        ... )
        >>> judge(exact, tolerance=1.0, dimension_count=1).sentence()
        'Parameters: the new model is 20.0 worse; the tolerance of 1.0 is exceeded.'
        """
        dimension = DIMENSIONS[self.difference.dimension]
        return f"{dimension.label}: {_sentence(self, dimension)}"


def judge(
    difference: PairedDifference, tolerance: float | None = None, confidence: float = 0.95, *, dimension_count: int
) -> Judgement:
    """The verdict on one dimension of a new model against a baseline.

    Let the gain be the difference, new minus baseline, turned so that positive is better. It is better where the lower
    bound is above 0, no worse where the lower bound is at least minus the tolerance, worse where the upper bound is
    below minus the tolerance, and undecided otherwise. Both bounds are one-sided: the lower one errs in 1 - confidence
    of cases, the upper one in (1 - confidence) / ``dimension_count``, because a single dimension that is called worse
    fails the gate.

    Args:
        difference: the new model minus the baseline.
        tolerance: how much worse is allowed, finite and 0 or more, in the unit of the dimension; None for the
            dimension's smallest meaningful difference.
        confidence: above 0 and below 1.
        dimension_count: how many dimensions the gate judges, 1 or more.

    Returns:
        The judgement. Counted dimensions are exact. A dimension without a standard error is undecided.

    Raises:
        QuestionError: ``tolerance_out_of_range``, ``share_out_of_range`` or ``dimension_count_out_of_range``.

    Source:
        Berger 1982, "Multiparameter hypothesis testing and acceptance sampling" (the intersection-union test);
        Bonferroni for the upper bounds.

    >>> measured = PairedDifference(
    ...     dimension="accuracy", value_a=0.80, value_b=0.81, difference=0.01, standard_error=0.004, paired=True,
    ...     degrees_of_freedom=19, image_count=5000,
    ... )
    >>> judge(measured, dimension_count=9).verdict.value
    'better'
    """
    dimension = DIMENSIONS[difference.dimension]
    allowed = dimension.smallest_meaningful_difference if tolerance is None else tolerance
    _require(allowed, confidence, dimension_count)
    if difference.difference is None:
        return Judgement(difference=difference, verdict=Verdict.NOT_COMPARED, tolerance=allowed, confidence=confidence)
    gain, error = dimension.sign * difference.difference, difference.standard_error
    if error is None:
        return Judgement(
            difference=difference, verdict=Verdict.UNDECIDED, tolerance=allowed, gain=gain, confidence=confidence
        )
    below, above = _quantiles(difference, confidence, dimension_count)
    low, high = gain - below * error, gain + above * error
    verdict = _verdict(low, high, allowed)
    return Judgement(
        difference=difference,
        verdict=verdict,
        tolerance=allowed,
        gain=gain,
        low=low,
        high=high,
        images_needed=(
            # The bound that must come to the limit: the lower one to pass, the upper one to fail.
            _images_needed(difference.image_count, error * (below if gain > -allowed else above), gain + allowed)
            if verdict is Verdict.UNDECIDED
            else None
        ),
        confidence=confidence,
    )


def passes(judgements: Sequence[Judgement], *, undecided_passes: bool = False) -> bool:
    """Whether a gate lets a new model through: every dimension is better or no worse.

    Args:
        judgements: of all dimensions that the gate judges.
        undecided_passes: whether a dimension that the images cannot decide is let through as well.

    Returns:
        False also for none at all: what was not compared has not passed.

    >>> passes([])
    False
    """
    let_through = {Verdict.UNDECIDED} if undecided_passes else set()
    # all() of nothing is True, and a gate that compared nothing must not open.
    return bool(judgements) and all(each.verdict.passes or each.verdict in let_through for each in judgements)


def _require(tolerance: float, confidence: float, dimension_count: int) -> None:
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise QuestionError(
            "tolerance_out_of_range", f"tolerance is {tolerance}; it must be a finite number of 0 or more."
        )
    require_share("confidence", confidence)
    if dimension_count < 1:
        raise QuestionError(
            "dimension_count_out_of_range", f"dimension_count is {dimension_count}; a gate judges 1 or more."
        )


def _quantiles(difference: PairedDifference, confidence: float, dimension_count: int) -> tuple[float, float]:
    """Standard errors between the gain and its lower and its upper bound."""
    # Student's t with infinitely many degrees of freedom is the normal distribution.
    freedom = math.inf if difference.degrees_of_freedom is None else difference.degrees_of_freedom
    student = scipy.stats.t
    return float(student.isf(1 - confidence, freedom)), float(student.isf((1 - confidence) / dimension_count, freedom))


def _verdict(low: float, high: float, tolerance: float) -> Verdict:
    # Before the next bound, which whatever is better meets as well.
    if low > 0:
        return Verdict.BETTER
    # The same limit for both bounds, so that an exact difference on the tolerance passes and is never also worse.
    limit = -tolerance - _ROUNDING
    if low >= limit:
        return Verdict.NO_WORSE
    return Verdict.WORSE if high < limit else Verdict.UNDECIDED


def _images_needed(count: int | None, half: float, distance: float) -> int | None:
    """Errors shrink with the root of the number of images; the half width must shrink to the distance."""
    return None if count is None or abs(distance) <= _ROUNDING else math.ceil(count * (half / distance) ** 2)


def _sentence(judgement: Judgement, dimension: Dimension) -> str:
    difference, gain = judgement.difference, judgement.gain
    if gain is None:
        return _not_compared(difference)
    if judgement.low is None or judgement.high is None:
        return (
            f"nothing says how far the difference of {_figure(gain, dimension)} may be off, so that it decides "
            "nothing. Measure both models here."
        )
    tolerance = f"the tolerance of {_figure(judgement.tolerance, dimension)}"
    # A counted dimension or a model against itself: confidence in an exact number would be an odd thing to state.
    exact = difference.standard_error == 0
    sure = f"with {100 * judgement.confidence:g} % confidence"
    sentence = f"the new model is {_amount(gain, dimension)}"
    if judgement.verdict is Verdict.BETTER:
        sentence += "." if exact else f", {sure} at least {_figure(judgement.low, dimension)}."
    elif judgement.verdict is Verdict.NO_WORSE:
        sentence += "" if exact else f", {sure} at worst {_amount(judgement.low, dimension)}"
        sentence += f"; {tolerance} allows it."
    elif judgement.verdict is Verdict.WORSE:
        sentence += "" if exact else f", {sure} at least {_figure(-judgement.high, dimension)}"
        sentence += f"; {tolerance} is exceeded."
    else:
        sentence += (
            f", at worst {_amount(judgement.low, dimension)} and at best {_amount(judgement.high, dimension)}, each "
            f"{sure}, so that the images cannot tell whether {tolerance} is exceeded. {_more_images(judgement)}"
        )
    if not (exact or difference.paired):
        sentence += " The error is that of two models on different images, because one of them has no evidence."
    return sentence


def _not_compared(difference: PairedDifference) -> str:
    reasons = [
        f"the {model} has no value ({missing.meaning.rstrip('.')})"
        for model, missing in (("baseline", difference.missing_a), ("new model", difference.missing_b))
        if missing is not None
    ]
    return f"not compared, because {' and '.join(reasons)}."


def _more_images(judgement: Judgement) -> str:
    if judgement.images_needed is not None:
        return (
            f"If the difference stays as it is, about {judgement.images_needed:,} images in all would tell; there are "
            f"{judgement.difference.image_count:,}."
        )
    # The half width would have to shrink to 0.
    if judgement.gain is not None and abs(judgement.gain + judgement.tolerance) <= _ROUNDING:
        return "The difference lies on the tolerance, where no number of images would tell; allow more or less."
    return "Measure on more images."


def _amount(gain: float, dimension: Dimension) -> str:
    size = _figure(abs(gain), dimension)
    # Judged by the printed digits: "0.000 better" would contradict itself.
    if float(size) == 0:
        return "no different"
    return f"{size} {'better' if gain > 0 else 'worse'}"


def _figure(value: float, dimension: Dimension) -> str:
    return f"{value:.{dimension.decimals}f}"
