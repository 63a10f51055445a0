"""Accuracy: how often the most probable class is the right one."""

import numpy as np
from jaxtyping import Bool, Float

from quba.dimension import Dimension, Pass, Theme
from quba.measuring.observations import Measured, Observations, Outcome
from quba.measuring.uncertainty import binomial_standard_error
from quba.published_error import VALIDATION_IMAGES, PublishedError, binomial_errors
from quba.reference import Reference


def _published_error(
    _value: Float[np.ndarray, " models"],
    accuracy: Float[np.ndarray, " models"],
) -> Float[np.ndarray, " models"]:
    return binomial_errors(accuracy, VALIDATION_IMAGES)


DIMENSION = Dimension(
    key="accuracy",
    label="Accuracy",
    short_label="Acc.",
    position=0,
    theme=Theme.ACCURACY,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    plausible=(0.0, 1.0),
    higher_is_better=True,
    default_weight=1.0,
    smallest_meaningful_difference=0.005,
    reference=Reference(0.7990557251908397, 0.034685710545946026),
    published_error=PublishedError("binomial on 50,000 images", _published_error),
    description="Share of clean test images whose most probable class is the right one.",
    procedure="On ImageNet-1k, these are the 50,000 validation images and 1,000 classes.",
    source="Russakovsky et al. 2015, ImageNet Large Scale Visual Recognition Challenge (arXiv 1409.0575)",
    passes=(Pass.CLEAN,),
)


def accuracy(right: Bool[np.ndarray, " images"]) -> float:
    """Share of images whose most probable class is the right one; higher is better.

    Args:
        right: per image, whether it was decided right: ``outputs.argmax(axis=1) == labels``, so that the first class
            wins where outputs tie.

    Returns:
        A fraction in [0, 1].

    Raises:
        ValueError: if there is no image.

    Source:
        Russakovsky et al. 2015, arXiv 1409.0575.

    >>> outputs, labels = np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 0])
    >>> accuracy(outputs.argmax(axis=1) == labels)
    0.5
    """
    return Outcome(right=right).accuracy


def measure(observations: Observations) -> Measured:
    """Accuracy of one model, with its binomial standard error.

    Args:
        observations: with the clean pass.

    Returns:
        No parts; the images are those of the clean pass.

    Raises:
        UndefinedResult: with the reason for which the clean pass was not run.
    """
    clean = observations.outcome(Pass.CLEAN)
    value = accuracy(clean.right)
    return Measured(
        value=value,
        parts={},
        sample_count=clean.image_count,
        standard_error=binomial_standard_error(value, clean.image_count),
    )
