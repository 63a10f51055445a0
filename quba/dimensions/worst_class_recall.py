"""Worst-class recall: how often a model is right on the class that it serves worst."""

import numpy as np
from jaxtyping import Bool, Float, Int

from quba.dimension import Dimension, Pass, Theme
from quba.dimensions.class_balance import recalls
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error
from quba.measuring.observations import Measured, Observations
from quba.measuring.sample_size import FEW_IMAGES, shortage, too_few_images
from quba.measuring.validity import single_precision_probabilities

DIMENSION = Dimension(
    key="worst_class_recall",
    label="Worst-class recall",
    short_label="Worst class",
    position=15,
    theme=Theme.FAIRNESS,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    plausible=(0.0, 1.0),
    higher_is_better=True,
    default_weight=0.0,
    smallest_meaningful_difference=0.02,
    reference=None,
    published_error=None,
    description="How often a model is right on the class that it serves worst.",
    procedure=(
        "The share of the clean images of each class that are decided right; the value is the least of them. Chance "
        "pushes it down, the more so the more classes and the fewer images there are: compare it at equal counts only."
    ),
    source="Sagawa et al. 2020, Distributionally Robust Neural Networks for Group Shifts (arXiv 1911.08731)",
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
    # As for class balance: the recall of a class from fewer images says what was drawn.
    fewest_images_per_class=10,
)


def worst_class_recall(
    decisions: Int[np.ndarray, " images"], labels: Int[np.ndarray, " images"], class_count: int
) -> float:
    """Least share of a class's images that are decided right; higher is better.

    Args:
        decisions: the class decided for, one per image.
        labels: the right class of each image.
        class_count: number of classes.

    Returns:
        A fraction in [0, 1]; 1 means that every image is decided right.

    Raises:
        ValueError: if there is no image, a count differs, or a label names no class.
        UndefinedResult: with ``NOT_APPLICABLE`` if a class has no image.

    Source:
        Sagawa et al. 2020, arXiv 1911.08731.

    >>> worst_class_recall(np.array([0, 1, 1]), np.array([0, 0, 1]), class_count=2)
    0.5
    """
    return float(recalls(decisions, labels, class_count).min())


def measure(observations: Observations) -> Measured:
    """Worst-class recall of one model, with its jackknife standard error.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        Parts: ``class``, the number of the class, the first where several are served alike. The images are those of
        the clean pass. Another class is the worst in some replicates, so that the standard error errs on the large
        side; where a class has one image there is none. Where a class has fewer than 10, the value is flagged.

    Raises:
        ValueError: if a probability is NaN or outside [0, 1].
        UndefinedResult: as ``worst_class_recall``, with the reason for which the clean pass was not run, and with
            ``TOO_FEW_IMAGES`` where the observations refuse what would be flagged.
    """
    probabilities, labels = observations.clean_probabilities()
    single = single_precision_probabilities(probabilities, labels)
    few = shortage(DIMENSION, labels, single.shape[1], observations.class_names)
    if few and observations.refuses_few_images:
        raise too_few_images(few, {})
    decisions = single.argmax(axis=1)
    of_class = recalls(decisions, labels, single.shape[1])
    replicates = None
    # Leaving out the only image of a class would leave a class without any.
    if np.bincount(labels).min() > 1:
        replicates = _replicates(decisions == labels, labels)
    return Measured(
        value=worst_class_recall(decisions, labels, single.shape[1]),
        parts={"class": int(of_class.argmin())},
        sample_count=len(labels),
        standard_error=None if replicates is None else jackknife_standard_error(replicates),
        flags=(FEW_IMAGES,) if few else (),
        note=few,
        replicates=None if replicates is None else tuple(replicates.tolist()),
    )


def _replicates(right: Bool[np.ndarray, " images"], labels: Int[np.ndarray, " images"]) -> Float[np.ndarray, " groups"]:
    """The least recall without each group of images."""
    groups = balanced_groups(labels)
    class_count = int(labels.max()) + 1
    cell = groups.of_image * class_count + labels

    def sums_without(weights: Bool[np.ndarray, " images"] | None) -> Float[np.ndarray, "groups classes"]:
        table = np.bincount(cell, weights, minlength=groups.count * class_count)
        by_group = table.reshape(groups.count, class_count).astype(np.float64)
        sums: Float[np.ndarray, "groups classes"] = by_group.sum(axis=0) - by_group
        return sums

    least: Float[np.ndarray, " groups"] = (sums_without(right) / sums_without(None)).min(axis=1)
    return least
