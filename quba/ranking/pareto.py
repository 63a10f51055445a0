"""Trade-offs: which models no other model beats on every chosen dimension."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Int

# Truth values or doubles held at once when rows are compared with a front: up to some 16 MB.
_COMPARED_AT_ONCE = 2_000_000
_ROWS_AT_ONCE = 256


def pareto_layers(good: Float[np.ndarray, "models dims"]) -> Int[np.ndarray, " models"]:
    """Layer of each model: 1 is the front, 2 the front once layer 1 is taken away, and so on.

    A model dominates another if it is at least as good everywhere and better somewhere; equal models do not dominate
    each other. Time grows with n log n for two dimensions and n log² n for three; for more, with the number of models
    times those of each layer that can still dominate something.

    Args:
        good: one row per model and one column per dimension, turned so that larger is better.

    Returns:
        Layers from 1, in the order of the rows; 0 for a row with a NaN, which takes no part.

    Source:
        Zhang et al. 2015, "An efficient approach to nondominated sorting for evolutionary multiobjective optimization",
        IEEE Transactions on Evolutionary Computation 19(2): models are put into layers best first, each by a binary
        search.

    >>> pareto_layers(np.array([[3.0, 1.0], [1.0, 3.0], [1.0, 1.0], [np.nan, 9.0]])).tolist()
    [1, 1, 2, 0]
    """
    layers = np.zeros(len(good), dtype=np.int64)
    complete = ~np.isnan(good).any(axis=1)
    distinct, row_of = np.unique(good[complete], axis=0, return_inverse=True)
    # Best first by the leading column: whatever dominates a row stands before it, and only the other columns can tell.
    rest = distinct[::-1, 1:]
    layer_of = {0: _layers_of_chain, 1: _layers_of_numbers, 2: _layers_of_pairs}.get(rest.shape[1], _layers_of_rows)
    layers[complete] = layer_of(rest)[::-1][row_of]
    return layers


def _layers_of_chain(rest: Float[np.ndarray, "distinct 0"]) -> Int[np.ndarray, " distinct"]:
    """Of one dimension: every distinct value is behind all better ones."""
    return np.arange(1, len(rest) + 1)


def _layers_of_numbers(rest: Float[np.ndarray, "distinct 1"]) -> Int[np.ndarray, " distinct"]:
    """Of two dimensions. The best number of each layer falls from layer to layer, and alone tells who dominates."""
    found = np.empty(len(rest), dtype=np.int64)
    # Negated, so that the list rises as `bisect` wants it.
    best: list[float] = []
    for index, value in enumerate((-rest[:, 0]).tolist()):
        # Right of equal ones: distinct rows with the same second number dominate by the first.
        layer = bisect_right(best, value)
        # One past the end, the slice is empty and the assignment appends: a new layer.
        best[layer : layer + 1] = [value]
        found[index] = layer + 1
    return found


def _layers_of_pairs(rest: Float[np.ndarray, "distinct 2"]) -> Int[np.ndarray, " distinct"]:
    """Of three dimensions. Each layer keeps the pairs that no other of it is as good as: a staircase."""
    found = np.empty(len(rest), dtype=np.int64)
    stairs: list[_Staircase] = []
    # Column by column: a list for each row would have Python's collector of garbage walk the memory again and again.
    for index, (first, second) in enumerate(zip(*(column.tolist() for column in rest.T), strict=True)):
        # Whoever is dominated by a layer is dominated by all layers before it.
        layer = bisect_left(stairs, True, key=lambda each: not each.covers(first, second))
        if layer == len(stairs):
            stairs.append(_Staircase())
        stairs[layer].add(first, second)
        found[index] = layer + 1
    return found


class _Staircase:
    """Pairs of which none is as good as another on both numbers: while the first rise, the second fall."""

    def __init__(self) -> None:
        self._firsts: list[float] = []
        self._seconds: list[float] = []

    def covers(self, first: float, second: float) -> bool:
        """Whether a pair is as good on both."""
        # The first one that is as good on the first number is, of these, the best on the second.
        place = bisect_left(self._firsts, first)
        return place < len(self._firsts) and self._seconds[place] >= second

    def add(self, first: float, second: float) -> None:
        """Put a pair in that none covers, and take out those that it covers."""
        end = bisect_right(self._firsts, first)
        start = end
        while start and self._seconds[start - 1] <= second:
            start -= 1
        self._firsts[start:end] = [first]
        self._seconds[start:end] = [second]


def _layers_of_rows(rest: Float[np.ndarray, "distinct dims"]) -> Int[np.ndarray, " distinct"]:
    """Of more dimensions. Each layer keeps the rows that no other of it is as good as.

    Block by block, since numbers of one row cost NumPy as much as those of hundreds.
    """
    found = np.empty(len(rest), dtype=np.int64)
    kept: list[Float[np.ndarray, "kept dims"]] = []
    for start in range(0, len(rest), _ROWS_AT_ONCE):
        block = rest[start : start + _ROWS_AT_ONCE]
        layers, covered = _layers_behind(kept, block), _as_good(block, block)
        np.fill_diagonal(covered, val=False)
        for index in range(1, len(block)):
            # Of its own block only earlier rows can dominate a row, and their layers are known by now.
            ahead = layers[:index][covered[index, :index]]
            layers[index] = max(layers[index], ahead.max(initial=-1) + 1)
        for layer in np.unique(layers).tolist():
            rows = np.flatnonzero(layers == layer)
            # Whoever a row of the same layer is as good as can dominate nothing that this row does not.
            new = block[rows[~covered[np.ix_(rows, rows)].any(axis=1)]]
            # One past the end, the slice is empty and the assignment appends: a new layer.
            before = [each[~_as_good(new, each).any(axis=1)] for each in kept[layer : layer + 1]]
            kept[layer : layer + 1] = [np.vstack([*before, new])]
        found[start : start + len(block)] = layers + 1
    return found


def _layers_behind(
    kept: list[Float[np.ndarray, "_ dims"]], block: Float[np.ndarray, "rows dims"]
) -> Int[np.ndarray, " rows"]:
    """How many layers dominate each row, by a binary search of all rows in step."""
    low, high = np.zeros(len(block), dtype=np.int64), np.full(len(block), len(kept))
    while (searched := low < high).any():
        middle = (low + high) // 2
        for layer in np.unique(middle[searched]).tolist():
            rows = np.flatnonzero(searched & (middle == layer))
            # Whoever is dominated by a layer is dominated by all layers before it.
            behind = _as_good(kept[layer], block[rows]).any(axis=1)
            low[rows[behind]] = layer + 1
            high[rows[~behind]] = layer
    return low


def dominating_witness(
    good: Float[np.ndarray, "models dims"], layers: Int[np.ndarray, " models"]
) -> Int[np.ndarray, " models"]:
    """For each model the first front model (by row) that dominates it.

    Args:
        good: one row per model and one column per dimension, turned so that larger is better.
        layers: of these rows, as `pareto_layers` finds them.

    Returns:
        Row indices; -1 for a model on the front or with a NaN.

    >>> good = np.array([[0.0, 1.0], [3.0, 3.0], [3.0, 3.0]])
    >>> dominating_witness(good, pareto_layers(good)).tolist()
    [1, -1, -1]
    """
    witnesses = np.full(len(good), -1, dtype=np.int64)
    # The front suffices: what any model dominates, some model of the front does.
    front = np.flatnonzero(layers == 1)
    for rows in _blocks(np.flatnonzero(layers > 1), front.size):
        # Behind the front something on the front is at least as good everywhere, and it cannot be an equal row.
        witnesses[rows] = front[_as_good(good[front], good[rows]).argmax(axis=1)]
    return witnesses


def _blocks(rows: Int[np.ndarray, " rows"], others: int) -> Iterator[Int[np.ndarray, " block"]]:
    """Parts of the rows, each of which is compared with the others at once."""
    step = max(1, _COMPARED_AT_ONCE // max(others, 1))
    for start in range(0, rows.size, step):
        yield rows[start : start + step]


def _as_good(
    front: Float[np.ndarray, "front dims"], rows: Float[np.ndarray, "rows dims"]
) -> Bool[np.ndarray, "rows front"]:
    """Whether each of the front is at least as good as each row everywhere."""
    found = np.ones((len(rows), len(front)), dtype=bool)
    for theirs, own in zip(front.T, rows.T, strict=True):
        found &= theirs >= own[:, None]
    return found


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
    # As good everywhere but not as bad everywhere is better somewhere; equal models are both and fall out.
    better, worse = (good >= own).all(axis=1), (good <= own).all(axis=1)
    return better & ~worse, worse & ~better


def front_distance(
    good: Float[np.ndarray, "models dims"], layers: Int[np.ndarray, " models"]
) -> Float[np.ndarray, " models"]:
    """How far each model lies behind the front: the least that, added on every dimension, no model would dominate.

    A model within t of the front is on it but for t, which makes t a tolerance for what measuring cannot tell.

    Args:
        good: one row per model and one column per dimension, turned so that larger is better, in units that compare.
        layers: of these rows, as `pareto_layers` finds them.

    Returns:
        Distances in these units, 0 for a model on the front; NaN for a row with a NaN.

    Source:
        Loridan 1984, "Epsilon-solutions in vector minimization problems".

    >>> good = np.array([[3.0, 1.0], [1.0, 3.0], [0.5, 2.0]])
    >>> front_distance(good, pareto_layers(good)).tolist()
    [0.0, 0.0, 0.5]
    """
    distances = np.where(layers == 0, np.nan, 0.0)
    front = good[layers == 1]
    for rows in _blocks(np.flatnonzero(layers > 1), len(front)):
        ahead = np.full((rows.size, len(front)), np.inf)
        for theirs, own in zip(front.T, good[rows].T, strict=True):
            np.minimum(ahead, theirs - own[:, None], out=ahead)
        # What dominates a model is dominated by, or equal to, something on the front that is as far ahead or further.
        distances[rows] = ahead.max(axis=1)
    return distances
