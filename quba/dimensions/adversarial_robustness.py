"""Adversarial robustness: accuracy that survives two attacks."""

import numpy as np

from quba.dimension import Dimension, Pass, Theme
from quba.observations import Measured, Observations
from quba.ratios import geometric_mean, relative_accuracy
from quba.uncertainty import (
    accuracy_covariance,
    geometric_mean_standard_error,
    ratio_covariance,
    standard_errors,
)

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
    description="How much of its accuracy a model keeps when images are changed invisibly on purpose to mislead it.",
    source="Goodfellow et al. 2015, FGSM (arXiv 1412.6572); Madry et al. 2018, PGD (arXiv 1706.06083)",
    passes=(Pass.CLEAN, Pass.FGSM, Pass.PGD),
)


def adversarial_robustness(relative_fgsm: float, relative_pgd: float) -> float:
    """Geometric mean of the relative accuracies under FGSM and PGD; higher is better.

    Args:
        relative_fgsm: accuracy under FGSM divided by clean accuracy (``quba.ratios.relative_accuracy``).
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
        Parts: ``clean_accuracy``, and for ``fgsm`` and ``pgd`` the ``accuracy``, the ``relative`` one and its
        ``standard_error``. The images are those attacked, counted once.

    Raises:
        UndefinedResult: with the reason for which a pass was not run, or ``ZERO_CLEAN_ACCURACY``.
    """
    clean = observations.outcome(Pass.CLEAN)
    attacked = [observations.outcome(source) for source in (Pass.FGSM, Pass.PGD)]
    relative = [relative_accuracy(outcome.accuracy, clean.accuracy) for outcome in attacked]
    bits = [outcome.right.astype(np.float64) for outcome in attacked]
    covariance = ratio_covariance(
        np.array([clean.accuracy, *(outcome.accuracy for outcome in attacked)]),
        accuracy_covariance(clean.right.astype(np.float64), bits, same_images=True),
    )
    resolution = np.array([1 / (outcome.image_count * clean.accuracy) for outcome in attacked])
    parts = {
        source.value: {"accuracy": outcome.accuracy, "relative": ratio, "standard_error": error}
        for source, outcome, ratio, error in zip(
            (Pass.FGSM, Pass.PGD), attacked, relative, standard_errors(covariance), strict=True
        )
    }
    return Measured(
        value=adversarial_robustness(*relative),
        parts={"clean_accuracy": clean.accuracy, **parts},
        sample_count=max(outcome.image_count for outcome in attacked),
        standard_error=geometric_mean_standard_error(np.array(relative), covariance, resolution),
    )
