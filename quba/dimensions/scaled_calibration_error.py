"""Calibration error after temperature scaling: what one number, fitted on other images, cannot put right."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from quba.dimension import Dimension, Missing, Pass, Theme, UndefinedResult
from quba.measuring.calibration_bins import confidence_gap
from quba.measuring.jackknife import Groups, balanced_groups, jackknife_standard_error
from quba.measuring.observations import Measured, Observations
from quba.measuring.temperature import Fit, fitted_temperature, fitting_half, scaled_confidence
from quba.measuring.validity import single_precision_probabilities

DIMENSION = Dimension(
    key="scaled_calibration_error",
    label="ECE after temperature scaling",
    short_label="Scaled ECE",
    position=11,
    theme=Theme.CALIBRATION,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    plausible=(0.0, 1.0),
    higher_is_better=False,
    default_weight=0.0,
    smallest_meaningful_difference=0.002,
    reference=None,
    published_error=None,
    description="How far confidence is from accuracy once a single number, fitted on other images, has mended it.",
    procedure=(
        "The logits are divided by the temperature that makes the right classes of one half of the clean images most "
        "likely. The value is the expected calibration error (15 equal bins) on the other half. Both halves are the "
        "same for every model of a benchmark."
    ),
    source="Guo et al. 2017, On Calibration of Modern Neural Networks (arXiv 1706.04599)",
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
)

_AT_END = "The temperature is {:g}, the end of the range that is searched: one beyond it would fit better still."


def scaled_calibration_error(confidence: Float[np.ndarray, " judged"], right: Bool[np.ndarray, " judged"]) -> float:
    """ECE of one half of the images at the temperature that fits the other half best; lower is better.

    Args:
        confidence: of the decisions on the half that the temperature was not fitted on, at that temperature, in [0, 1]
            (``quba.measuring.temperature`` deals the halves, fits, and scales).
        right: whether each of these images is decided right, which no temperature changes.

    Returns:
        A fraction in [0, 1]; 0 is perfect.

    Raises:
        ValueError: if there is no image.

    Source:
        Guo et al. 2017, arXiv 1706.04599.

    >>> p, labels = np.array([[0.9, 0.1]] * 8, dtype=np.float32), np.array([0, 0, 0, 0, 0, 0, 1, 1])
    >>> fits = fitting_half(labels)
    >>> confidence, _ = scaled_confidence(p[~fits], fitted_temperature(p[fits], labels[fits]).inverse)
    >>> round(scaled_calibration_error(confidence, labels[~fits] == 0), 6)  # three of four at odds of 9: now of 3
    0.0
    """
    if right.size == 0:
        raise ValueError("there is no image to judge; pass the confidence of one or more.")
    return confidence_gap(confidence, right)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class _Scaled:
    """The temperature of one half of the images and what it makes of the other.

    Attributes:
        fits: which images are of the half that it was fitted on.
        fit: the temperature.
        confidence: of the decisions on the other half, scaled.
        slope: of each confidence over the inverse temperature.
        right: whether each decision is right.
        unscaled_error: ECE of the other half as the model left it.
    """

    fits: Bool[np.ndarray, " images"]
    fit: Fit
    confidence: Float[np.ndarray, " judged"]
    slope: Float[np.ndarray, " judged"]
    right: Bool[np.ndarray, " judged"]
    unscaled_error: float

    def errors_without(self, groups: Groups) -> Float[np.ndarray, " groups"] | None:
        """The same with each group of images left out of both halves; None where one would leave nothing to judge."""
        judged = groups.of_image[~self.fits]
        inverses = self.fit.inverses_without(Groups(groups.of_image[self.fits], groups.count))
        if np.bincount(judged, minlength=groups.count).max() == judged.size:
            return None
        errors = []
        for group, inverse in enumerate(inverses):
            kept = judged != group
            # To first order, because the temperature hardly hangs on a twentieth of its images.
            moved = self.confidence[kept] + self.slope[kept] * (inverse - self.fit.inverse)
            errors.append(scaled_calibration_error(np.clip(moved, 0, 1), self.right[kept]))
        return np.array(errors)


def _scaling(probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]) -> _Scaled:
    single = single_precision_probabilities(probabilities, labels)
    if len(labels) == 1:
        raise UndefinedResult(
            Missing.TOO_FEW_IMAGES, "one image cannot both fit a temperature and be judged at it; measure two or more."
        )
    fits = fitting_half(labels)
    fit = fitted_temperature(single[fits], labels[fits])
    other = single[~fits]
    confidence, slope = scaled_confidence(other, fit.inverse)
    right = other.argmax(axis=1) == labels[~fits]
    return _Scaled(
        fits=fits,
        fit=fit,
        confidence=confidence,
        slope=slope,
        right=right,
        unscaled_error=confidence_gap(other.max(axis=1), right),
    )


def measure(observations: Observations) -> Measured:
    """ECE after temperature scaling of one model, with its jackknife standard error.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        Parts: ``temperature``; ``ece_before``, that of the same half as the model left it; ``fitting_images`` and
        ``judged_images``. The images are those of both halves, since the standard error knows that another draw would
        give another temperature too. As ECE, chance makes it exceed 0.

    Raises:
        ValueError: if shapes do not fit, a label names no class, or a probability is NaN or outside [0, 1].
        UndefinedResult: with the reason for which the clean pass was not run; with ``TOO_FEW_IMAGES`` for a single
            image; with ``NOT_APPLICABLE`` if the right class of an image of the fitting half has probability 0.
    """
    probabilities, labels = observations.clean_probabilities()
    found = _scaling(probabilities, labels)
    replicates = found.errors_without(balanced_groups(labels))
    return Measured(
        value=scaled_calibration_error(found.confidence, found.right),
        parts={
            "temperature": found.fit.temperature,
            "ece_before": found.unscaled_error,
            "fitting_images": int(found.fits.sum()),
            "judged_images": found.right.size,
        },
        sample_count=len(labels),
        standard_error=None if replicates is None else jackknife_standard_error(replicates),
        note=_AT_END.format(found.fit.temperature) if found.fit.at_end else "",
        replicates=None if replicates is None else tuple(replicates.tolist()),
    )
