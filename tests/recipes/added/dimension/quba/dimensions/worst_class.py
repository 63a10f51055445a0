"""Worst class: how often a model is right on the class it serves worst."""

import numpy as np
from jaxtyping import Int

from quba.dimension import Dimension, Pass, Theme
from quba.dimensions.class_balance import recalls
from quba.measuring.observations import Measured, Observations

DIMENSION = Dimension(
    key="worst_class",
    label="Worst class",
    short_label="Worst class",
    position=9,
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
    procedure="The accuracy on the validation images of each class; the value is the least of them.",
    source="Sagawa et al. 2020, Distributionally robust neural networks (arXiv 1911.08731)",
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
)


def worst_class(decisions: Int[np.ndarray, " images"], labels: Int[np.ndarray, " images"], class_count: int) -> float:
    """Least accuracy among the classes; higher is better.

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

    >>> worst_class(np.array([0, 1, 1]), np.array([0, 0, 1]), class_count=2)
    0.5
    """
    return float(recalls(decisions, labels, class_count).min())


def measure(observations: Observations) -> Measured:
    """Worst class of one model.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        Parts: ``class``, the number of the class. The images are those of the clean pass.

    Raises:
        UndefinedResult: as ``worst_class``, and with the reason for which the clean pass was not run.
    """
    probabilities, labels = observations.clean_probabilities()
    decisions = probabilities.argmax(axis=1)
    return Measured(
        value=worst_class(decisions, labels, probabilities.shape[1]),
        parts={"class": int(recalls(decisions, labels, probabilities.shape[1]).argmin())},
        sample_count=len(labels),
        standard_error=None,
    )
