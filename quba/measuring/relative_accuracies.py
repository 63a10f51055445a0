"""Accuracies on changed or unfamiliar images as shares of the clean one, with their errors: what ratios are made of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from quba.dimension import Pass
from quba.measuring.observations import ONLY, Observations, Outcome, keeping
from quba.measuring.ratios import relative_accuracy
from quba.measuring.uncertainty import accuracy_covariance, ratio_covariance, standard_errors


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class RelativeAccuracies:
    """The relative accuracies of several passes.

    Attributes:
        relative: one per pass, or per variant of a pass that has some.
        covariance: of them.
        resolution: by how much one image more that is right would raise each.
        image_counts: of each pass.
        parts: ``clean_accuracy``, and per pass its ``accuracy``, ``relative``, ``standard_error``, ``image_count``; for
            each variant the same where a pass has some.
    """

    relative: Float[np.ndarray, " passes"]
    covariance: Float[np.ndarray, "passes passes"]
    resolution: Float[np.ndarray, " passes"]
    image_counts: tuple[int, ...]
    parts: Mapping[str, Any]


_Found = Mapping[tuple[str, str], Outcome]
"""Outcomes by pass or attack, and variant."""


def relative_accuracies(
    observations: Observations, sources: Sequence[Pass], *, same_images: Collection[Pass]
) -> RelativeAccuracies:
    """Hold passes against the clean one.

    Args:
        observations: of one model.
        sources: the passes.
        same_images: those of them whose images are changes of the clean ones, in the same order.

    Raises:
        UndefinedResult: with the reason for which a pass was not run, or ``ZERO_CLEAN_ACCURACY``, and with the parts
            of the passes that were run.

    >>> right = Outcome(right=np.array([True, True]))
    >>> half = Outcome(right=np.array([True, False]))
    >>> seen = Observations(outcomes={Pass.CLEAN: {"": right}, Pass.EDGE: {"": half}})
    >>> relative_accuracies(seen, [Pass.EDGE], same_images=()).relative.tolist()
    [0.5]
    """
    found = {
        (source.value, variant): outcome
        for source in sources
        for variant, outcome in observations.outcomes.get(source, {}).items()
    }
    clean = observations.outcomes_of([Pass.CLEAN]).get(Pass.CLEAN)
    held = (
        None
        if clean is None or clean.accuracy == 0 or not found
        else _relative_accuracies(clean, found, same_images={source.value for source in same_images})
    )
    # Asked for again in order, so that the first pass that is missing says why, with the parts of the others kept.
    with keeping(held.parts if held else _accuracies(clean, found)):
        against = observations.outcome(Pass.CLEAN)
        for source in sources:
            for outcome in observations.variants(source).values():
                relative_accuracy(outcome.accuracy, against.accuracy)
    assert held is not None  # noqa: S101 - narrows; all that keeps it from being there was raised above
    return held


def extra_relative_accuracies(observations: Observations) -> dict[str, Any]:
    """Attacks beyond those that a dimension is made of, held against the clean pass: parts that enter no value.

    Args:
        observations: of one model.

    Returns:
        Empty where there is none; else ``extras`` with, by attack, its ``accuracy`` and ``image_count``, and where a
        clean image is right its ``relative`` accuracy and that one's ``standard_error``.

    >>> right = Outcome(right=np.array([True, True]))
    >>> half = Outcome(right=np.array([True, False]))
    >>> seen = Observations(outcomes={Pass.CLEAN: {"": right}}, extras={"mim": half})
    >>> extra_relative_accuracies(seen)["extras"]["mim"]["relative"]
    0.5
    """
    # Corruptions are named with their severity, "fog/3"; attacks have no slash.
    found = {(name, ONLY): outcome for name, outcome in observations.extras.items() if "/" not in name}
    if not found:
        return {}
    clean = observations.outcomes_of([Pass.CLEAN]).get(Pass.CLEAN)
    # The accuracies stand without a clean one; only the ratio to it would be undefined.
    if clean is None or clean.accuracy == 0:
        parts: Mapping[str, Any] = _accuracies(None, found)
    else:
        parts = _relative_accuracies(clean, found, same_images={name for name, _ in found}).parts
    return {"extras": {name: parts[name] for name, _ in found}}


def _relative_accuracies(clean: Outcome, found: _Found, *, same_images: Collection[str]) -> RelativeAccuracies:
    outcomes = list(found.values())
    relative = [relative_accuracy(each.accuracy, clean.accuracy) for each in outcomes]
    # All ratios share one denominator: its error moves them together, which the covariance must show.
    covariance = ratio_covariance(
        np.array([clean.accuracy, *(each.accuracy for each in outcomes)]),
        accuracy_covariance(
            clean.right.astype(np.float64),
            [each.right.astype(np.float64) for each in outcomes],
            same_images=[source in same_images for source, _ in found],
        ),
    )
    parts = _accuracies(clean, found)
    for (source, variant), ratio, error in zip(found, relative, standard_errors(covariance), strict=True):
        part = parts[source] if variant == ONLY else parts[source][variant]
        part |= {"relative": ratio, "standard_error": error}
    return RelativeAccuracies(
        relative=np.array(relative),
        covariance=covariance,
        # One image more that is right adds 1/n to the accuracy, and that over the clean one to the ratio.
        resolution=np.array([1 / (each.image_count * clean.accuracy) for each in outcomes]),
        image_counts=tuple(each.image_count for each in outcomes),
        parts=parts,
    )


def _accuracies(clean: Outcome | None, found: _Found) -> dict[str, Any]:
    """What stands although no ratio can be formed."""
    parts: dict[str, Any] = {} if clean is None else {"clean_accuracy": clean.accuracy}
    for (source, variant), each in found.items():
        part = {"accuracy": each.accuracy, "image_count": each.image_count}
        if variant == ONLY:
            parts[source] = part
        else:
            parts.setdefault(source, {})[variant] = part
    return parts
