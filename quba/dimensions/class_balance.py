"""Class balance: whether some classes are served worse than others."""

import numpy as np
from jaxtyping import Float, Int

from quba.dimension import Dimension, Missing, Pass, Theme, UndefinedResult
from quba.ratios import geometric_mean
from quba.validity import require_labels, single_precision_probabilities

DIMENSION = Dimension(
    key="class_balance",
    label="Class balance",
    short_label="Class bal.",
    position=5,
    theme=Theme.FAIRNESS,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    higher_is_better=True,
    default_weight=1.0,
    description="How evenly a model treats the classes, in how often it is right and in how sure it is.",
    source='Hesse et al. 2026, "Beyond Accuracy" (TMLR, arXiv 2503.17110)',
    passes=(Pass.CLEAN,),
)

_FEWEST_CLASSES = 2


def recalls(
    decisions: Int[np.ndarray, " images"], labels: Int[np.ndarray, " images"], class_count: int
) -> Float[np.ndarray, " classes"]:
    """Share of the images of each class that are decided right.

    Args:
        decisions: the class decided for, one per image.
        labels: the right class of each image.
        class_count: number of classes.

    Returns:
        Fractions in [0, 1], one per class.

    Raises:
        ValueError: if there is no image, a count differs, or a label names no class.
        UndefinedResult: with ``NOT_APPLICABLE`` if a class has no image.

    >>> recalls(np.array([0, 1, 1]), np.array([0, 0, 1]), class_count=2).tolist()
    [0.5, 1.0]
    """
    require_labels(labels, class_count)
    if decisions.shape != labels.shape:
        raise ValueError(f"there are {decisions.size} decisions for {labels.size} labels; pass one label per image.")
    images = np.bincount(labels, minlength=class_count)
    if images.min() == 0:
        raise UndefinedResult(
            Missing.NOT_APPLICABLE,
            f"{int((images == 0).sum())} of {class_count} classes have no image, the first being {images.argmin()}; "
            "class balance needs images of every class.",
        )
    right = np.bincount(labels, weights=decisions == labels, minlength=class_count)
    return right / images


def prediction_balance(
    decisions: Int[np.ndarray, " images"], labels: Int[np.ndarray, " images"], class_count: int
) -> float:
    """One minus the spread of the recalls over the classes; higher is better.

    Args:
        decisions: the class decided for, one per image.
        labels: the right class of each image.
        class_count: number of classes, at least two.

    Returns:
        A fraction in [0.29, 1]; 1 means that all classes are recognised equally often. The spread is the sample
        standard deviation (n - 1).

    Raises:
        ValueError: as ``recalls``.
        UndefinedResult: with ``NOT_APPLICABLE`` if a class has no image, or if there is one class only.

    Source:
        Hesse et al. 2026, arXiv 2503.17110.

    >>> round(prediction_balance(np.array([0, 1, 1]), np.array([0, 0, 1]), class_count=2), 4)
    0.6464
    """
    per_class = recalls(decisions, labels, class_count)
    if per_class.size < _FEWEST_CLASSES:
        raise UndefinedResult(Missing.NOT_APPLICABLE, "one class has nothing to be balanced with; use two or more.")
    return 1 - float(per_class.std(ddof=1))


def confidence_balance(probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]) -> float:
    """One minus the mean spread, within a class, of the probability of the right class; higher is better.

    Args:
        probabilities: in [0, 1], one row per image and one column per class.
        labels: the right class of each image.

    Returns:
        A fraction in [0.5, 1]. The spread is the population standard deviation over all images of a class, averaged
        over the classes that have images. A model that is never sure of anything scores high.

    Raises:
        ValueError: if there is no image, shapes do not fit, a label names no class, or a probability is NaN or
            outside [0, 1].

    Source:
        Hesse et al. 2026, arXiv 2503.17110.

    >>> confidence_balance(np.array([[0.9, 0.1], [0.5, 0.5]], dtype=np.float32), np.array([0, 0])).__round__(4)
    0.8
    """
    single = single_precision_probabilities(probabilities, labels)
    of_right_class = single[np.arange(len(labels)), labels].astype(np.float64)
    images = np.bincount(labels)
    divisor = np.maximum(images, 1)
    means = np.bincount(labels, weights=of_right_class) / divisor
    variances = np.bincount(labels, weights=(of_right_class - means[labels]) ** 2) / divisor
    return 1 - float(np.sqrt(variances[images > 0]).mean())


def class_balance(probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]) -> float:
    """Geometric mean of prediction balance and confidence balance; higher is better.

    Args:
        probabilities: in [0, 1], one row per image and one column per class.
        labels: the right class of each image; every class must occur.

    Returns:
        A fraction in [0, 1]; 1 is perfect.

    Raises:
        ValueError: as ``confidence_balance``.
        UndefinedResult: as ``prediction_balance``.

    Source:
        Hesse et al. 2026, arXiv 2503.17110.

    >>> class_balance(np.array([[0.9, 0.1], [0.1, 0.9]], dtype=np.float32), np.array([0, 1]))
    1.0
    """
    in_confidence = confidence_balance(probabilities, labels)
    in_prediction = prediction_balance(probabilities.argmax(axis=1), labels, probabilities.shape[1])
    return geometric_mean([in_prediction, in_confidence])
