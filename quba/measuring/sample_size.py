"""What a value asks of its sample: images of every class, and what is done where there are fewer."""

import numpy as np
from jaxtyping import Int

from quba.dimension import Dimension, Missing, UndefinedResult

FEW_IMAGES = "few-images"
"""Flag of a value that was computed although some class has fewer images than its dimension asks for."""


def shortage(dimension: Dimension, labels: Int[np.ndarray, " images"], class_count: int) -> str:
    """Which classes have fewer images than a dimension asks for, in one sentence.

    Args:
        dimension: with its ``fewest_images_per_class``.
        labels: the right class of each image.
        class_count: number of classes.

    Returns:
        The sentence, with the number that is needed, or "" where every class has enough.

    Source:
        The counts are those of the protocol ``corrected``; docs/dimensions.md gives the reason of each.

    >>> from quba.dimensions import DIMENSIONS
    >>> shortage(DIMENSIONS["class_balance"], np.repeat([0, 1], [10, 3]), class_count=2)
    'Class balance needs 10 images of every class; 1 of 2 classes has fewer, class 1 the fewest with 3.'
    >>> shortage(DIMENSIONS["class_balance"], np.repeat([0, 1], 10), class_count=2)
    ''
    """
    images = np.bincount(labels, minlength=class_count)
    needed = dimension.fewest_images_per_class
    short = int((images < needed).sum())
    if short == 0:
        return ""
    return (
        f"{dimension.label} needs {needed} images of every class; {short} of {class_count} classes "
        f"{'has' if short == 1 else 'have'} fewer, class {images.argmin()} the fewest with {images.min()}."
    )


def too_few_images(sentence: str, parts: dict[str, float | None]) -> UndefinedResult:
    """What a formula raises where a class has too few images and its value is therefore refused.

    Args:
        sentence: from ``shortage``.
        parts: those that need no image of every class.

    >>> too_few_images("", {}).reason.value
    'too_few_images'
    """
    return UndefinedResult(
        Missing.TOO_FEW_IMAGES,
        f"{sentence} Measure more images of each class; the protocol as-published computes and flags it.",
        parts,
    )
