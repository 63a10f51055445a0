"""Selective accuracy: how often a model is right on the images that it is most confident of."""

import numpy as np
from jaxtyping import Bool, Float

from quba.dimension import Dimension, Pass, Theme
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error, values_without
from quba.measuring.observations import Measured, Observations
from quba.measuring.risk_coverage import errors_by_confidence
from quba.measuring.validity import single_precision_probabilities

DIMENSION = Dimension(
    key="selective_accuracy",
    label="Selective accuracy",
    short_label="Sel. acc.",
    position=12,
    theme=Theme.CALIBRATION,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    plausible=(0.0, 1.0),
    higher_is_better=True,
    default_weight=0.0,
    smallest_meaningful_difference=0.005,
    reference=None,
    published_error=None,
    description="How often a model is right if it may pass on the fifth of the images that it is least sure of.",
    procedure=(
        "The accuracy on the 80 % of the clean images whose most probable class has the highest probability. Where "
        "the limit falls among equally confident images, each counts by its chance of being kept."
    ),
    source="Geifman and El-Yaniv 2017, Selective Classification for Deep Neural Networks (arXiv 1705.08500)",
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
)

# Four fifths, as whole numbers, so that rounding never moves the limit by an image.
_KEPT, _OF = 4, 5


def selective_accuracy(confidence: Float[np.ndarray, " images"], right: Bool[np.ndarray, " images"]) -> float:
    """Accuracy on the four fifths of the images that are decided most confidently; higher is better.

    Args:
        confidence: 32-bit, the probability of the most probable class of each image, in [0, 1].
        right: whether each image is decided right.

    Returns:
        A fraction in [0, 1]. A number of images that five does not divide is rounded up to the next whole image.

    Raises:
        ValueError: if there is no image.

    Source:
        Geifman and El-Yaniv 2017, arXiv 1705.08500.

    >>> sure = np.array([0.9, 0.8, 0.7, 0.6, 0.5], dtype=np.float32)
    >>> selective_accuracy(sure, np.array([True, True, True, False, False]))
    0.75
    """
    errors = errors_by_confidence(confidence, right)
    kept = -(-_KEPT * errors.size // _OF)
    return 1 - float(errors[kept - 1]) / kept


def measure(observations: Observations) -> Measured:
    """Selective accuracy of one model, with its jackknife standard error.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        Parts: ``least_confidence``, that of the last image that is kept. The images are those of the clean pass. The
        standard error knows that another draw of the images would move the limit too; one image has none.

    Raises:
        ValueError: if a probability is NaN or outside [0, 1].
        UndefinedResult: with the reason for which the clean pass was not run.
    """
    probabilities, labels = observations.clean_probabilities()
    single = single_precision_probabilities(probabilities, labels)
    confidence, right = single.max(axis=1), single.argmax(axis=1) == labels
    kept = -(-_KEPT * len(labels) // _OF)
    replicates = None
    if len(labels) > 1:
        replicates = values_without(
            lambda left: selective_accuracy(confidence[left], right[left]), balanced_groups(labels)
        )
    return Measured(
        value=selective_accuracy(confidence, right),
        parts={"least_confidence": float(np.sort(confidence)[-kept])},
        sample_count=len(labels),
        standard_error=None if replicates is None else jackknife_standard_error(replicates),
        replicates=None if replicates is None else tuple(replicates.tolist()),
    )
