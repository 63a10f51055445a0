"""OOD robustness: accuracy that survives unfamiliar renditions."""

from collections.abc import Collection

import numpy as np
from jaxtyping import Float

from quba.dimension import Dimension, Pass, Theme
from quba.measuring.observations import Measured, Observations
from quba.measuring.ratios import geometric_mean, greatest_ratio
from quba.measuring.relative_accuracies import relative_accuracies
from quba.measuring.uncertainty import geometric_mean_standard_error
from quba.published_error import PublishedError, ratio_errors
from quba.reference import Reference

# Of the study's edge, silhouette, sketch, stylized and ImageNet-R.
_RENDITION_IMAGES = (160, 160, 800, 800, 30_000)


def _published_error(
    value: Float[np.ndarray, " models"], accuracy: Float[np.ndarray, " models"]
) -> Float[np.ndarray, " models"]:
    squares = [ratio_errors(value, accuracy, images) ** 2 for images in _RENDITION_IMAGES]
    error: Float[np.ndarray, " models"] = np.sqrt(np.sum(squares, axis=0)) / len(_RENDITION_IMAGES)
    return error


DIMENSION = Dimension(
    key="ood_robustness",
    label="OOD robustness",
    short_label="OOD rob.",
    position=3,
    theme=Theme.ROBUSTNESS,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=None,
    plausible=(0.0, 1.5),
    higher_is_better=True,
    default_weight=1 / 3,
    smallest_meaningful_difference=0.015,
    reference=Reference(0.5664841617855405, 0.14548627504237352),
    published_error=PublishedError(
        "binomial on 160, 160, 800, 800 and 30,000 images, all five sets taken to be equally hard", _published_error
    ),
    description="How much of its accuracy a model keeps on drawings, silhouettes and other unfamiliar renditions.",
    procedure=(
        "Five collections that look unlike photographs: edge drawings, silhouettes, sketches, stylised images and "
        "ImageNet-R. Each accuracy is divided by the clean one; the value is the geometric mean. As three of them "
        "have only 16 classes to choose from, it can exceed 1. On a benchmark of one's own, its shifted sets take the "
        "place of the five."
    ),
    source="Geirhos et al. 2021, model-vs-human (arXiv 2106.07411); Hendrycks et al. 2021 (arXiv 2006.16241)",
    passes=(Pass.CLEAN, Pass.EDGE, Pass.SILHOUETTE, Pass.SKETCH, Pass.STYLIZED, Pass.RENDITIONS),
    alternatives=(Pass.SHIFTED, Pass.GENERATED),
    remedy=(
        "Add images of the same classes under other conditions as [shifted.NAME], or ask for drawings made from the "
        'clean images with [generated] and renditions = ["edge", "sketch"].'
    ),
    greatest=greatest_ratio,
    empty_at_chance=True,
)


def ood_robustness(relative_accuracies: Collection[float]) -> float:
    """Geometric mean of the relative accuracies on data sets of unfamiliar renditions; higher is better.

    Decisions on these sets are taken with ``quba.measuring.decision``: among 200 classes on ImageNet-R, among 16
    categories on edge, silhouette, sketch and stylized. The fewer choices make ratios above 1 possible.

    Args:
        relative_accuracies: per data set, its accuracy divided by clean accuracy; five in the study, and as many on a
            benchmark of one's own as it has shifted sets and renditions.

    Returns:
        0 or more; 0 if one data set has no image right.

    Raises:
        ValueError: if there is no ratio, or one is negative, infinite or NaN.

    Source:
        Geirhos et al. 2021, arXiv 2106.07411; Hendrycks et al. 2021, arXiv 2006.16241; the mean of Hesse et al. 2026.

    >>> round(ood_robustness([0.25, 0.5, 1.0]), 4)
    0.5
    """
    return geometric_mean(relative_accuracies)


def measure(observations: Observations) -> Measured:
    """OOD robustness of one model; its ratios are of different images but share the clean accuracy.

    Args:
        observations: with the clean pass and the five sets, or a benchmark's own shifted sets and renditions.

    Returns:
        Parts: ``clean_accuracy``, and per set its ``accuracy``, the ``relative`` one, its ``standard_error`` and its
        ``image_count``; a benchmark's own sets by name under ``shifted``, the renditions of its clean images under
        ``generated``. The images are those of all sets.

    Raises:
        UndefinedResult: with the reason for which a pass was not run, or ``ZERO_CLEAN_ACCURACY``, and with the parts
            of the sets that were measured.
    """
    sources = [each for each in DIMENSION.passes_on(observations.sources) if each is not Pass.CLEAN]
    # Of renditions of the clean images the accuracies rise and fall with the clean one; other sets are other images.
    found = relative_accuracies(observations, sources, same_images=(Pass.GENERATED,))
    return Measured(
        value=ood_robustness(found.relative.tolist()),
        parts=found.parts,
        sample_count=sum(found.image_counts),
        standard_error=geometric_mean_standard_error(found.relative, found.covariance, found.resolution),
    )
