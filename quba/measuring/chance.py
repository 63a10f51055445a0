"""What chance alone does: how many images guessing gets right, and how far apart it draws recalls that are equal."""

import math

import numpy as np
import scipy
from jaxtyping import Bool, Int

from quba.measuring.validity import require_accuracy, require_labels

LEVEL = 0.001
"""How rarely guessing may pass for knowing: strict, because one store holds thousands of models, and because a ratio to
an accuracy just above chance is as good as a ratio to nothing."""


def chance_probability(accuracy: float, image_count: int, class_count: int) -> float:
    """Probability that guessing gets at least so many images right: the one-sided binomial test against chance.

    Args:
        accuracy: share of the images that were decided right, in [0, 1].
        image_count: images, 1 or more.
        class_count: classes, 2 or more, each with about as many images; guessing is right once in so many.

    Returns:
        In [0, 1]; small where the model knows something.

    Raises:
        ValueError: for an accuracy outside [0, 1], no image, or fewer than two classes.

    Source:
        The exact binomial test, Clopper and Pearson 1934.

    >>> round(chance_probability(0.1, 80, 16), 3)
    0.127
    """
    _require(accuracy, image_count, class_count)
    # The accuracy came from a count; 0.29 * 100 is 28.999... and must be 29.
    right = round(accuracy * image_count)
    # Not scipy.stats.binom, which gives the same: loading it costs a short-lived process more than all else does.
    return float(scipy.special.bdtrc(right - 1, image_count, 1 / class_count))


def at_chance_level(accuracy: float, image_count: int, class_count: int) -> bool:
    """Whether an accuracy does not differ significantly from guessing, at a level of one in a thousand.

    Args:
        accuracy: share of the images that were decided right, in [0, 1].
        image_count: images, 1 or more.
        class_count: classes, 2 or more, each with about as many images.

    Returns:
        True where guessing reaches this accuracy with a probability above ``LEVEL``.

    Raises:
        ValueError: as ``chance_probability``.

    >>> at_chance_level(0.1, 80, 16), at_chance_level(0.3, 80, 16)
    (True, False)
    """
    _require(accuracy, image_count, class_count)
    above = round(accuracy * image_count) / image_count - 1 / class_count
    # Hoeffding's bound on the probability of guessing so well settles it for nearly every model of a store.
    if above > 0 and math.exp(-2 * image_count * above**2) <= LEVEL:
        return False
    return chance_probability(accuracy, image_count, class_count) > LEVEL


def _require(accuracy: float, image_count: int, class_count: int) -> None:
    require_accuracy("accuracy", accuracy)
    if image_count < 1:
        raise ValueError(f"image_count is {image_count}; an accuracy needs at least one image.")
    if class_count < 2:
        raise ValueError(f"class_count is {class_count}; to guess, there must be at least 2 classes.")


def recall_deviation_by_chance(right: Bool[np.ndarray, " images"], labels: Int[np.ndarray, " images"]) -> float:
    """Standard deviation of the recalls that a classifier which serves all classes alike would show by chance.

    Such a classifier is right on every image with one probability p. The recall of a class of n images then has the
    variance p (1 - p) / n, and the expected sample variance over the classes (n - 1 in its divisor) is the mean of
    these. p (1 - p) is estimated without bias from all images, so the square of the result is an unbiased estimate of
    that expectation, exactly and whatever the counts.

    Args:
        right: per image, whether it was decided right.
        labels: the right class of each image; every class up to the greatest has images.

    Returns:
        In [0, 1); 0 where every image is right or every one is wrong, or there is but one.

    Raises:
        ValueError: if there is no image, a count differs, or a class has no image.

    Source:
        The expectation of a sample variance of independent binomial shares, in closed form.

    >>> round(recall_deviation_by_chance(np.repeat([True, False], [80, 20]), np.arange(100) % 10), 4)
    0.1271
    """
    require_labels(labels, int(labels.max(initial=0)) + 1)
    if right.shape != labels.shape:
        raise ValueError(f"there are {right.size} decisions for {labels.size} labels; pass one label per image.")
    images = np.bincount(labels)
    if images.min() == 0:
        raise ValueError(f"class {images.argmin()} has no image and so no recall; pass images of every class.")
    total = right.size
    if total == 1:
        return 0.0
    share = float(right.mean())
    # n / (n - 1): the plug-in estimate of p (1 - p) is too small by that factor on average.
    return math.sqrt(share * (1 - share) * total / (total - 1) * float((1 / images).mean()))
