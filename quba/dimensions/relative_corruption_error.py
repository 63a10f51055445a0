"""Relative mCE: how much accuracy a model loses under the corruptions of ImageNet-C, in losses of AlexNet."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from quba.dimension import Dimension, Missing, Pass, Theme, UndefinedResult
from quba.measuring.image_means import mean_error, means_without
from quba.measuring.jackknife import balanced_groups
from quba.measuring.observations import Measured, Observations, Outcome, keeping
from quba.measuring.uncertainty import binomial_standard_error
from quba.measuring.validity import require_accuracy

IMAGENET_C = "imagenet-c"
"""The key of the data set that AlexNet's errors are known on."""

ALEXNET_CLEAN_ERROR = 0.435
"""AlexNet's error on the clean validation images, as Hendrycks and Dietterich 2019 print it (table 1)."""

ALEXNET_ERRORS: Mapping[str, float] = MappingProxyType(
    {
        "gaussian_noise": 0.886428,
        "shot_noise": 0.894468,
        "impulse_noise": 0.922640,
        "defocus_blur": 0.819880,
        "glass_blur": 0.826268,
        "motion_blur": 0.785948,
        "zoom_blur": 0.798360,
        "snow": 0.866816,
        "frost": 0.826572,
        "fog": 0.819324,
        "brightness": 0.564592,
        "contrast": 0.853204,
        "elastic_transform": 0.646056,
        "pixelate": 0.717840,
        "jpeg_compression": 0.606500,
    }
)
"""AlexNet's error under each corruption of ImageNet-C, the mean of five severities (Hendrycks and Dietterich 2019)."""

_SEVERITIES = ("1", "2", "3", "4", "5")

DIMENSION = Dimension(
    key="relative_corruption_error",
    label="Relative mCE",
    short_label="Rel. mCE",
    position=16,
    theme=Theme.ROBUSTNESS,
    unit="fraction",
    lower_bound=None,
    upper_bound=None,
    plausible=(-0.5, 3.0),
    higher_is_better=False,
    default_weight=0.0,
    smallest_meaningful_difference=0.03,
    reference=None,
    published_error=None,
    description="How much accuracy a model loses under corruption, compared with AlexNet; 1 is AlexNet's own loss.",
    procedure=(
        "For each of the fifteen corruptions of ImageNet-C, the error over its five severities less the error on clean "
        "images, divided by the same difference of AlexNet; the value is the mean of the fifteen ratios. The paper "
        "gives it in per cent."
    ),
    source="Hendrycks and Dietterich 2019, ImageNet-C (arXiv 1903.12261)",
    passes=(Pass.CLEAN, Pass.CORRUPTIONS),
    yardstick=IMAGENET_C,
    empty_at_chance=True,
)


def relative_corruption_error(errors: Mapping[str, float], clean_error: float) -> float:
    """Relative mCE: mean rise of the error under fifteen corruptions, each in rises of AlexNet; lower is better.

    Args:
        errors: in [0, 1], the mean over five severities of each corruption of ``ALEXNET_ERRORS``.
        clean_error: in [0, 1].

    Returns:
        1 for a model that loses as much as AlexNet; 0 for one that loses nothing; below 0 where it gains.

    Raises:
        ValueError: for an error outside [0, 1] or NaN, or corruptions that are not those fifteen.

    Source:
        Hendrycks and Dietterich 2019, arXiv 1903.12261, where it is 100 times as large.

    >>> relative_corruption_error(ALEXNET_ERRORS, ALEXNET_CLEAN_ERROR)
    1.0
    """
    return float(np.mean(list(_ratios(errors, clean_error).values())))


def _ratios(errors: Mapping[str, float], clean_error: float) -> dict[str, float]:
    """By corruption, the rise of the error in rises of AlexNet."""
    if unknown := sorted(errors.keys() ^ ALEXNET_ERRORS.keys()):
        raise ValueError(f"{', '.join(unknown)} is missing or unknown; pass one error for each of ALEXNET_ERRORS.")
    for name, error in {"clean error": clean_error, **errors}.items():
        require_accuracy(name, error)
    return {
        name: (errors[name] - clean_error) / (of_alexnet - ALEXNET_CLEAN_ERROR)
        for name, of_alexnet in ALEXNET_ERRORS.items()
    }


