"""Calibration error: the gap between how sure a model is and how often it is right."""

import numpy as np
from jaxtyping import Bool, Float, Int

from quba.dimension import Dimension, Pass, Theme
from quba.measuring.calibration_bins import BINS, ascending_order, confidence_gap, equal_filling_places
from quba.measuring.calibration_replicates import adaptive_calibration_replicates, expected_calibration_replicates
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error
from quba.measuring.observations import Measured, Observations
from quba.measuring.ratios import geometric_mean
from quba.measuring.sample_size import FEW_IMAGES, shortage, too_few_images
from quba.measuring.validity import single_precision_probabilities
from quba.published_error import VALIDATION_IMAGES, PublishedError, binomial_errors
from quba.reference import Reference

# What one binomial error of the accuracy does to the calibration error, whose parts differ by about two orders.
_SHARE_OF_ACCURACY = 0.05


def _published_error(
    _value: Float[np.ndarray, " models"],
    accuracy: Float[np.ndarray, " models"],
) -> Float[np.ndarray, " models"]:
    return _SHARE_OF_ACCURACY * binomial_errors(accuracy, VALIDATION_IMAGES)


DIMENSION = Dimension(
    key="calibration_error",
    label="Calibration error",
    short_label="Cal. err.",
    position=4,
    theme=Theme.CALIBRATION,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    plausible=(0.0, 0.15),
    higher_is_better=False,
    default_weight=1.0,
    smallest_meaningful_difference=0.0005,
    reference=Reference(0.004479927389289115, 0.0026752085291489288),
    published_error=PublishedError(
        "a twentieth of the binomial error of the accuracy, which is what reaches the mean", _published_error
    ),
    description="How far a model's confidence is from how often it is right; at 0 it can be taken at its word.",
    procedure=(
        "How far the stated confidence is from the observed accuracy, in two ways: for the top class in 15 equal "
        "bins, and for each class in 15 equally filled bins. The value is the geometric mean of the two errors."
    ),
    source="Naeini et al. 2015 and Guo et al. 2017 (ECE, arXiv 1706.04599); Nixon et al. 2019 (ACE, arXiv 1904.01685)",
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
    # ACE sorts the probabilities of each class into 15 bins.
    fewest_images_per_class=15,
)

_CLASSES_AT_ONCE = 32


def expected_calibration_error(
    probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]
) -> float:
    """ECE: mean gap between confidence and accuracy over 15 bins of equal width; lower is better.

    Bins include their lower edge. A confidence of exactly 1 falls into a 16th bin of its own, as in the study's
    library, so that full certainty is judged apart from near certainty.

    Args:
        probabilities: in [0, 1], one row per image and one column per class.
        labels: the right class of each image.

    Returns:
        A fraction in [0, 1]; 0 is perfect. Confidences are compared in 32 bits and summed in 64.

    Raises:
        ValueError: if there is no image, shapes do not fit, a label names no class, or a probability is NaN or
            outside [0, 1].

    Source:
        Naeini et al. 2015; Guo et al. 2017, arXiv 1706.04599.

    >>> p = np.array([[0.9, 0.1], [0.9, 0.1]], dtype=np.float32)
    >>> round(expected_calibration_error(p, np.array([0, 1])), 4)
    0.4
    """
    single = single_precision_probabilities(probabilities, labels)
    return confidence_gap(single.max(axis=1), single.argmax(axis=1) == labels)


def adaptive_calibration_error(
    probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]
) -> float:
    """ACE: per class, the mean gap between probability and frequency over 15 bins of equal filling; lower is better.

    Every class counts the same, and all its probabilities count, not only those of the chosen class. Probabilities of
    exactly 0 are left out. Values equal to an edge go into the bin above it, and exact ones into a 16th bin.

    Args:
        probabilities: in [0, 1], one row per image and one column per class.
        labels: the right class of each image.

    Returns:
        A fraction in [0, 1]; 0 is perfect. A class with no probability above 0 adds 0.

    Raises:
        ValueError: as ``expected_calibration_error``.

    Source:
        Nixon et al. 2019, arXiv 1904.01685.

    >>> p = np.array([[0.9, 0.1], [0.9, 0.1]], dtype=np.float32)
    >>> round(adaptive_calibration_error(p, np.array([0, 1])), 4)
    0.4
    """
    single = single_precision_probabilities(probabilities, labels)
    errors: list[float] = []
    # Copying some columns into rows at a time reads memory in order without a second copy of everything.
    for start in range(0, single.shape[1], _CLASSES_AT_ONCE):
        block = np.ascontiguousarray(single[:, start : start + _CLASSES_AT_ONCE].T)
        errors.extend(
            _class_calibration_error(of_class, labels == start + offset) for offset, of_class in enumerate(block)
        )
    return float(np.mean(errors))


