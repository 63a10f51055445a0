"""Brier score: the squared distance between stated probabilities and what is the case."""

import numpy as np
from jaxtyping import Float, Int

from quba.dimension import Dimension, Pass, Theme
from quba.measuring.image_means import measured_mean
from quba.measuring.observations import Measured, Observations
from quba.measuring.validity import single_precision_probabilities

DIMENSION = Dimension(
    key="brier_score",
    label="Brier score",
    short_label="Brier",
    position=10,
    theme=Theme.CALIBRATION,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=2.0,
    plausible=(0.0, 2.0),
    higher_is_better=False,
    default_weight=0.0,
    smallest_meaningful_difference=0.005,
    reference=None,
    published_error=None,
    description="How far the stated probabilities are from the truth, squared; right and sure at once is 0.",
    procedure=(
        "The squared differences between each class's probability and 1 for the right class or 0 for another, summed "
        "over the classes: 0 for a sure and right image, 2 for a sure and wrong one. The value is the mean over the "
        "clean images."
    ),
    source="Brier 1950, Verification of Forecasts; Ovadia et al. 2019, Can You Trust Your Model's (arXiv 1906.02530)",
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
)

# Some rows at a time stay in the processor's cache, and no second copy of everything comes to be.
_IMAGES_AT_ONCE = 512


def brier_score(squared_distances: Float[np.ndarray, " images"]) -> float:
    """Mean squared distance between the probabilities and the truth; lower is better.

    Args:
        squared_distances: of each image, from ``squared_distances``.

    Returns:
        In [0, 2] for probabilities that sum to 1, as Brier defined it; some libraries halve it.

    Raises:
        ValueError: if there is no image.

    Source:
        Brier 1950, "Verification of Forecasts Expressed in Terms of Probability", Monthly Weather Review 78(1).

    >>> brier_score(squared_distances(np.array([[0.5, 0.5], [0.25, 0.75]], dtype=np.float32), np.array([0, 0])))
    0.8125
    """
    if squared_distances.size == 0:
        raise ValueError("there is no image; pass the squared distance of one or more.")
    return float(squared_distances.mean())


def squared_distances(
    probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]
) -> Float[np.ndarray, " images"]:
    """Of each image, the squared distance between its probabilities and the truth, summed over the classes.

    Args:
        probabilities: in [0, 1], one row per image and one column per class.
        labels: the right class of each image.

    Returns:
        0 or more; at most 2 for probabilities that sum to 1.

    Raises:
        ValueError: if there is no image, shapes do not fit, a label names no class, or a probability is NaN or
            outside [0, 1].

    >>> squared_distances(np.array([[0.5, 0.5], [0.25, 0.75]], dtype=np.float32), np.array([0, 0])).tolist()
    [0.5, 1.125]
    """
    single = single_precision_probabilities(probabilities, labels)
    distances = np.empty(len(labels))
    for start in range(0, len(labels), _IMAGES_AT_ONCE):
        block = single[start : start + _IMAGES_AT_ONCE].astype(np.float64)
        block[np.arange(len(block)), labels[start : start + _IMAGES_AT_ONCE]] -= 1
        distances[start : start + _IMAGES_AT_ONCE] = np.einsum("ij,ij->i", block, block)
    return distances


def measure(observations: Observations) -> Measured:
    """Brier score of one model, with the standard error of a mean over independent images.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        No parts; the images are those of the clean pass.

    Raises:
        ValueError: as ``squared_distances``.
        UndefinedResult: with the reason for which the clean pass was not run.
    """
    probabilities, labels = observations.clean_probabilities()
    distances = squared_distances(probabilities, labels)
    return measured_mean(brier_score(distances), distances, labels)
