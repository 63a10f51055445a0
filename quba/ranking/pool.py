"""The models that a weighting can score, as one table: what the questions about rankings work on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from quba.dimensions import DIMENSIONS
from quba.errors import QuestionError
from quba.ranking.score import WeightError, checked_weights


@dataclass(frozen=True, eq=False, slots=True)
class Pool:
    """Models with all the values that are asked for.

    Attributes:
        keys: the dimensions of the table, in the customary order.
        rows: which of the original models they are, ascending.
        good: standardised values, larger being better, one row per model of the pool.
    """

    keys: tuple[str, ...]
    rows: Int[np.ndarray, " pool"]
    good: Float[np.ndarray, "pool dims"]

    def place(self, row: int) -> int:
        """Where in the pool an original model stands.

        Raises:
            QuestionError: ``model_without_score`` if it is not in the pool.
        """
        found = np.flatnonzero(self.rows == row)
        if found.size == 0:
            raise QuestionError(
                "model_without_score",
                f"model {row} lacks a value on one of {', '.join(self.keys)}; choose a scored model, or set the weight "
                "of the dimension that it lacks to 0.",
            )
        return int(found[0])


def complete_pool(standardised: Mapping[str, Float[np.ndarray, " models"]], keys: Collection[str]) -> Pool:
    """The models that have a value on every one of some dimensions.

    Args:
        standardised: columns of ``quba.ranking.normalisation.standardise``.
        keys: the dimensions to keep, one or more.

    Returns:
        The pool, possibly of no model.

    Raises:
        WeightError: for a dimension without a column.

    >>> complete_pool({"accuracy": np.array([1.0, np.nan]), "shape_bias": np.array([0.5, 0.5])}, ["accuracy"]).rows
    array([0])
    """
    # In the customary order whatever the caller's: columns are told apart by place from here on.
    ordered = tuple(key for key in DIMENSIONS if key in keys)
    absent = [key for key in ordered if key not in standardised]
    if absent:
        raise WeightError(f"no values for {', '.join(absent)}; add the columns or set these weights to 0.")
    table = np.column_stack([standardised[key] for key in ordered])
    # A missing value is no 0: the model takes no part and callers say why.
    rows = np.flatnonzero(~np.isnan(table).any(axis=1))
    return Pool(ordered, rows, table[rows])


def scored_pool(
    standardised: Mapping[str, Float[np.ndarray, " models"]], weights: Mapping[str, float | int]
) -> tuple[Pool, Float[np.ndarray, " dims"]]:
    """The models that a weighting scores, and its positive weights in the order of the pool's dimensions.

    Raises:
        WeightError: as ``quba.ranking.score.score``.

    >>> columns = {"accuracy": np.array([1.0, 0.5]), "shape_bias": np.array([0.2, np.nan])}
    >>> pool, positive = scored_pool(columns, {"accuracy": 1, "shape_bias": 2})
    >>> pool.rows.tolist(), positive.tolist()
    ([0], [1.0, 2.0])
    """
    # A weight of 0 asks for no value: a model that lacks it is scored all the same.
    positive = {key: weight for key, weight in checked_weights(weights).items() if weight > 0}
    pool = complete_pool(standardised, positive)
    return pool, np.array([positive[key] for key in pool.keys])
