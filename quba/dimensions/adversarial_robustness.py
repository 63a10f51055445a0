"""Adversarial robustness: accuracy that survives two attacks."""

from quba.dimension import Dimension, Pass, Theme
from quba.ratios import geometric_mean

DIMENSION = Dimension(
    key="adversarial_robustness",
    label="Adversarial robustness",
    short_label="Adv. rob.",
    position=1,
    theme=Theme.ROBUSTNESS,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=None,
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
