"""Corruption robustness: accuracy that survives noise, blur, weather and digital artefacts."""

import numpy as np
from jaxtyping import Float

from quba.dimension import Dimension, Pass, Theme
from quba.ratios import relative_accuracy

DIMENSION = Dimension(
    key="corruption_robustness",
    label="Corruption robustness",
    short_label="C-rob.",
    position=2,
    theme=Theme.ROBUSTNESS,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=None,
    higher_is_better=True,
    default_weight=1 / 3,
    description="How much of its accuracy a model keeps under noise, blur, bad weather and digital artefacts.",
    source="Hendrycks and Dietterich 2019, ImageNet-C (arXiv 1903.12261)",
    passes=(Pass.CLEAN, Pass.CORRUPTIONS),
)


def corruption_robustness(accuracies: Float[np.ndarray, "corruptions severities"], clean_accuracy: float) -> float:
    """Mean relative accuracy over every corruption and severity; higher is better.

    It is not the mean corruption error: no other model serves as a yardstick.

    Args:
        accuracies: in [0, 1], one row per corruption and one column per severity (15 x 5 on ImageNet-C).
        clean_accuracy: in [0, 1].

    Returns:
        0 or more, rarely above 1.

    Raises:
        ValueError: if there is no accuracy, or one is outside [0, 1] or NaN.
        UndefinedResult: with ``ZERO_CLEAN_ACCURACY`` if no clean image is right.

    Source:
        Hendrycks and Dietterich 2019, arXiv 1903.12261; without mCE's normalisation, as Hesse et al. 2026.

    >>> round(corruption_robustness(np.array([[0.6, 0.4], [0.2, 0.4]]), 0.8), 4)
    0.5
    """
    if accuracies.size == 0:
        raise ValueError("there are no accuracies under corruption; pass at least one corruption and severity.")
    return float(np.mean([relative_accuracy(accuracy, clean_accuracy) for accuracy in accuracies.ravel().tolist()]))
