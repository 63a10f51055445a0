"""Whether a model is better than guessing at all: below that, what is relative to its accuracy says nothing."""

from scipy.stats import binom

from quba.measuring.validity import require_accuracy

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
    require_accuracy("accuracy", accuracy)
    if image_count < 1:
        raise ValueError(f"image_count is {image_count}; an accuracy needs at least one image.")
    if class_count < 2:
        raise ValueError(f"class_count is {class_count}; to guess, there must be at least 2 classes.")
    return float(binom.sf(round(accuracy * image_count) - 1, image_count, 1 / class_count))


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
    return chance_probability(accuracy, image_count, class_count) > LEVEL
