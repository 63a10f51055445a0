"""Corruption robustness: accuracy that survives noise, blur, weather and digital artefacts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from quba.dimension import Dimension, Pass, Theme
from quba.measuring.observations import Measured, Observations, Outcome, keeping
from quba.measuring.ratios import greatest_ratio, relative_accuracy
from quba.measuring.uncertainty import accuracy_covariance, binomial_standard_error, ratio_covariance, standard_errors
from quba.published_error import VALIDATION_IMAGES, PublishedError, ratio_errors
from quba.reference import Reference


def _published_error(
    value: Float[np.ndarray, " models"], accuracy: Float[np.ndarray, " models"]
) -> Float[np.ndarray, " models"]:
    return ratio_errors(value, accuracy, VALIDATION_IMAGES)


DIMENSION = Dimension(
    key="corruption_robustness",
    label="Corruption robustness",
    short_label="C-rob.",
    position=2,
    theme=Theme.ROBUSTNESS,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=None,
    plausible=(0.0, 1.1),
    higher_is_better=True,
    default_weight=1 / 3,
    smallest_meaningful_difference=0.02,
    reference=Reference(0.5298791080592711, 0.23383978329969085),
    published_error=PublishedError(
        "binomial on 50,000 images, all changes of an image taken to go together", _published_error
    ),
    description="How much of its accuracy a model keeps under noise, blur, bad weather and digital artefacts.",
    procedure=(
        "Fifteen everyday corruptions (noise, blur, weather, compression, ...) in five strengths each, from "
        "ImageNet-C. The value is the mean of the 75 accuracies, divided by the clean accuracy."
    ),
    source="Hendrycks and Dietterich 2019, ImageNet-C (arXiv 1903.12261)",
    passes=(Pass.CLEAN, Pass.CORRUPTIONS),
    greatest=greatest_ratio,
    empty_at_chance=True,
)


def corruption_robustness(accuracies: Float[np.ndarray, "corruptions severities"], clean_accuracy: float) -> float:
    """Mean relative accuracy over every corruption and severity; higher is better.

    It is not the mean corruption error: no other model serves as a yardstick.

    Args:
        accuracies: in [0, 1], one row per corruption and one column per severity (15 x 5 on ImageNet-C).
        clean_accuracy: in [0, 1].

    Returns:
        0 or more, rarely above 1.

    Raises:
        ValueError: if there is no accuracy, or one is outside [0, 1] or NaN.
        UndefinedResult: with ``ZERO_CLEAN_ACCURACY`` if no clean image is right.

    Source:
        Hendrycks and Dietterich 2019, arXiv 1903.12261; without mCE's normalisation, as Hesse et al. 2026.

    >>> round(corruption_robustness(np.array([[0.6, 0.4], [0.2, 0.4]]), 0.8), 4)
    0.5
    """
    if accuracies.size == 0:
        raise ValueError("there are no accuracies under corruption; pass at least one corruption and severity.")
    return float(np.mean([relative_accuracy(accuracy, clean_accuracy) for accuracy in accuracies.ravel().tolist()]))


def measure(observations: Observations) -> Measured:
    """Corruption robustness of one model; the standard error knows that all corruptions are of the same images.

    Args:
        observations: with the clean pass and the corruptions, named "fog/3" for severity 3 of fog.

    Returns:
        Parts: ``clean_accuracy``, and per corruption the accuracy at each severity; under ``extras`` the same
            of corruptions that do not enter the value. The images are counted once per
        corruption and severity.

    Raises:
        ValueError: if a variant is not named so, or the corruptions do not all have the same severities.
        UndefinedResult: with the reason for which a pass was not run, or ``ZERO_CLEAN_ACCURACY``, and with the parts
            of what was run.
    """
    reached = observations.outcomes_of([Pass.CLEAN])
    grid = _grid(observations.outcomes.get(Pass.CORRUPTIONS, {}))
    parts: dict[str, Any] = {f"{source.value}_accuracy": outcome.accuracy for source, outcome in reached.items()}
    parts |= grid
    # Corruptions that do not enter the value.
    if extras := _grid({name: outcome for name, outcome in observations.extras.items() if "/" in name}):
        parts["extras"] = extras
    with keeping(parts):
        clean = observations.outcome(Pass.CLEAN)
        variants = observations.variants(Pass.CORRUPTIONS)
        _require_whole(grid)
        value = corruption_robustness(np.array([list(row.values()) for row in grid.values()]), clean.accuracy)
    return Measured(
        value=value,
        parts=parts,
        sample_count=sum(outcome.image_count for outcome in variants.values()),
        standard_error=_standard_error(clean, list(variants.values())),
    )


def _grid(variants: Mapping[str, Outcome]) -> dict[str, dict[str, float]]:
    """Accuracy per corruption and severity."""
    grid: dict[str, dict[str, float]] = {}
    for name, outcome in sorted(variants.items()):
        corruption, slash, severity = name.partition("/")
        if not (corruption and slash and severity):
            raise ValueError(f"variant {name!r} has no corruption and severity; name it like 'fog/3'.")
        grid.setdefault(corruption, {})[severity] = outcome.accuracy
    return grid


def _require_whole(grid: Mapping[str, Mapping[str, float]]) -> None:
    severities = {severity for row in grid.values() for severity in row}
    holes = [f"{corruption}/{severity}" for corruption in grid for severity in severities - grid[corruption].keys()]
    if holes:
        raise ValueError(f"{', '.join(sorted(holes))} is missing; run every corruption at the same severities.")


def _standard_error(clean: Outcome, corrupted: list[Outcome]) -> float:
    """Standard error of the mean ratio."""
    accuracy = float(np.mean([outcome.accuracy for outcome in corrupted]))
    if all(outcome.image_count == clean.image_count for outcome in corrupted):
        share_right = np.zeros(clean.image_count)
        for outcome in corrupted:
            share_right += outcome.right
        covariance = accuracy_covariance(
            clean.right.astype(np.float64), [share_right / len(corrupted)], same_images=True
        )
    else:
        # Which images a smaller set holds is not known, so its errors are taken to go together, which is the most
        # that they can do.
        error = np.mean([binomial_standard_error(outcome.accuracy, outcome.image_count) for outcome in corrupted])
        of_clean = binomial_standard_error(clean.accuracy, clean.image_count)
        covariance = np.diag([of_clean**2, float(error) ** 2])
    (error_of_ratio,) = standard_errors(ratio_covariance(np.array([clean.accuracy, accuracy]), covariance))
    return error_of_ratio
