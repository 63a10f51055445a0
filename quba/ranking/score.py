"""The QUBA score: a weighted mean of standardised dimensions, with each dimension's part in it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from quba.dimensions import DIMENSIONS, current_dimensions


class WeightError(ValueError):
    """Weights that no score can be computed with."""


@dataclass(frozen=True, eq=False, slots=True)
class Scores:
    """Scores and what they are made of.

    Attributes:
        keys: the dimensions with a positive weight.
        columns: the standardised values of each.
        shares: of the sum of weights, one for each.
        score: one per model, in spreads above the norm; NaN where a value under a positive weight is missing.
    """

    keys: tuple[str, ...]
    columns: Sequence[Float[np.ndarray, " models"]]
    shares: Float[np.ndarray, " keys"]
    score: Float[np.ndarray, " models"]

    def parts(self, rows: Int[np.ndarray, " some"]) -> Float[np.ndarray, "keys some"]:
        """What each dimension adds to the scores of some models; they sum to these."""
        parts = np.array([column[rows] for column in self.columns])
        parts *= self.shares[:, np.newaxis]
        return parts

    def of(self, rows: Int[np.ndarray, " some"]) -> "Scores":
        """The scores of some models, as they are among all."""
        return Scores(self.keys, [column[rows] for column in self.columns], self.shares, self.score[rows])

    def contributions(self, row: int) -> dict[str, float]:
        """What each dimension adds to the score of one model, by its key."""
        return dict(zip(self.keys, self.parts(np.array([row]))[:, 0].tolist(), strict=True))


def checked_weights(weights: Mapping[str, float | int]) -> dict[str, float]:
    """All weights as numbers, in the order of the dimensions; a key that is not named weighs 0.

    Args:
        weights: weight per dimension key, each 0 or more. Directions belong to the dimensions, never to a weight.

    Returns:
        A weight for every dimension, as given, not scaled.

    Raises:
        WeightError: for an unknown key, a value that is negative, not finite or no number, or no positive weight.

    >>> checked_weights({"shape_bias": 2})["shape_bias"], checked_weights({"shape_bias": 2})["accuracy"]
    (2.0, 0.0)
    """
    known = current_dimensions().known
    for key, value in weights.items():
        # As nearly all are: every ranking checks some.
        if type(value) is float and 0 <= value < math.inf and key in known:
            continue
        if key not in known:
            raise WeightError(f"weight of {key!r} has no dimension; use one of {', '.join(DIMENSIONS)}.")
        # bool counts as an int in Python, but true is an answer to another question.
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WeightError(f"weight of {key} is {value!r}; weights must be numbers. Use 0 to leave it out.")
        if not math.isfinite(value):
            raise WeightError(f"weight of {key} is {value}; weights must be finite. Use 0 to leave it out.")
        if value < 0:
            raise WeightError(
                f"weight of {key} is {value}; weights must be 0 or more. Use 0 to leave it out: "
                f"that {DIMENSIONS[key].direction} is already in the dimension."
            )
    checked = {key: float(weights.get(key, 0)) for key in known}
    # A division by 0 otherwise, and every model would be NaN without a reason.
    if not any(checked.values()):
        raise WeightError("all weights are 0; at least one must be positive. Give one dimension a weight above 0.")
    return checked


def score(standardised: Mapping[str, Float[np.ndarray, " models"]], weights: Mapping[str, float | int]) -> Scores:
    """QUBA = sum of w z over sum of w, where every z is standardised with larger being better.

    Args:
        standardised: columns of ``quba.ranking.normalisation.standardise``, one value per model, NaN where missing.
        weights: weight per dimension key, 0 or more; only their proportions matter.

    Returns:
        Scores and what they are made of; unbounded for z-scores, in [0, 1] for percentile and min-max columns.

    Raises:
        WeightError: as ``checked_weights``, and for a positive weight on a dimension without a column.

    Source:
        Hesse et al. 2026, arXiv 2503.17110.

    >>> columns = {"accuracy": np.array([1.0, 0.0]), "class_balance": np.array([0.0, 3.0])}
    >>> result = score(columns, {"accuracy": 2, "class_balance": 1})
    >>> [round(value, 4) for value in result.score.tolist()]
    [0.6667, 1.0]
    """
    return weighted_scores(standardised, checked_weights(weights))


def weighted_scores(standardised: Mapping[str, Float[np.ndarray, " models"]], checked: Mapping[str, float]) -> Scores:
    """The same as ``score`` for weights that ``checked_weights`` has made, for who asks again and again.

    >>> weighted_scores({"accuracy": np.array([1.0, 0.5])}, checked_weights({"accuracy": 3})).score.tolist()
    [1.0, 0.5]
    """
    positive = {key: weight for key, weight in checked.items() if weight > 0}
    if not positive.keys() <= standardised.keys():
        absent = [key for key in positive if key not in standardised]
        raise WeightError(f"no values for {', '.join(absent)}; add the columns or set these weights to 0.")
    # Dividing by the largest first keeps the sum finite for weights near the end of the floating-point range.
    shares = np.array(list(positive.values()))
    shares /= shares.max()
    shares /= math.fsum(shares.tolist())
    columns = [standardised[key] for key in positive]
    # One dimension after the other, for a table of all parts does not fit beside the processor: this runs for every
    # request of the service. NaN stays NaN in the sum: a model without a weighted value has no score.
    total = columns[0] * shares[0]
    part = np.empty_like(total)
    for column, share in zip(columns[1:], shares[1:], strict=True):
        total += np.multiply(column, share, out=part)
    return Scores(tuple(positive), columns, shares, total)
