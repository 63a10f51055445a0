"""What a value asks of its sample: images of every class, and what is done where there are fewer."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Int

from quba.dimension import Dimension, Missing, UndefinedResult

FEW_IMAGES = "few-images"
"""Flag of a value that was computed although some class has fewer images than its dimension asks for."""


_NAMED = 3
_NOBODYS: Mapping[int, str] = MappingProxyType({})


def shortage(
    dimension: Dimension, labels: Int[np.ndarray, " images"], class_count: int, names: Mapping[int, str] = _NOBODYS
) -> str:
    """Which classes have fewer images than a dimension asks for, in one sentence.

    Args:
        dimension: with its ``fewest_images_per_class``.
        labels: the right class of each image.
        class_count: number of classes.
        names: of the classes by label; without them the poorest is told by its number.

    Returns:
        The sentence, with the number that is needed, or "" where every class has enough.

    Source:
        The counts are those of the protocol ``corrected``; docs/dimensions.md gives the reason of each.

    >>> from quba.dimensions import DIMENSIONS
    >>> balance, labels = DIMENSIONS["class_balance"], np.repeat([0, 1], [10, 3])
    >>> shortage(balance, labels, class_count=2)
    'Class balance needs 10 images of every class; 1 of 2 classes has fewer, class 1 the fewest with 3.'
    >>> shortage(balance, labels, class_count=2, names={0: "oak", 1: "ash"})
    'Class balance needs 10 images of every class; 1 of 2 classes has fewer: ash 3.'
    >>> shortage(balance, np.repeat([0, 1], 10), class_count=2)
    ''
    """
    images = np.bincount(labels, minlength=class_count)
    needed = dimension.fewest_images_per_class
    short = int((images < needed).sum())
    if short == 0:
        return ""
    # Stable: of equally poor classes the first, so that the sentence repeats itself.
    poorest = np.argsort(images, kind="stable")[: min(short, _NAMED)].tolist()
    named = ", ".join(f"{names[each]} {images[each]}" for each in poorest) if names else ""
    more = f" and {short - _NAMED} more" if short > _NAMED else ""
    told = f": {named}{more}" if names else f", class {poorest[0]} the fewest with {images[poorest[0]]}"
    return (
        f"{dimension.label} needs {needed} images of every class; {short} of {class_count} classes "
        f"{'has' if short == 1 else 'have'} fewer{told}."
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
