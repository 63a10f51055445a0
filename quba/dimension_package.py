"""What a package brings under the entry point of dimensions, and what its ``measure`` may give back.

A package names a module like one of ``quba/dimensions``, with ``DIMENSION`` and ``measure``, or a ``Dimension`` alone,
whose values then come by import. Both are a stranger's: whatever is wrong with them is said in words.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, TypeGuard

from quba.dimension import Dimension, Missing, Pass, UndefinedResult
from quba.errors import Refusal
from quba.measuring.jackknife import GROUP_COUNT
from quba.measuring.observations import Measured, Observations
from quba.measuring.sample_size import FEW_IMAGES

PLUG_IN_PASSES = (Pass.CLEAN, Pass.FGSM, Pass.PGD, Pass.CORRUPTIONS)
"""What a package may measure from: the clean images and what is made of them, which every benchmark has."""

_LONGEST_PARTS = 100_000
_LONGEST_NOTE = 2_000
_SHOWN = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageDimension:
    """A dimension that a package brings.

    Attributes:
        dimension: as the package describes it.
        measure: what measures it; None where values come by import alone. Its result is to be judged by
            ``package_result``.
    """

    dimension: Dimension
    measure: Callable[[Observations], object] | None


def package_dimension(found: object) -> PackageDimension:
    """The dimension behind an entry point.

    Args:
        found: what the entry point names: a ``Dimension``, or a module with ``DIMENSION`` and, where it measures,
            ``measure``.

    Raises:
        Refusal: ``bad_dimension``, where it is neither, or measures from what it may not.

    >>> from quba.dimensions import brier_score
    >>> package_dimension(brier_score).measure is brier_score.measure
    True
    >>> package_dimension(brier_score.DIMENSION).measure is None
    True
    """
    if isinstance(found, Dimension):
        return PackageDimension(dimension=found, measure=None)
    dimension, measure = getattr(found, "DIMENSION", None), getattr(found, "measure", None)
    if not isinstance(dimension, Dimension):
        raise Refusal(
            "bad_dimension",
            f"It is a {type(found).__name__}, not a quba.dimension.Dimension or a module with one named DIMENSION.",
            "Let the entry point name one of these; docs/dimensions.md shows how.",
        )
    if measure is None:
        return PackageDimension(dimension=dimension, measure=None)
    if not callable(measure):
        raise Refusal(
            "bad_dimension",
            f"Its measure is a {type(measure).__name__}, which cannot be called.",
            "Make it a function; docs/dimensions.md shows how.",
        )
    if not dimension.passes or not set(dimension.passes) <= set(PLUG_IN_PASSES) or dimension.alternatives:
        named = ", ".join((*dimension.passes, *dimension.alternatives)) or "none"
        raise Refusal(
            "bad_dimension",
            f"It measures from the passes {named}; a package can measure from {', '.join(PLUG_IN_PASSES)}.",
            "Name one or more of these in passes, and nothing in alternatives; docs/dimensions.md shows how.",
        )
    return PackageDimension(dimension=dimension, measure=measure)


def package_result(dimension: Dimension, found: object) -> Measured:
    """What the ``measure`` of a package gave, with plain numbers in it.

    Args:
        dimension: that it measures.
        found: what it gave.

    Returns:
        The same value as a plain ``Measured`` that holds nothing of a package's own classes, with its parts as JSON has
        them. A standard error that is None stays None: nobody knows it.

    Raises:
        ValueError: the value cannot be one of the dimension, or something about it is of another kind than
            ``Measured`` says; the message continues "it gave".

    >>> from quba.dimensions import DIMENSIONS
    >>> package_result(DIMENSIONS["accuracy"], 0.5)
    Traceback (most recent call last):
    ValueError: a float in the place of a quba.measuring.observations.Measured
    >>> given = Measured(value=0.5, parts={}, sample_count=2, standard_error=None)
    >>> package_result(DIMENSIONS["accuracy"], given).value
    0.5
    """
    if not isinstance(found, Measured):
        raise ValueError(f"a {type(found).__name__} in the place of a quba.measuring.observations.Measured")
    value, error, count = found.value, found.standard_error, found.sample_count
    if not _is_number(value):
        raise ValueError(f"a {type(value).__name__} as the value, which must be one finite number")
    violated = dimension.violation(float(value))
    if violated is not None:
        raise ValueError(f"{float(value):g}, but {violated}")
    if error is not None and not (_is_number(error) and math.isfinite(error) and error >= 0):
        raise ValueError(f"{_excerpt(error)} as the standard error, which is a number, 0 or more, or None if not known")
    if count is not None and not (isinstance(count, Integral) and count > 0):
        raise ValueError(f"{_excerpt(count)} as the number of images, which is 1 or more, or None where there are none")
    # Afresh: a class that the package derives from ours would take its code along to whoever reads the value.
    return Measured(
        value=float(value),
        standard_error=None if error is None else float(error),
        sample_count=None if count is None else int(count),
        parts=_plain_parts(found.parts),
        flags=_known_flags(found.flags),
        note=_note(found.note),
        replicates=_numbers(found.replicates),
    )


def package_reason(undefined: UndefinedResult) -> UndefinedResult:
    """Why a package has no value, with plain parts.

    Args:
        undefined: that its ``measure`` raised.

    Raises:
        ValueError: the reason is none of ``Missing``, or the parts are not plain; the message continues "it gave".

    >>> package_reason(UndefinedResult(Missing.NOT_APPLICABLE, "no birds")).reason.value
    'not_applicable'
    """
    if not isinstance(undefined.reason, Missing):
        raise ValueError(f"{_excerpt(undefined.reason)} as the reason for no value, which is a quba.dimension.Missing")
    return UndefinedResult(Missing(undefined.reason), str(undefined)[:_LONGEST_NOTE], _plain_parts(undefined.parts))


def scale_change(known: Dimension, its: Dimension) -> str | None:
    """How the values of a dimension differ in unit, bounds or direction from those that are known of it.

    Args:
        known: the description under which its values are kept.
        its: what a package brings under the same key.

    Returns:
        Both in words; None where values of one can stand under the other.

    >>> from quba.dimensions import DIMENSIONS
    >>> scale_change(DIMENSIONS["accuracy"], DIMENSIONS["calibration_error"])
    'fraction from 0 to 1, lower is better, and not in fraction from 0 to 1, higher is better'
    >>> scale_change(DIMENSIONS["accuracy"], DIMENSIONS["accuracy"]) is None
    True
    """
    if _scale(known) == _scale(its):
        return None
    return f"{_scale_text(its)}, and not in {_scale_text(known)}"


def _scale(dimension: Dimension) -> tuple[str, float | None, float | None, bool]:
    return dimension.unit, dimension.lower_bound, dimension.upper_bound, dimension.higher_is_better


def _scale_text(dimension: Dimension) -> str:
    low, high = ("anything" if each is None else f"{each:g}" for each in (dimension.lower_bound, dimension.upper_bound))
    return f"{dimension.unit} from {low} to {high}, {dimension.direction}"


def _is_number(value: object) -> TypeGuard[float]:
    # True is a number to Python, and no measurement.
    return isinstance(value, Real) and not isinstance(value, bool)


def _plain_parts(parts: object) -> Mapping[str, Any]:
    if not isinstance(parts, Mapping):
        raise ValueError(f"a {type(parts).__name__} as the parts, which are a mapping from names to plain numbers")
    try:
        # NaN and NumPy's numbers are no JSON, and a store refuses them after everything was measured.
        text = json.dumps(dict(parts), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"parts that JSON cannot hold ({str(error)[:_SHOWN]}); use float() and int()") from None
    if len(text) > _LONGEST_PARTS:
        raise ValueError(f"parts of {len(text)} characters; {_LONGEST_PARTS} are the most")
    plain: Mapping[str, Any] = json.loads(text)
    return plain


def _known_flags(flags: object) -> tuple[str, ...]:
    given = tuple(flags) if isinstance(flags, tuple | list) else (flags,)
    if any(each != FEW_IMAGES for each in given):
        raise ValueError(f"the flags {_excerpt(flags)}; the only one that a measure sets is {FEW_IMAGES}")
    return (FEW_IMAGES,) * len(given)


def _note(note: object) -> str:
    if not isinstance(note, str) or len(note) > _LONGEST_NOTE:
        raise ValueError(f"a note that is no text of up to {_LONGEST_NOTE} characters")
    return str(note)


def _numbers(replicates: object) -> tuple[float, ...] | None:
    if replicates is None:
        return None
    if isinstance(replicates, tuple) and 0 < len(replicates) <= GROUP_COUNT:
        given = tuple(float(each) for each in replicates if _is_number(each) and math.isfinite(each))
        if len(given) == len(replicates):
            return given
    raise ValueError(f"replicates that are no tuple of 1 to {GROUP_COUNT} finite numbers")


def _excerpt(value: object) -> str:
    return repr(value)[:_SHOWN]
