"""The values of a dimension with each group of images left out: what the error of a difference of two models rests on.

Two models of one benchmark saw the same images in the same order, so that the same groups can be left out of both. How
much the difference changes with the images then says how far it may be off.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from quba.dimension import Dimension, Pass, UndefinedResult
from quba.dimensions import DIMENSIONS, MEASURES
from quba.measuring.jackknife import GROUP_COUNT, Groups, balanced_groups
from quba.measuring.observations import ONLY, Measured, Observations, Outcome


def replicates(key: str, observations: Observations, measured: Measured) -> Float[np.ndarray, " groups"] | None:
    """The values of a dimension with each group of images left out.

    The clean images are dealt to 20 groups balanced within class, and what was done to them goes with them; any other
    set is dealt by position. Groups are the same for every model of a benchmark.

    Args:
        key: of the dimension.
        observations: of one model, from which ``measured`` came; with labels where the clean images were measured.
            Probabilities are needed only where the dimension needs them and did not give replicates of its own.
        measured: the value with all images.

    Returns:
        One value per group, or fewer than 20 where no set has as many images. None where there are no images, fewer
        than two in some set, or no value without some group.

    Raises:
        KeyError: for a dimension that does not exist.

    Source:
        Kott 2001, "The delete-a-group jackknife", Journal of Official Statistics 17(4).

    >>> seen = Observations(outcomes={Pass.CLEAN: {ONLY: Outcome(right=np.array([True, False, True]))}})
    >>> replicates("accuracy", seen, MEASURES["accuracy"](seen)).tolist()
    [0.5, 1.0, 0.5]
    """
    return replicates_by(MEASURES[key], DIMENSIONS[key], observations, measured)


def replicates_by(
    measure: Callable[[Observations], Measured], dimension: Dimension, observations: Observations, measured: Measured
) -> Float[np.ndarray, " groups"] | None:
    """The same by a formula that is at hand, as that of an installed package is.

    Args:
        measure: the formula; it may raise ``UndefinedResult``.
        dimension: that it measures.
        observations: as for ``replicates``.
        measured: likewise.

    Returns:
        As ``replicates``.

    >>> from quba.dimensions import accuracy
    >>> seen = Observations(outcomes={Pass.CLEAN: {ONLY: Outcome(right=np.array([True, False, True]))}})
    >>> replicates_by(accuracy.measure, accuracy.DIMENSION, seen, accuracy.measure(seen)).tolist()
    [0.5, 1.0, 0.5]
    """
    if measured.replicates is not None:
        return np.array(measured.replicates)
    relevant = _relevant(dimension, observations)
    groups = _groups(relevant)
    if not groups or min(each.count for each in groups.values()) < 2:
        return None
    try:
        values = [measure(without).value for without in _leaving_out(relevant, groups)]
    except UndefinedResult:
        return None
    return np.array(values)


_Where = tuple[Pass, str]


def _relevant(dimension: Dimension, observations: Observations) -> Observations:
    """Only what the value is made of, so that no time goes into anything else."""
    needed = dimension.passes_on(observations.sources)
    return replace(
        observations,
        outcomes={source: found for source, found in observations.outcomes.items() if source in needed},
        probabilities=observations.probabilities if dimension.needs_probabilities else None,
        labels=observations.labels if Pass.CLEAN in needed else None,
        cue_kinds=observations.cue_kinds if Pass.CUE_CONFLICT in needed else None,
        extras={},
        # A value that stands with all images is not withdrawn because a group of them is left out.
        refuses_few_images=False,
    )


def _groups(observations: Observations) -> dict[_Where, Groups]:
    """Groups of the images of every outcome; labels and cue decisions are under their passes."""
    counts = {
        (source, variant): outcome.image_count
        for source, variants in observations.outcomes.items()
        for variant, outcome in variants.items()
    }
    if observations.labels is not None:
        counts[Pass.CLEAN, ONLY] = observations.labels.size
    if observations.cue_kinds is not None:
        counts[Pass.CUE_CONFLICT, ONLY] = observations.cue_kinds.size
    clean = counts.get((Pass.CLEAN, ONLY), 0)
    of_clean = _by_position(clean) if observations.labels is None else balanced_groups(observations.labels)
    return {
        # Of a pass over fewer images nobody knows which they are.
        where: of_clean if where[0].of_clean_images and count == clean else _by_position(count)
        for where, count in counts.items()
    }


def _by_position(count: int) -> Groups:
    of_image: Int[np.ndarray, " images"] = np.arange(count) % GROUP_COUNT
    return Groups(of_image, min(count, GROUP_COUNT))


def _leaving_out(observations: Observations, groups: Mapping[_Where, Groups]) -> Iterator[Observations]:
    """The observations without each group in turn."""
    for group in range(max(each.count for each in groups.values())):
        kept = {where: each.of_image != group for where, each in groups.items()}
        labels, probabilities, kinds = observations.labels, observations.probabilities, observations.cue_kinds
        yield replace(
            observations,
            outcomes={
                source: {
                    variant: Outcome(right=outcome.right[kept[source, variant]])
                    for variant, outcome in variants.items()
                }
                for source, variants in observations.outcomes.items()
            },
            labels=None if labels is None else labels[kept[Pass.CLEAN, ONLY]],
            probabilities=None if probabilities is None else probabilities[kept[Pass.CLEAN, ONLY]],
            cue_kinds=None if kinds is None else kinds[kept[Pass.CUE_CONFLICT, ONLY]],
        )
