"""Adversarial robustness: accuracy that survives two attacks."""

import numpy as np
from jaxtyping import Float

from quba.dimension import Dimension, Pass, Theme
from quba.measuring.observations import Measured, Observations
from quba.measuring.ratios import geometric_mean, greatest_ratio
from quba.measuring.relative_accuracies import extra_relative_accuracies, relative_accuracies
from quba.measuring.uncertainty import geometric_mean_standard_error
from quba.published_error import VALIDATION_IMAGES, PublishedError, ratio_errors
from quba.reference import Reference


def _published_error(
    value: Float[np.ndarray, " models"], accuracy: Float[np.ndarray, " models"]
) -> Float[np.ndarray, " models"]:
    # The study published one number for both attacks; with all errors shared, the mean errs like one of them.
    return ratio_errors(value, accuracy, VALIDATION_IMAGES)


DIMENSION = Dimension(
    key="adversarial_robustness",
    label="Adversarial robustness",
    short_label="Adv. rob.",
    position=1,
    theme=Theme.ROBUSTNESS,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=None,
    plausible=(0.0, 1.1),
    higher_is_better=True,
    default_weight=1 / 3,
    smallest_meaningful_difference=0.01,
    reference=Reference(0.18583778826016084, 0.11083062192390095),
    published_error=PublishedError(
        "binomial on 50,000 images, both attacks taken for one, clean accuracy as known", _published_error
    ),
    description="How much of its accuracy a model keeps when images are changed invisibly on purpose to mislead it.",
    procedure=(
        "Every validation image is altered on purpose, by at most 8/255 per channel of the model's input, once in a "
        "single step (FGSM) and once in ten small ones (PGD). Each accuracy under attack is divided by the clean "
        "accuracy; the value is the geometric mean of the two ratios."
    ),
    source="Goodfellow et al. 2015, FGSM (arXiv 1412.6572); Madry et al. 2018, PGD (arXiv 1706.06083)",
    passes=(Pass.CLEAN, Pass.FGSM, Pass.PGD),
    greatest=greatest_ratio,
    empty_at_chance=True,
)


def adversarial_robustness(relative_fgsm: float, relative_pgd: float) -> float:
    """Geometric mean of the relative accuracies under FGSM and PGD; higher is better.

    Args:
        relative_fgsm: accuracy under FGSM divided by clean accuracy (``quba.measuring.ratios.relative_accuracy``).
        relative_pgd: the same under PGD.

    Returns:
        0 or more, rarely above 1; 0 if either attack leaves nothing right.

    Raises:
        ValueError: if a ratio is negative, infinite or NaN.

    Source:
        Goodfellow et al. 2015, arXiv 1412.6572; Madry et al. 2018, arXiv 1706.06083; the mean of Hesse et al. 2026.

    >>> round(adversarial_robustness(0.4, 0.1), 4)
    0.2
    """
    return geometric_mean([relative_fgsm, relative_pgd])


def measure(observations: Observations) -> Measured:
    """Adversarial robustness of one model; the standard error knows that both attacks are on the same images.

    Args:
        observations: with the clean pass and both attacks.

    Returns:
        Parts: ``clean_accuracy``, and for ``fgsm`` and ``pgd`` the ``accuracy``, the ``relative`` one, its
        ``standard_error`` and its ``image_count``; under ``extras`` the same of attacks that do not enter the value.
            The images are those attacked, counted once.

    Raises:
        UndefinedResult: with the reason for which a pass was not run, or ``ZERO_CLEAN_ACCURACY``, and with the parts
            of the passes that were.
    """
    attacks = (Pass.FGSM, Pass.PGD)
    # Both attacks change the same images, so that their accuracies rise and fall together.
    found = relative_accuracies(observations, attacks, same_images=attacks)
    return Measured(
        value=adversarial_robustness(*found.relative.tolist()),
        parts={**found.parts, **extra_relative_accuracies(observations)},
        # Not the sum: the same images were attacked twice.
        sample_count=max(found.image_counts),
        standard_error=geometric_mean_standard_error(found.relative, found.covariance, found.resolution),
    )
