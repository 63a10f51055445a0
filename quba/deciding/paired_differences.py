"""How far two models of one benchmark lie apart, and how sure that is because both saw the same images.

An image that is hard for one model is mostly hard for the other, so that much of what makes either value uncertain goes
out of their difference. The error of a difference comes from leaving the same groups of images out of both models.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy
from jaxtyping import Float, Integer

from quba.deciding.shared_images import image_count, nothing_differs, pass_of, shared_sizes, unseen_error
from quba.deciding.significance import holm, normal_p
from quba.dimension import Dimension, Missing, Pass
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal, require_share
from quba.measuring.evidence import Evidence
from quba.measuring.jackknife import jackknife_standard_error

_CLEAN = Pass.CLEAN.value
_ACCURACY = "accuracy"


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Values:
    """What is known of a model without evidence, such as a published one.

    Attributes:
        values: of the dimensions that have one, by key.
        standard_errors: of them, None or absent where none is known.
        missing: why the other dimensions have no value.
    """

    values: Mapping[str, float]
    standard_errors: Mapping[str, float | None] = field(default_factory=dict)
    missing: Mapping[str, Missing] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class PairedDifference:
    """One dimension of two models, the second minus the first.

    Attributes:
        dimension: its key.
        value_a: of the first model; None where it has none.
        value_b: of the second.
        difference: ``value_b`` - ``value_a``; None where either has no value.
        standard_error: of the difference; 0 for a counted dimension that was not rounded, None where nothing tells it.
        low: lower end of the interval, which holds the true difference with the confidence asked for; None likewise.
        high: its upper end.
        p: two-sided, of no true difference: the exact McNemar test for the accuracy, else the t test on the replicates,
            the normal one where unpaired. None for a counted dimension, which nobody needs to test, and where there is
            no standard error.
        p_holm: the same corrected for the number of dimensions tested.
        paired: whether the standard error knows that both saw the same images; an exact difference counts as paired.
        degrees_of_freedom: of the t distribution behind the interval; None for the normal one.
        image_count: images that it rests on, each counted once however often it was changed; None where not known.
        missing_a: why the first model has no value; None where it has one.
        missing_b: the same of the second.
    """

    dimension: str
    value_a: float | None
    value_b: float | None
    difference: float | None = None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    paired: bool = False
    degrees_of_freedom: int | None = None
    image_count: int | None = None
    missing_a: Missing | None = None
    missing_b: Missing | None = None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Flips:
    """The images of one pass that one model decides right and the other wrong, by their positions in the data set.

    Attributes:
        now_wrong: right for the first model, wrong for the second.
        now_right: the reverse.
        wrong_by_class: how many are now wrong of each class that has some, by its number; empty for images that are
            not the clean ones, whose classes are not kept.
        right_by_class: how many are now right, likewise.
    """

    now_wrong: Integer[np.ndarray, " wrong"]
    now_right: Integer[np.ndarray, " right"]
    wrong_by_class: Mapping[int, int]
    right_by_class: Mapping[int, int]


def require_comparable(a: Evidence, b: Evidence) -> None:
    """Refuse two models that did not see the same images under the same conditions.

    Args:
        a: of one model.
        b: of the other.

    Raises:
        Refusal: ``not_comparable``, naming all that differs and the next step.

    >>> from quba.measuring.evidence import Conditions
    >>> one, other = (
    ...     Evidence(
    ...         conditions=Conditions(benchmark=key, digest=None, protocol="corrected", seed=0, samples_per_class=None),
    ...         values={}, standard_errors={}, replicates={},
    ...     )
    ...     for key in ("flowers", "birds")
    ... )
    >>> require_comparable(one, other)
    Traceback (most recent call last):
    quba.errors.Refusal: the two models cannot be compared: benchmark flowers against birds.
    """
    # All differences in one answer: who mends the seed should not learn of the protocol a measurement later.
    differing = [
        (f"{words} {_words_of(one)} against {_words_of(other)}", step)
        for name, (words, step) in _CONDITIONS.items()
        if (one := getattr(a.conditions, name)) != (other := getattr(b.conditions, name))
    ]
    # Conditions that differ say all; where they agree, the images themselves must.
    differing = differing or _other_images(a, b)
    if differing:
        raise Refusal(
            "not_comparable",
            f"the two models cannot be compared: {'; '.join(found for found, _ in differing)}.",
            " ".join(dict.fromkeys(step for _, step in differing)),
        )


_CONDITIONS: Mapping[str, tuple[str, str]] = {
    "benchmark": ("benchmark", "Measure both on one benchmark."),
    "digest": (
        "contents of the benchmark",
        "The benchmark was edited between the two; measure the older model again.",
    ),
    "protocol": ("protocol", "Measure both with one protocol."),
    "seed": ("seed", "Measure both with one seed."),
    "samples_per_class": ("images per class", "Measure both on all images, or on the same subset."),
}
_AGAIN = "Images were added, removed or could not be read; measure both again."


def _words_of(value: str | int | None) -> str:
    return "none" if value is None else str(value)


def _other_images(a: Evidence, b: Evidence) -> list[tuple[str, str]]:
    found = [
        (f"{name} has {a.right[name].size} images against {b.right[name].size}", _AGAIN)
        for name in sorted(a.right.keys() & b.right.keys())
        if a.right[name].size != b.right[name].size
    ]
    if not found:
        found = [
            (f"other images of {name} could not be read", _AGAIN)
            for name in sorted(a.right.keys() & b.right.keys())
            if not np.array_equal(a.places(name), b.places(name))
        ]
    if not found and a.labels is not None and b.labels is not None and not np.array_equal(a.labels, b.labels):
        found = [("the clean images have other classes", _AGAIN)]
    return found


def paired_differences(a: Evidence, b: Evidence, *, confidence: float = 0.95) -> tuple[PairedDifference, ...]:
    """How far the second of two models lies from the first on each dimension that either was measured on.

    The paired standard error is the jackknife one of the differences of the replicates, the interval Student's t on one
    degree of freedom less than there are groups. Where a value is counted from right and wrong decisions, the error of
    two more images that turn is added, so that few flips, or none, are not taken for certainty. Models that
    agree in every decision, confidence and value are one and the same, and differ by exactly 0. Where replicates of
    one are missing the error is that of two independent values, which is too large for models of the same images, and
    ``paired`` says so.

    Args:
        a: the first model, such as the baseline.
        b: the second model, such as the new one.
        confidence: how often such intervals hold the true difference, above 0 and below 1.

    Returns:
        In the customary order of the dimensions; those that neither names are left out.

    Raises:
        Refusal: ``not_comparable``, as ``require_comparable``.
        QuestionError: ``share_out_of_range`` for a confidence that is none.

    Source:
        Kott 2001, "The delete-a-group jackknife", Journal of Official Statistics 17(4); McNemar 1947, "Note on the
        sampling error of the difference between correlated proportions", in its exact binomial form; Holm 1979;
        Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all right?" (the rule of three).

    >>> from quba.measuring.evidence import Conditions
    >>> where = Conditions(benchmark="toy-shapes", digest=None, protocol="corrected", seed=0, samples_per_class=None)
    >>> old, new = (
    ...     Evidence(
    ...         conditions=where, values={"accuracy": v}, standard_errors={"accuracy": 0.1},
    ...         replicates={"accuracy": np.array(r)}, right={"clean": np.array(bits)},
    ...     )
    ...     for v, r, bits in ((0.5, [1.0, 0.0], [False, True]), (1.0, [1.0, 1.0], [True, True]))
    ... )
    >>> (found,) = paired_differences(old, new)
    >>> found.difference, found.standard_error, found.degrees_of_freedom, found.p, found.paired
    (0.5, 1.118033988749895, 1, 1.0, True)
    """
    require_comparable(a, b)
    require_share("confidence", confidence)
    same = nothing_differs(a, b)
    found = [_unpaired_difference(each, a, b, confidence) for each in _dimensions_of(a, b)]
    return _with_holm([_paired_difference(each, a, b, confidence, same=same) for each in found])


def unpaired_differences(
    a: Values | Evidence, b: Values | Evidence, *, confidence: float = 0.95
) -> tuple[PairedDifference, ...]:
    """The same for two models of which one has no evidence: as if they had seen other images.

    Args:
        a: the first model.
        b: the second model.
        confidence: as for ``paired_differences``.

    Returns:
        As ``paired_differences``; only counted dimensions are ``paired``. Without a standard error of both, there is a
        difference and no interval.

    Raises:
        QuestionError: ``share_out_of_range`` for a confidence that is none.

    Source:
        The variances of independent values add up.

    >>> one = Values(values={"accuracy": 0.75}, standard_errors={"accuracy": 0.003})
    >>> (found,) = unpaired_differences(one, Values(values={"accuracy": 0.80}, standard_errors={"accuracy": 0.004}))
    >>> round(found.difference, 3), round(found.standard_error, 3), found.paired
    (0.05, 0.005, False)
    """
    require_share("confidence", confidence)
    return _with_holm([_unpaired_difference(each, a, b, confidence) for each in _dimensions_of(a, b)])


def flips(a: Evidence, b: Evidence) -> Mapping[str, Flips]:
    """Which images one model decides right and the other wrong.

    Args:
        a: the first model.
        b: the second model.

    Returns:
        By pass, and where a pass has variants by pass and variant, for those that both have.

    Raises:
        Refusal: ``not_comparable``, as ``require_comparable``.

    >>> from quba.measuring.evidence import Conditions
    >>> where = Conditions(benchmark="toy-shapes", digest=None, protocol="corrected", seed=0, samples_per_class=None)
    >>> old, new = (
    ...     Evidence(
    ...         conditions=where, values={}, standard_errors={}, replicates={}, labels=np.array([0, 0, 7]),
    ...         right={"clean": np.array(bits)},
    ...     )
    ...     for bits in ([True, True, True], [True, False, False])
    ... )
    >>> found = flips(old, new)["clean"]
    >>> found.now_wrong.tolist(), found.now_right.tolist(), found.wrong_by_class
    ([1, 2], [], {0: 1, 7: 1})
    """
    require_comparable(a, b)
    labels = a.labels if b.labels is None else b.labels
    found: dict[str, Flips] = {}
    for name in (name for name in a.right if name in b.right):
        # The same images in the same order, which `require_comparable` has made sure of.
        wrong = np.flatnonzero(a.right[name] & ~b.right[name])
        right = np.flatnonzero(~a.right[name] & b.right[name])
        # By places in the data set and not in what was read, so that the gallery shows the images that flipped.
        places = a.places(name)
        # Of a pass over fewer images nobody knows which they are.
        known = labels is not None and pass_of(name).of_clean_images and labels.size == a.right[name].size
        found[name] = Flips(
            now_wrong=places[wrong],
            now_right=places[right],
            wrong_by_class=_by_class(labels[wrong]) if known and labels is not None else {},
            right_by_class=_by_class(labels[right]) if known and labels is not None else {},
        )
    return found


def _by_class(labels: Integer[np.ndarray, " images"]) -> dict[int, int]:
    classes, counts = np.unique(labels, return_counts=True)
    return dict(zip(classes.tolist(), counts.tolist(), strict=True))


def _dimensions_of(a: Values | Evidence, b: Values | Evidence) -> list[Dimension]:
    keys = a.values.keys() | b.values.keys() | a.missing.keys() | b.missing.keys()
    return [dimension for key, dimension in DIMENSIONS.items() if key in keys]


def _paired_difference(
    found: PairedDifference, a: Evidence, b: Evidence, confidence: float, *, same: bool
) -> PairedDifference:
    """The difference with the error that it has because both saw the same images, where that can be told."""
    key, difference = found.dimension, found.difference
    dimension = DIMENSIONS[key]
    sizes = shared_sizes(dimension, a, b)
    found = replace(found, image_count=image_count(sizes))
    if difference is None or dimension.counted or not (key in a.replicates and key in b.replicates):
        return found
    of_differences: Float[np.ndarray, " groups"] = b.replicates[key] - a.replicates[key]
    error = jackknife_standard_error(of_differences)
    if error is None:
        return found
    # Probabilities differ on nearly every image, so the replicates see what right and wrong alone would hide.
    if not (same or dimension.needs_probabilities):
        error = math.hypot(error, unseen_error(sizes))
    # One less than the groups: few replicates make the error itself unsure, and the interval wider.
    freedom = of_differences.size - 1
    half = error * float(scipy.stats.t.ppf((1 + confidence) / 2, freedom))
    return replace(
        found,
        standard_error=error,
        low=difference - half,
        high=difference + half,
        p=_mcnemar(a, b) if key == _ACCURACY else _t_p(difference, error, freedom),
        paired=True,
        degrees_of_freedom=freedom,
    )


def _unpaired_difference(
    dimension: Dimension, a: Values | Evidence, b: Values | Evidence, confidence: float
) -> PairedDifference:
    key = dimension.key
    value_a, value_b = a.values.get(key), b.values.get(key)
    if value_a is None or value_b is None:
        return PairedDifference(
            dimension=key,
            value_a=value_a,
            value_b=value_b,
            missing_a=a.missing.get(key, Missing.NOT_MEASURED) if value_a is None else None,
            missing_b=b.missing.get(key, Missing.NOT_MEASURED) if value_b is None else None,
        )
    found = PairedDifference(dimension=key, value_a=value_a, value_b=value_b, difference=value_b - value_a)
    difference = value_b - value_a
    error_a, error_b = a.standard_errors.get(key), b.standard_errors.get(key)
    if dimension.counted:
        # A count is exact, unless it was published rounded, which its error says.
        error_a, error_b = error_a or 0.0, error_b or 0.0
    if error_a is None or error_b is None:
        return found
    error = math.hypot(error_a, error_b)
    # No degrees of freedom are known of a published error: the normal quantile.
    half = error * float(scipy.stats.t.ppf((1 + confidence) / 2, math.inf))
    return replace(
        found,
        standard_error=error,
        low=difference - half,
        high=difference + half,
        p=None if dimension.counted else normal_p(difference, error),
        paired=dimension.counted and error == 0,
    )


def _with_holm(found: Sequence[PairedDifference]) -> tuple[PairedDifference, ...]:
    # Only tests that were made count: an untested dimension must not make the others pay.
    corrected = iter(holm([each.p for each in found if each.p is not None]))
    return tuple(each if each.p is None else replace(each, p_holm=next(corrected)) for each in found)


def _t_p(difference: float, error: float, freedom: int) -> float:
    # Without an error, no difference has 1 and any other has 0, as for the normal test.
    return normal_p(difference, error) if error == 0 else float(2 * scipy.stats.t.sf(abs(difference) / error, freedom))


def _mcnemar(a: Evidence, b: Evidence) -> float:
    """Exact p of as many images turning right as turning wrong."""
    one, other = a.right[_CLEAN], b.right[_CLEAN]
    # Images that both got right, or both wrong, say nothing about which of the two is better.
    now_right, turned = int((~one & other).sum()), int((one != other).sum())
    return float(scipy.stats.binomtest(now_right, turned).pvalue) if turned else 1.0
