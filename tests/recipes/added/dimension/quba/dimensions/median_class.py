"""Median class: how often a model is right on the class in the middle."""

import numpy as np
from jaxtyping import Int

from quba.dimension import Dimension, Pass, Theme
from quba.dimensions.class_balance import recalls
from quba.measuring.observations import Measured, Observations

DIMENSION = Dimension(
    key="median_class",
    label="Median class",
    short_label="Median class",
    position=19,
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
    description="How often a model is right on the class that it serves better than one half and worse than the other.",
    procedure="The accuracy on the validation images of each class; the value is their median.",
    source="Hesse et al. 2026, whose class balance is the spread of the same recalls (arXiv 2503.17110)",
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
)


def median_class(decisions: Int[np.ndarray, " images"], labels: Int[np.ndarray, " images"], class_count: int) -> float:
    """Median accuracy of the classes; higher is better.

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
        Hesse et al. 2026, arXiv 2503.17110.

    >>> median_class(np.array([0, 1, 1]), np.array([0, 0, 1]), class_count=2)
    0.75
    """
    return float(np.median(recalls(decisions, labels, class_count)))


def measure(observations: Observations) -> Measured:
    """Median class of one model.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        No parts; the images are those of the clean pass.

    Raises:
        UndefinedResult: as ``median_class``, and with the reason for which the clean pass was not run.
    """
    probabilities, labels = observations.clean_probabilities()
    decisions = probabilities.argmax(axis=1)
    return Measured(
        value=median_class(decisions, labels, probabilities.shape[1]),
        parts={},
        sample_count=len(labels),
        standard_error=None,
    )
