"""How sure a rank is, given that every value was measured on a finite number of images."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import scipy
from jaxtyping import Float, Int

from quba.dimension import Dimension
from quba.dimensions import BUILT_IN, DIMENSIONS
from quba.errors import require_share
from quba.ranking.score import checked_weights
from quba.reference import Reference

ESTIMATE_BASIS: Mapping[str, str] = MappingProxyType(
    {
        key: dimension.published_error.basis
        for key, dimension in BUILT_IN.items()
        if dimension.published_error is not None
    }
)
"""What an estimated error rests on, by dimension; all add the rounding of the published digits."""


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
        missing, or where the dimension does not say how far published values may be off.

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
    return {key: _estimated_errors(DIMENSIONS[key], column, columns["accuracy"]) for key, column in columns.items()}


def _estimated_errors(
    dimension: Dimension, column: Float[np.ndarray, " models"], accuracy: Float[np.ndarray, " models"]
) -> Float[np.ndarray, " models"]:
    if dimension.published_error is None:
        return np.full(column.shape, np.nan)
    # A rounded digit is off by anything up to half a unit, which has this standard deviation.
    # The uniform distribution of width one unit has variance 1/12 of the unit squared.
    rounding = 10.0**-dimension.decimals / np.sqrt(12)
    # Sampling and rounding are independent, so that their variances add: hypot.
    sampling = dimension.published_error.estimate(column, accuracy)
    error: Float[np.ndarray, " models"] = np.hypot(sampling, np.where(np.isnan(column), np.nan, rounding))
    return error


def standardised_errors(
    errors: Mapping[str, Float[np.ndarray, " models"]], norms: Mapping[str, Reference]
) -> dict[str, Float[np.ndarray, " models"]]:
    """Standard errors in spreads of the norms, as scores are.

    Args:
        errors: standard errors in the unit of each dimension.
        norms: as ``quba.ranking.normalisation.norms``; they are taken for exact.

    Returns:
        Errors of the standardised values; 0 where the norm has no spread.

    >>> standardised_errors({"accuracy": np.array([0.02])}, {"accuracy": Reference(0.8, 0.04)})["accuracy"].tolist()
    [0.5]
    """
    return {
        # Without any spread all standardised values are 0 whatever they were, and so is their error.
        key: error / norms[key].standard_deviation if norms[key].standard_deviation > 0 else np.zeros(error.shape)
        for key, error in errors.items()
    }


def score_standard_error(
    errors: Mapping[str, Float[np.ndarray, " models"]], weights: Mapping[str, float | int]
) -> Float[np.ndarray, " models"]:
    """Standard error of the score of every model, the dimensions taken to err independently.

    Args:
        errors: of the standardised values; NaN and absent dimensions count as 0.
        weights: as for ``quba.ranking.score.score``.

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
    # An unknown error counts as 0 here; callers say beside it for which models one is not known.
    squares = [(checked[key] / total * np.nan_to_num(error)) ** 2 for key, error in errors.items()]
    error: Float[np.ndarray, " models"] = np.sqrt(np.sum(squares, axis=0))
    return error


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
    # Two-sided: 1.96 for 95 %.
    limit = float(scipy.special.ndtri((1 + confidence) / 2))
    found = np.zeros(score.size, dtype=np.int64)
    # NaN is sorted behind every number, so that the scored models come first.
    order = np.argsort(-score, kind="stable")
    tier, best = 0, -1
    for row in order[: int((~np.isnan(score)).sum())].tolist():
        # Against the best of the tier and not the neighbour: small steps would chain the whole ranking into one tier.
        if tier == 0 or score[best] - score[row] > limit * np.hypot(standard_error[best], standard_error[row]):
            tier, best = tier + 1, row
        found[row] = tier
    return found


def behind_best(
    score: Float[np.ndarray, " models"], standard_error: Float[np.ndarray, " models"], *, confidence: float = 0.95
) -> tuple[Float[np.ndarray, " models"], Float[np.ndarray, " models"], Float[np.ndarray, " models"]]:
    """How far each model's score lies behind the best, with the interval by which ``tiers`` tells the two apart.

    The intervals of two scores may overlap although their difference is clear: the error of a difference is the root
    of the sum of both squares, which is less than the sum of both errors.

    Args:
        score: one per model; NaN is unscored.
        standard_error: of each score, 0 or more, the scores taken to err independently.
        confidence: of each interval, between 0 and 1; the intervals are not corrected for their number.

    Returns:
        Differences, 0 or more, and the lower and the upper ends of their intervals; NaN without a score. The best has
        0 three times, as it cannot lie behind itself.

    Raises:
        QuestionError: ``share_out_of_range``.

    >>> [each.round(3).tolist() for each in behind_best(np.array([1.0, 0.5]), np.array([0.1, 0.1]))]
    [[0.0, 0.5], [0.0, 0.223], [0.0, 0.777]]
    """
    require_share("confidence", confidence)
    if np.isnan(score).all():
        return (np.full(score.shape, np.nan),) * 3
    best = int(np.nanargmax(score))
    behind = score[best] - score
    reach = float(scipy.special.ndtri((1 + confidence) / 2)) * np.hypot(standard_error[best], standard_error)
    # Its own errors are one and the same and cancel; hypot would add them.
    reach[best] = 0.0
    return behind, behind - reach, behind + reach
