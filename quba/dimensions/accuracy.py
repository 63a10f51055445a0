"""Accuracy: how often the most probable class is the right one."""

import numpy as np
from jaxtyping import Float, Int

from quba.dimension import Dimension, Pass, Theme
from quba.measuring.decision import share_correct
from quba.measuring.observations import Measured, Observations
from quba.measuring.uncertainty import binomial_standard_error
from quba.measuring.validity import require_images
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


def top1_accuracy(outputs: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]) -> float:
    """Share of images whose largest output is the right class; higher is better.

    Args:
        outputs: logits or probabilities, one row per image and one column per class.
        labels: the right class of each image.

    Returns:
        A fraction in [0, 1]. The first class wins where outputs tie.

    Raises:
        ValueError: if there is no image, shapes do not fit, a label names no class, or an output is NaN.

    Source:
        Russakovsky et al. 2015, arXiv 1409.0575.

    >>> top1_accuracy(np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 0]))
    0.5
    """
    require_images(outputs, labels)
    return share_correct(outputs.argmax(axis=1), labels)


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
    return Measured(
        value=clean.accuracy,
        parts={},
        sample_count=clean.image_count,
        standard_error=binomial_standard_error(clean.accuracy, clean.image_count),
    )