def measure(observations: Observations) -> Measured:
    """Relative mCE of one model; the standard error knows that all corruptions are of the same images.

    Args:
        observations: with the clean pass and the corruptions of ImageNet-C, named "fog/3" for severity 3 of fog; with
            labels, replicates come with the value.

    Returns:
        Parts: ``clean_accuracy``, ``mce``, the mean of each error divided by AlexNet's, and ``ratios`` by corruption.
        The images are counted once per corruption and severity.

    Raises:
        UndefinedResult: with the reason for which a pass was not run; with ``NOT_APPLICABLE`` where the corruptions are
            not those of ImageNet-C at all five severities, and with the part ``clean_accuracy``.
    """
    clean = observations.outcome(Pass.CLEAN)
    parts: dict[str, Any] = {"clean_accuracy": clean.accuracy}
    with keeping(parts):
        variants = observations.variants(Pass.CORRUPTIONS)
        _require_imagenet_c(observations, variants)
    errors = {
        name: 1 - float(np.mean([variants[f"{name}/{severity}"].accuracy for severity in _SEVERITIES]))
        for name in ALEXNET_ERRORS
    }
    ratios = _ratios(errors, 1 - clean.accuracy)
    parts["mce"] = float(np.mean([errors[name] / of_alexnet for name, of_alexnet in ALEXNET_ERRORS.items()]))
    parts["ratios"] = ratios
    error, replicates = _uncertainty(observations, clean, variants)
    return Measured(
        value=relative_corruption_error(errors, 1 - clean.accuracy),
        parts=parts,
        sample_count=sum(outcome.image_count for outcome in variants.values()),
        standard_error=error,
        replicates=replicates,
    )


def _require_imagenet_c(observations: Observations, variants: Mapping[str, Outcome]) -> None:
    made_of = observations.data_sets.get(Pass.CORRUPTIONS, "")
    if made_of != IMAGENET_C:
        raise UndefinedResult(
            Missing.NOT_APPLICABLE,
            f"AlexNet's errors are known on the files of {IMAGENET_C} alone, and these corruptions are of "
            f"{made_of or 'images that nobody named'}; corruption robustness needs no yardstick.",
        )
    needed = {f"{name}/{severity}" for name in ALEXNET_ERRORS for severity in _SEVERITIES}
    if differing := sorted(needed ^ variants.keys()):
        raise UndefinedResult(
            Missing.NOT_APPLICABLE,
            f"relative mCE is made of fifteen corruptions at five severities, and {differing[0]} is missing or beyond "
            "them; run all 75.",
        )


def _uncertainty(
    observations: Observations, clean: Outcome, variants: Mapping[str, Outcome]
) -> tuple[float | None, tuple[float, ...] | None]:
    """Standard error and replicates: the value is a mean over images wherever all passes saw the same ones."""
    # By how much the value falls where every image of a corruption and severity is right and not wrong.
    weight = {
        name: 1 / (len(ALEXNET_ERRORS) * len(_SEVERITIES) * (of_alexnet - ALEXNET_CLEAN_ERROR))
        for name, of_alexnet in ALEXNET_ERRORS.items()
    }
    weights = {variant: weight[variant.partition("/")[0]] for variant in variants}
    if any(outcome.image_count != clean.image_count for outcome in variants.values()):
        # Which images a smaller set holds is not known: their errors are taken to go together, which is the most that
        # they can do, and to be independent of those of the clean images.
        of_corrupted = sum(
            weights[variant] * binomial_standard_error(outcome.accuracy, outcome.image_count)
            for variant, outcome in variants.items()
        )
        of_clean = sum(weights.values()) * binomial_standard_error(clean.accuracy, clean.image_count)
        return float(np.hypot(of_corrupted, of_clean)), None
    of_image = sum(weights.values()) * clean.right.astype(np.float64)
    for variant, outcome in variants.items():
        of_image -= weights[variant] * outcome.right
    labels = observations.labels
    if labels is None or labels.size != of_image.size or labels.size == 1:
        return mean_error(of_image), None
    return mean_error(of_image), tuple(means_without(of_image, balanced_groups(labels)).tolist())
