"""A value measured here against the published one of the same weights: how far they lie apart, and by what chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy
from jaxtyping import Float

from quba.deciding.rank_uncertainty import estimated_standard_errors
from quba.dimension import Pass
from quba.dimensions import DIMENSIONS
from quba.study_ingredients import STUDY_INGREDIENTS
from quba.vocabulary import Protocol

FAR = 2.0
"""Standard errors beyond which two values are said to differ."""
EXPECTED_SHARE = float(2 * scipy.special.ndtr(-FAR))
"""Of true reproductions whose errors are normal and as large as stated, the share that lies further away by chance."""
# As many images of a set may be unreadable before its measurement is refused, so that no subset has so many.
_WHOLE_SHARE = 0.99


class NotComparable(StrEnum):
    """Why a value measured here says nothing about the published one of the same weights."""

    OTHER_ATTACKS = "other_attacks"
    OTHER_INGREDIENTS = "other_ingredients"
    INGREDIENTS_NOT_KNOWN = "ingredients_not_known"

    @property
    def meaning(self) -> str:
        """One sentence for a reader, with the next step.

        >>> NotComparable.OTHER_INGREDIENTS.meaning.startswith("It was measured with other")
        True
        """
        return _MEANINGS[self]


_MEANINGS = {
    NotComparable.OTHER_ATTACKS: "Under the protocol corrected, attacks change pixels, and the study's changed "
    "normalised values. Measure it under as-published.",
    NotComparable.OTHER_INGREDIENTS: "It was measured with other corruptions, severities, attacks or data sets than "
    "the study's. Measure it anew with this version.",
    NotComparable.INGREDIENTS_NOT_KNOWN: "It was measured before the corruptions, severities, attacks and data sets of "
    "a value were kept. Measure it anew with this version.",
}


def not_comparable(dimension: str, protocol: str, ingredients_digest: str | None) -> NotComparable | None:
    """Why a value measured on the study's benchmark is another quantity than the published one; None where it is not.

    Args:
        dimension: one of the study's.
        protocol: how the value was measured.
        ingredients_digest: as it was kept with the value; None where it was not.

    Raises:
        KeyError: the study has no such dimension.

    >>> not_comparable("adversarial_robustness", "corrected", None).value
    'other_attacks'
    >>> not_comparable("parameters_millions", "corrected", None) is None
    True
    """
    wanted = STUDY_INGREDIENTS[dimension].digest
    attacked = {Pass.FGSM, Pass.PGD}.intersection(DIMENSIONS[dimension].passes)
    if attacked and protocol == Protocol.CORRECTED:
        return NotComparable.OTHER_ATTACKS
    if wanted is None or ingredients_digest == wanted:
        return None
    return NotComparable.OTHER_INGREDIENTS if ingredients_digest else NotComparable.INGREDIENTS_NOT_KNOWN


def is_whole(dimension: str, sample_count: int | None) -> bool:
    """Whether a value rests on all images of the study's sets, but for a few that could not be read.

    Calibration error and class balance of a subset differ from those of all images for that reason alone.

    Args:
        dimension: one of the study's.
        sample_count: images that the value rests on; None where they were not counted.

    Raises:
        KeyError: the study has no such dimension.

    >>> is_whole("accuracy", 49_990), is_whole("accuracy", 10_000), is_whole("shape_bias", 700)
    (True, False, True)
    """
    all_images = STUDY_INGREDIENTS[dimension].image_count
    # The sets of shape bias are so small that no subset cuts them.
    return all_images is None or (sample_count or 0) >= _WHOLE_SHARE * all_images


class Verdict(StrEnum):
    """What becomes of the claim that a published value shows a defect, once it was measured without and with it."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNDECIDED = "undecided"

    @property
    def meaning(self) -> str:
        """One sentence for a reader.

        >>> Verdict.UNDECIDED.meaning
        'Neither, or both: the two measurements do not tell.'
        """
        return _VERDICTS[self]


_VERDICTS = {
    Verdict.SUPPORTED: "The published value is far from the one measured without the defect and not from the other.",
    Verdict.CONTRADICTED: "The published value is far from the one measured with the defect and not from the other.",
    Verdict.UNDECIDED: "Neither, or both: the two measurements do not tell.",
}


def flag_verdict(without_defect: float, with_defect: float) -> Verdict:
    """Whether a published value is that of a sound measurement or that of one with a defect.

    Args:
        without_defect: distance of the published value from a measurement without it, in standard errors.
        with_defect: the same from a measurement with it.

    >>> flag_verdict(-40.0, 0.5).value, flag_verdict(0.5, 40.0).value, flag_verdict(9.0, 8.0).value
    ('supported', 'contradicted', 'undecided')
    """
    far_without, far_with = abs(without_defect) > FAR, abs(with_defect) > FAR
    if far_without == far_with:
        return Verdict.UNDECIDED
    return Verdict.SUPPORTED if far_without else Verdict.CONTRADICTED


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A value measured here less the published one.

    Attributes:
        measured: in the unit of the dimension.
        published: likewise.
        difference: of both.
        published_error: standard error of the published value, estimated; None where it is not known.
        standard_error: of the difference, as if both values had been measured on images of their own; None where it is
            not known. Both saw the same images, so that the true one is smaller.
        in_standard_errors: the difference over it; None where that is not known or 0.
    """

    measured: float
    published: float
    difference: float
    published_error: float | None
    standard_error: float | None
    in_standard_errors: float | None


def difference(
    dimension: str, measured: float, standard_error: float | None, *, published: float, accuracy: float | None
) -> Difference:
    """Hold a value measured here against the published one.

    Args:
        dimension: of both, in force.
        measured: the value measured here, in the unit of the dimension.
        standard_error: of it; None where it is not known.
        published: the published value.
        accuracy: the published accuracy of the same model, which the error of a ratio rests on; None where it is not
            known.

    >>> found = difference("accuracy", 0.76, 0.0019, published=0.75, accuracy=0.75)
    >>> round(found.difference, 4), round(found.in_standard_errors, 1)
    (0.01, 3.7)
    """
    columns = {"accuracy": _column(accuracy), dimension: _column(published)}
    other = float(estimated_standard_errors(columns)[dimension][0])
    # What is counted has no error of its own; the published digits are rounded all the same.
    own = 0.0 if DIMENSIONS[dimension].counted else np.nan if standard_error is None else standard_error
    whole = float(np.hypot(own, other))
    known = whole if np.isfinite(whole) else None
    return Difference(
        measured=measured,
        published=published,
        difference=measured - published,
        published_error=other if np.isfinite(other) else None,
        standard_error=known,
        in_standard_errors=(measured - published) / known if known else None,
    )


def _column(value: float | None) -> Float[np.ndarray, " models"]:
    return np.array([np.nan if value is None else value])


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of several values lie far from the published ones, and how many would by chance alone.

    Attributes:
        compared: values with a known error.
        far: of them, those more than ``FAR`` standard errors away.
        expected_far: as many would be by chance, were all true reproductions with independent errors; at most that
            many are, since both values of a pair rest on the same images.
    """

    compared: int
    far: int
    expected_far: float


def tally(distances: Sequence[float | None]) -> Tally:
    """Count how many differences are more than chance explains.

    Args:
        distances: in standard errors, with their sign; None where they are not known.

    >>> found = tally([0.1, -2.5, 1.9, None])
    >>> found.compared, found.far, round(found.expected_far, 3)
    (3, 1, 0.137)
    """
    known = [each for each in distances if each is not None]
    far = sum(abs(each) > FAR for each in known)
    return Tally(compared=len(known), far=far, expected_far=EXPECTED_SHARE * len(known))
