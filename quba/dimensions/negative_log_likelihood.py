"""Negative log-likelihood: how surprised a model is by the right class."""

import numpy as np
from jaxtyping import Float

from quba.dimension import Dimension, Missing, Pass, Theme, UndefinedResult
from quba.measuring.image_means import measured_mean
from quba.measuring.observations import Measured, Observations
from quba.measuring.validity import single_precision_probabilities

DIMENSION = Dimension(
    key="negative_log_likelihood",
    label="Negative log-likelihood",
    short_label="NLL",
    position=9,
    theme=Theme.CALIBRATION,
    unit="nats",
    lower_bound=0.0,
    upper_bound=None,
    plausible=(0.0, 50.0),
    higher_is_better=False,
    default_weight=0.0,
    smallest_meaningful_difference=0.02,
    reference=None,
    published_error=None,
    description="How improbable a model finds the right class, on average; at 0 it is sure of it every time.",
    procedure=(
        "Minus the natural logarithm of the probability of the right class, as the mean over the clean images. One "
        "right class with a probability of exactly 0 makes it infinite; the model then has no value."
    ),
    source="Good 1952, Rational Decisions; as a measure of calibration, Guo et al. 2017 (arXiv 1706.04599)",
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
)


def negative_log_likelihood(of_right_class: Float[np.ndarray, " images"]) -> float:
    """Mean of minus the natural logarithm of the right class's probability; lower is better.

    Args:
        of_right_class: the probability of the right class of each image, in [0, 1].

    Returns:
        0 or more, in nats; ln(classes) for a model that finds all classes alike.

    Raises:
        ValueError: if there is no image.
        UndefinedResult: with ``NOT_APPLICABLE`` if the right class of an image has probability 0, which makes the mean
            infinite. A smallest probability is not put in its place: the value would be that of the choice.

    Source:
        Good 1952, "Rational Decisions", Journal of the Royal Statistical Society B 14(1).

    >>> round(negative_log_likelihood(np.array([0.5, 0.25])), 4)  # ln 2 and ln 4
    1.0397
    """
    return float(_losses(of_right_class).mean())


def _losses(of_right_class: Float[np.ndarray, " images"]) -> Float[np.ndarray, " images"]:
    """The loss of every image."""
    if of_right_class.size == 0:
        raise ValueError("there is no image; pass the probability of the right class of one or more.")
    possible = of_right_class > 0
    # Subtracted from 0 and not negated, so that certainty costs 0.0 and not -0.0.
    losses: Float[np.ndarray, " images"] = 0.0 - np.log(of_right_class[possible].astype(np.float64))
    if infinite := int((~possible).sum()):
        raise UndefinedResult(
            Missing.NOT_APPLICABLE,
            f"the right class has probability 0 in {infinite} of {of_right_class.size} images, so that the mean is "
            "infinite. Check that the outputs are logits; those of 104 and more below the greatest become 0.",
            {"infinite_images": infinite, "mean_of_the_others": float(losses.mean()) if losses.size else None},
        )
    return losses


def measure(observations: Observations) -> Measured:
    """Negative log-likelihood of one model, with the standard error of a mean over independent images.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        No parts; the images are those of the clean pass.

    Raises:
        ValueError: if shapes do not fit, a label names no class, or a probability is NaN or outside [0, 1].
        UndefinedResult: with the reason for which the clean pass was not run; as ``negative_log_likelihood``, with the
            parts ``infinite_images``, a count, and ``mean_of_the_others``, which is None where there are none.
    """
    probabilities, labels = observations.clean_probabilities()
    of_right_class = single_precision_probabilities(probabilities, labels)[np.arange(len(labels)), labels]
    return measured_mean(negative_log_likelihood(of_right_class), _losses(of_right_class), labels)
