"""Trade-offs: which models no other model beats on every chosen dimension."""

import numpy as np
from jaxtyping import Bool, Float, Int


def pareto_layers(good: Float[np.ndarray, "models dims"]) -> Int[np.ndarray, " models"]:
    """Layer of each model: 1 is the front, 2 the front once layer 1 is taken away, and so on.

    A model dominates another if it is at least as good everywhere and better somewhere; equal models do not dominate
    each other. Time grows with the square of the number of distinct models.

    Args:
        good: one row per model and one column per dimension, turned so that larger is better.

    Returns:
        Layers from 1, in the order of the rows; 0 for a row with a NaN, which takes no part.

    >>> pareto_layers(np.array([[3.0, 1.0], [1.0, 3.0], [1.0, 1.0], [np.nan, 9.0]])).tolist()
    [1, 1, 2, 0]
    """
    layers = np.zeros(len(good), dtype=np.int64)
    complete = ~np.isnan(good).any(axis=1)
    distinct, row_of = np.unique(good[complete], axis=0, return_inverse=True)
    # Best first by the leading column: whatever dominates a row stands before it, and only the other columns can tell.
    descending = distinct[::-1]
    rest = np.ascontiguousarray(descending[:, 1:].T)
    layer_of = np.zeros(len(descending), dtype=np.int64)
    for index in range(len(descending)):
        dominators = (rest[:, :index] >= rest[:, index : index + 1]).all(axis=0)
        layer_of[index] = 1 + layer_of[:index].max(where=dominators, initial=0)
    layers[complete] = layer_of[::-1][row_of]
    return layers


def dominating_witness(good: Float[np.ndarray, "models dims"]) -> Int[np.ndarray, " models"]:
    """For each model the first front model (by row) that dominates it.

    Args:
        good: one row per model and one column per dimension, turned so that larger is better.

    Returns:
        Row indices; -1 for a model on the front or with a NaN.

    >>> dominating_witness(np.array([[0.0, 1.0], [3.0, 3.0], [3.0, 3.0]])).tolist()
    [1, -1, -1]
    """
    layers = pareto_layers(good)
    witnesses = np.full(len(good), -1, dtype=np.int64)
    front = np.flatnonzero(layers == 1)
    for index in np.flatnonzero(layers > 1):
        # Behind the front something on the front is at least as good everywhere, and it cannot be an equal row.
        witnesses[index] = front[(good[front] >= good[index]).all(axis=1).argmax()]
    return witnesses


def dominance(
    good: Float[np.ndarray, "models dims"], row: int
) -> tuple[Bool[np.ndarray, " models"], Bool[np.ndarray, " models"]]:
    """The models that dominate one model, and those that it dominates.

    Args:
        good: one row per model and one column per dimension, turned so that larger is better.
        row: the model.

    Returns:
        Two truth values per model: at least as good everywhere and better somewhere, and the opposite. A row with a NaN
        is neither, and a model with a NaN has none of either.

    Raises:
        IndexError: if there is no such row.

    Source:
        Pareto dominance; Ehrgott 2005, "Multicriteria Optimization".

    >>> [found.tolist() for found in dominance(np.array([[2.0, 2.0], [3.0, 2.0], [1.0, 9.0], [2.0, 1.0]]), 0)]
    [[False, True, False, False], [False, False, False, True]]
    """
    own = good[row]
    # A comparison with NaN is False.
    better, worse = (good >= own).all(axis=1), (good <= own).all(axis=1)
    return better & ~worse, worse & ~better


def front_distance(good: Float[np.ndarray, "models dims"]) -> Float[np.ndarray, " models"]:
    """How far each model lies behind the front: the least that, added on every dimension, no model would dominate.

    A model within t of the front is on it but for t, which makes t a tolerance for what measuring cannot tell.

    Args:
        good: one row per model and one column per dimension, turned so that larger is better, in units that compare.

    Returns:
        Distances in these units, 0 for a model on the front; NaN for a row with a NaN.

    Source:
        Loridan 1984, "Epsilon-solutions in vector minimization problems".

    >>> front_distance(np.array([[3.0, 1.0], [1.0, 3.0], [0.5, 2.0]])).tolist()
    [0.0, 0.0, 0.5]
    """
    layers = pareto_layers(good)
    distances = np.where(layers == 0, np.nan, 0.0)
    front = good[layers == 1]
    for index in np.flatnonzero(layers > 1):
        # What dominates a model is dominated by, or equal to, something on the front that is as far ahead or further.
        distances[index] = (front - good[index]).min(axis=1).max()
    return distances