def calibration_error(adaptive: float, expected: float) -> float:
    """Geometric mean of ACE and ECE; lower is better.

    Args:
        adaptive: ACE, from ``adaptive_calibration_error``.
        expected: ECE, from ``expected_calibration_error``.

    Returns:
        A fraction in [0, 1]; 0 if either error is 0.

    Raises:
        ValueError: if an error is negative, infinite or NaN.

    Source:
        Hesse et al. 2026, arXiv 2503.17110.

    >>> p, labels = np.array([[0.9, 0.1], [0.9, 0.1]], dtype=np.float32), np.array([0, 1])
    >>> round(calibration_error(adaptive_calibration_error(p, labels), expected_calibration_error(p, labels)), 4)
    0.4
    """
    return geometric_mean([adaptive, expected])


def _class_calibration_error(probability: Float[np.ndarray, " images"], is_class: Bool[np.ndarray, " images"]) -> float:
    """The gap of one class, over bins that hold equally many of its probabilities."""
    present = probability > 0
    values = probability[present]
    if values.size == 0:
        return 0.0
    ordered = values[ascending_order(values)]
    places = equal_filling_places(np.array([ordered.size]))[0]
    upper_edges = np.append(ordered[places], ordered.dtype.type(1))
    cuts = np.searchsorted(ordered, upper_edges, side="left")
    running = np.concatenate([[0.0], np.cumsum(ordered, dtype=np.float64)])
    expected = np.diff(running[np.concatenate([[0], cuts, [ordered.size]])])
    bin_of_right = np.searchsorted(upper_edges, probability[present & is_class], side="right")
    right = np.bincount(bin_of_right, minlength=BINS + 1)
    return float(np.abs(right - expected).sum() / ordered.size)


def measure(observations: Observations) -> Measured:
    """Calibration error of one model, with jackknife standard errors over groups of images balanced within class.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        Parts: ``ece``, ``ace`` and their ``_standard_error``. The images are those of the clean pass. Both errors
        sum absolute gaps, so chance alone makes them exceed 0; the standard error does not correct that. Where a class
        has fewer than 15 images, the value is flagged, because ACE is then mostly chance.

    Raises:
        ValueError: as ``expected_calibration_error``.
        UndefinedResult: with the reason for which the clean pass was not run; with ``TOO_FEW_IMAGES`` and ECE among
            its parts where the observations refuse what would be flagged.
    """
    probabilities, labels = observations.clean_probabilities()
    few = shortage(DIMENSION, labels, probabilities.shape[1], observations.class_names)
    ece = expected_calibration_error(probabilities, labels)
    parts: dict[str, float | None] = {"ece": ece}
    groups = balanced_groups(labels) if len(labels) > 1 else None
    if groups is not None:
        of_ece = expected_calibration_replicates(probabilities, labels, groups)
        parts["ece_standard_error"] = jackknife_standard_error(of_ece)
    if few and observations.refuses_few_images:
        raise too_few_images(few, parts)
    ace = parts["ace"] = adaptive_calibration_error(probabilities, labels)
    replicates, standard_error = None, None
    if groups is not None:
        of_ace = adaptive_calibration_replicates(probabilities, labels, groups)
        parts["ace_standard_error"] = jackknife_standard_error(of_ace)
        replicates = np.sqrt(of_ece * of_ace)
        standard_error = jackknife_standard_error(replicates)
    return Measured(
        value=calibration_error(ace, ece),
        parts=parts,
        sample_count=len(labels),
        standard_error=standard_error,
        flags=(FEW_IMAGES,) if few else (),
        note=few,
        replicates=None if replicates is None else tuple(replicates.tolist()),
    )
