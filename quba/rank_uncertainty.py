"""How sure a rank is, given that every value was measured on a finite number of images."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri

from quba.dimensions import DIMENSIONS
from quba.question import require_draws, require_share
from quba.reference import Reference
from quba.score import checked_weights
from quba.stability import MOST_DRAWS, Acceptability, Noise, acceptability

_VALIDATION_IMAGES = 50_000
_CUE_CONFLICT_IMAGES = 1_200
_MIXED_IMAGES = 4_050
_RENDITION_IMAGES = (160, 160, 800, 800, 30_000)
# What one binomial error of the accuracy does to the calibration error, whose parts differ by about two orders.
_CALIBRATION_SHARE = 0.05
_BALANCE_SHARE = 0.5

ESTIMATE_BASIS: Mapping[str, str] = MappingProxyType(
    {
        "accuracy": "binomial on 50,000 images",
        "adversarial_robustness": "binomial on 50,000 images, both attacks taken for one, clean accuracy as known",
        "corruption_robustness": "binomial on 50,000 images, all changes of an image taken to go together",
        "ood_robustness": "binomial on 160, 160, 800, 800 and 30,000 images, all five sets taken to be equally hard",
        "calibration_error": "a twentieth of the binomial error of the accuracy, which is what reaches the mean",
        "class_balance": "half the binomial error of the accuracy, which is the part of the recalls",
        "object_focus": "binomial on 4,050 images twice, at the clean accuracy",
        "shape_bias": "binomial on 1,200 images, the most that can have counted",
        "parameters_millions": "none but rounding",
    }
)
"""What the estimate for a published value rests on; all add the rounding of the published digits."""


def estimated_standard_errors(
    columns: Mapping[str, Float[np.ndarray, " models"]],
) -> dict[str, Float[np.ndarray, " models"]]:
    """Rough standard errors of published values, which came without any: from image counts and rounding.

    They are estimates from aggregates and must be labelled so; ``ESTIMATE_BASIS`` says what each rests on. A measured
    standard error is better wherever there is one.

    Args:
        columns: values per dimension, NaN where missing; accuracy must be among them.

    Returns:
        Standard errors in the unit of each dimension, 0 or more, NaN where the value or the accuracy it needs is
        missing.

    Raises:
        ValueError: without accuracies, or for a key that is no dimension.

    >>> estimated_standard_errors({"accuracy": np.array([0.8])})["accuracy"].round(5).tolist()
    [0.00179]
    """
    if "accuracy" not in columns:
        raise ValueError("the estimates need accuracies; pass the column accuracy.")
    strangers = [key for key in columns if key not in DIMENSIONS]
    if strangers:
        raise ValueError(f"{', '.join(strangers)} is no dimension; use {', '.join(DIMENSIONS)}.")
    found: dict[str, Float[np.ndarray, " models"]] = {}
    for key, column in columns.items():
        # A rounded digit is off by anything up to half a unit, which has this standard deviation.
        rounding = 10.0 ** -DIMENSIONS[key].decimals / np.sqrt(12)
        found[key] = np.hypot(
            _sampling_error(key, column, columns["accuracy"]), np.where(np.isnan(column), np.nan, rounding)
        )
    return found


def _binomial(share: Float[np.ndarray, " models"], images: int) -> Float[np.ndarray, " models"]:
    within = np.clip(share, 0.0, 1.0)
    error: Float[np.ndarray, " models"] = np.sqrt(within * (1 - within) / images)
    return error


def _sampling_error(
    key: str, value: Float[np.ndarray, " models"], accuracy: Float[np.ndarray, " models"]
) -> Float[np.ndarray, " models"]:
    # A ratio to an accuracy of 0 has no error; NaN stands for it, and the value is missing there anyway.
    clean = np.where(accuracy > 0, accuracy, np.nan)
    of_accuracy = _binomial(accuracy, _VALIDATION_IMAGES)
    error: Float[np.ndarray, " models"] = np.zeros(value.shape)
    match key:
        case "accuracy":
            error = of_accuracy
        case "adversarial_robustness" | "corruption_robustness":
            error = _binomial(value * clean, _VALIDATION_IMAGES) / clean
        case "ood_robustness":
            squares = [(_binomial(value * clean, images) / clean) ** 2 for images in _RENDITION_IMAGES]
            error = np.sqrt(np.sum(squares, axis=0)) / len(_RENDITION_IMAGES)
        case "calibration_error":
            error = _CALIBRATION_SHARE * of_accuracy
        case "class_balance":
            error = _BALANCE_SHARE * of_accuracy
        case "object_focus":
            error = np.sqrt(2) * _binomial(accuracy, _MIXED_IMAGES) / clean
        case "shape_bias":
            error = _binomial(value, _CUE_CONFLICT_IMAGES)
    return error


def standardised_errors(
    errors: Mapping[str, Float[np.ndarray, " models"]], norms: Mapping[str, Reference]
) -> dict[str, Float[np.ndarray, " models"]]:
    """Standard errors in spreads of the norms, as scores are.

    Args:
        errors: standard errors in the unit of each dimension.
        norms: as ``quba.normalisation.norms``; they are taken for exact.

    Returns:
        Errors of the standardised values; 0 where the norm has no spread.

    >>> standardised_errors({"accuracy": np.array([0.02])}, {"accuracy": Reference(0.8, 0.04)})["accuracy"].tolist()
    [0.5]
    """
    return {
        key: error / norms[key].standard_deviation if norms[key].standard_deviation > 0 else np.zeros(error.shape)
        for key, error in errors.items()
    }


def score_standard_error(
    errors: Mapping[str, Float[np.ndarray, " models"]], weights: Mapping[str, float | int]
) -> Float[np.ndarray, " models"]:
    """Standard error of the score of every model, the dimensions taken to err independently.

    Args:
        errors: of the standardised values; NaN and absent dimensions count as 0.
        weights: as for ``quba.score.score``.

    Returns:
        The root of the sum of (share times error) squared, 0 or more.

    Raises:
        WeightError: as ``checked_weights``.

    >>> errors = {"accuracy": np.array([0.3]), "shape_bias": np.array([0.4])}
    >>> score_standard_error(errors, {"accuracy": 1, "shape_bias": 1}).tolist()
    [0.25]
    """
    checked = checked_weights(weights)
    total = sum(checked.values())
    squares = [(checked[key] / total * np.nan_to_num(error)) ** 2 for key, error in errors.items()]
    error: Float[np.ndarray, " models"] = np.sqrt(np.sum(squares, axis=0))
    return error


def rank_intervals(
    standardised: Mapping[str, Float[np.ndarray, " models"]],
    weights: Mapping[str, float | int],
    noise: Noise,
    *,
    draws: int = 10_000,
    k: int = 10,
    confidence: float = 0.9,
) -> Acceptability:
    """Between which ranks each model lies, given the errors of its values and the weights as they are.

    To doubt the weights as well, hand drawn weights and the same noise to ``quba.stability.acceptability``.

    Args:
        standardised: columns of ``quba.normalisation.standardise``.
        weights: as for ``quba.score.score``.
        noise: standard errors of the standardised values, and the source of chance.
        draws: in 1 to 100,000.
        k: as for ``quba.stability.acceptability``.
        confidence: as for ``quba.stability.acceptability``.

    Returns:
        As ``quba.stability.acceptability``.

    Raises:
        WeightError: as ``checked_weights``.
        QuestionError: as ``quba.stability.acceptability``.

    >>> noise = Noise({"accuracy": np.array([0.1, 0.1])}, np.random.default_rng(0))
    >>> rank_intervals({"accuracy": np.array([1.0, 0.0])}, {"accuracy": 1}, noise, k=1).high_rank.tolist()
    [1, 2]
    """
    require_draws(draws, MOST_DRAWS)
    given = np.array(list(checked_weights(weights).values()))
    same = np.broadcast_to(given / given.sum(), (draws, given.size))
    return acceptability(standardised, same, k=k, confidence=confidence, noise=noise)


def tiers(
    score: Float[np.ndarray, " models"], standard_error: Float[np.ndarray, " models"], *, confidence: float = 0.95
) -> Int[np.ndarray, " models"]:
    """Group the ranking into stretches whose models cannot be told from the best one of the stretch.

    Args:
        score: one per model; NaN is unscored.
        standard_error: of each score, 0 or more.
        confidence: of each comparison, between 0 and 1; comparisons are not corrected for their number.

    Returns:
        Tiers from 1, the best; 0 for a model without a score. A tier ends before the first model whose difference from
        the best of the tier exceeds its interval. Neighbours on either side of a border need not differ clearly.

    Raises:
        QuestionError: ``share_out_of_range``.

    >>> tiers(np.array([1.0, 0.9, 0.2, np.nan]), np.array([0.1, 0.1, 0.1, 0.1])).tolist()
    [1, 1, 2, 0]
    """
    require_share("confidence", confidence)
    limit = float(ndtri((1 + confidence) / 2))
    found = np.zeros(score.size, dtype=np.int64)
    order = np.argsort(-score, kind="stable")
    tier, best = 0, -1
    for row in order[: int((~np.isnan(score)).sum())].tolist():
        if tier == 0 or score[best] - score[row] > limit * np.hypot(standard_error[best], standard_error[row]):
            tier, best = tier + 1, row
        found[row] = tier
    return found
