"""Class balance: whether some classes are served worse than others."""

import numpy as np
from jaxtyping import Bool, Float, Int

from quba.dimension import Dimension, Missing, Pass, Theme, UndefinedResult
from quba.measuring.chance import recall_deviation_by_chance
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error
from quba.measuring.observations import Measured, Observations, keeping
from quba.measuring.ratios import geometric_mean
from quba.measuring.sample_size import FEW_IMAGES, shortage, too_few_images
from quba.measuring.validity import require_labels, single_precision_probabilities
from quba.published_error import VALIDATION_IMAGES, PublishedError, binomial_errors
from quba.reference import Reference

# A geometric mean of two parts of about the same size moves by half of what one of them moves.
_SHARE_OF_ACCURACY = 0.5


def _published_error(
    _value: Float[np.ndarray, " models"],
    accuracy: Float[np.ndarray, " models"],
) -> Float[np.ndarray, " models"]:
    return _SHARE_OF_ACCURACY * binomial_errors(accuracy, VALIDATION_IMAGES)


DIMENSION = Dimension(
    key="class_balance",
    label="Class balance",
    short_label="Class bal.",
    position=5,
    theme=Theme.FAIRNESS,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    plausible=(0.0, 1.0),
    higher_is_better=True,
    default_weight=1.0,
    smallest_meaningful_difference=0.0025,
    reference=Reference(0.783356376851669, 0.024047971612660052),
    published_error=PublishedError(
        "half the binomial error of the accuracy, which is the part of the recalls", _published_error
    ),
    description="How evenly a model treats the classes, in how often it is right and in how sure it is.",
    procedure=(
        "1 minus the standard deviation of the per-class accuracies, and 1 minus the mean standard deviation of the "
        "confidence within a class; the value is the geometric mean. A model that serves all classes alike reaches 1."
    ),
    source='Hesse et al. 2026, "Beyond Accuracy" (TMLR, arXiv 2503.17110)',
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
    # The recall of a class, and how far its probabilities lie apart, from fewer images say what was drawn.
    fewest_images_per_class=10,
    empty_at_chance=True,
)

# One recall has no standard deviation with n - 1 in the divisor.
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
    # A class without images has no recall; 0 or the mean of the others would both be made up.
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
    # Labels that never occur divide 0 by 1 here and are left out below, instead of 0 by 0 with a warning.
    divisor = np.maximum(images, 1)
    means = np.bincount(labels, weights=of_right_class) / divisor
    # In two passes: E[x^2] - E[x]^2 cancels where a class is sure of all its images.
    variances = np.bincount(labels, weights=(of_right_class - means[labels]) ** 2) / divisor
    return 1 - float(np.sqrt(variances[images > 0]).mean())


def class_balance(in_prediction: float, in_confidence: float) -> float:
    """Geometric mean of prediction balance and confidence balance; higher is better.

    Args:
        in_prediction: from ``prediction_balance``.
        in_confidence: from ``confidence_balance``.

    Returns:
        A fraction in [0, 1]; 1 is perfect.

    Raises:
        ValueError: if a balance is negative, infinite or NaN.

    Source:
        Hesse et al. 2026, arXiv 2503.17110.

    >>> p, labels = np.array([[0.9, 0.1], [0.1, 0.9]], dtype=np.float32), np.array([0, 1])
    >>> class_balance(prediction_balance(p.argmax(axis=1), labels, class_count=2), confidence_balance(p, labels))
    1.0
    """
    return geometric_mean([in_prediction, in_confidence])


def measure(observations: Observations) -> Measured:
    """Class balance of one model, with jackknife standard errors over groups of images balanced within class.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        Parts: ``prediction_balance``, ``confidence_balance`` and their ``_standard_error``, which is None where a
        class has but one image; ``recall_deviation_by_chance``, to be held against 1 - ``prediction_balance``: the
        standard deviation of the recalls that a classifier of equal recalls would show. The images are those of the
        clean pass. Where a class has fewer than 10, the value is flagged: with one image of each, confidence balance is
        1 whatever the model does.

    Raises:
        ValueError: as ``confidence_balance``.
        UndefinedResult: as ``prediction_balance``, with the reason for which the clean pass was not run, and with
            ``TOO_FEW_IMAGES`` where the observations refuse what would be flagged.
    """
    probabilities, labels = observations.clean_probabilities()
    few = shortage(DIMENSION, labels, probabilities.shape[1], observations.class_names)
    if few and observations.refuses_few_images:
        raise too_few_images(few, {})
    # Before the other half, which may be undefined: what is defined becomes a part all the same.
    in_confidence = confidence_balance(probabilities, labels)
    decisions = probabilities.argmax(axis=1)
    with keeping({"confidence_balance": in_confidence}):
        in_prediction = prediction_balance(decisions, labels, probabilities.shape[1])
    parts: dict[str, float | None] = {
        "prediction_balance": in_prediction,
        "confidence_balance": in_confidence,
        "recall_deviation_by_chance": recall_deviation_by_chance(decisions == labels, labels),
    }
    replicates, standard_error = None, None
    # Leaving out the only image of a class would leave nothing to balance.
    if np.bincount(labels).min() > 1:
        of_right_class = probabilities[np.arange(len(labels)), labels].astype(np.float64)
        of_prediction, of_confidence = _replicates(decisions == labels, of_right_class, labels)
        parts["prediction_balance_standard_error"] = jackknife_standard_error(of_prediction)
        parts["confidence_balance_standard_error"] = jackknife_standard_error(of_confidence)
        replicates = np.sqrt(of_prediction * of_confidence)
        standard_error = jackknife_standard_error(replicates)
    return Measured(
        value=class_balance(in_prediction, in_confidence),
        parts=parts,
        sample_count=len(labels),
        standard_error=standard_error,
        flags=(FEW_IMAGES,) if few else (),
        note=few,
        replicates=None if replicates is None else tuple(replicates.tolist()),
    )


def _replicates(
    right: Bool[np.ndarray, " images"], of_right_class: Float[np.ndarray, " images"], labels: Int[np.ndarray, " images"]
) -> tuple[Float[np.ndarray, " groups"], Float[np.ndarray, " groups"]]:
    """Prediction balance and confidence balance without each group of images."""
    groups = balanced_groups(labels)
    class_count = int(labels.max()) + 1
    # One bincount over group and class at once takes the place of a loop over groups.
    cell = groups.of_image * class_count + labels

    def sums_without(weights: Float[np.ndarray, " images"] | None) -> Float[np.ndarray, "groups classes"]:
        table = np.bincount(cell, weights, minlength=groups.count * class_count)
        by_group = table.reshape(groups.count, class_count).astype(np.float64)
        sums: Float[np.ndarray, "groups classes"] = by_group.sum(axis=0) - by_group
        return sums

    images = sums_without(None)
    spread_of_recalls = (sums_without(right.astype(np.float64)) / images).std(axis=1, ddof=1)
    # Squares of deviations from the class mean, not of the values, keep a small spread from drowning in rounding.
    deviations = of_right_class - (np.bincount(labels, of_right_class) / np.bincount(labels))[labels]
    means = sums_without(deviations) / images
    # Rounding can bring a variance of 0 below it, and its root would be NaN.
    variances = np.maximum(sums_without(deviations**2) / images - means**2, 0.0)
    return 1 - spread_of_recalls, 1 - np.sqrt(variances).mean(axis=1)
