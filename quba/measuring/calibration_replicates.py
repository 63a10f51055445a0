"""Calibration errors with each group of images left out, from a single sorting: what their standard errors rest on."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from quba.measuring.calibration_bins import BINS, ascending_order, equal_filling_places, equal_width_edges
from quba.measuring.jackknife import Groups
from quba.measuring.validity import single_precision_probabilities

# Columns are read one by one; copying a few at a time keeps them in the fast memory.
_CLASSES_AT_ONCE = 32


def expected_calibration_replicates(
    probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"], groups: Groups
) -> Float[np.ndarray, " groups"]:
    """ECE without each group.

    Args:
        probabilities: as for ``expected_calibration_error``.
        labels: as for ``expected_calibration_error``.
        groups: two or more.

    Returns:
        Fractions in [0, 1], each equal to ``expected_calibration_error`` of the images outside the group.

    Raises:
        ValueError: as ``expected_calibration_error``.

    >>> p = np.array([[0.9, 0.1], [0.9, 0.1]], dtype=np.float32)
    >>> expected_calibration_replicates(p, np.array([0, 1]), Groups(np.array([0, 1]), count=2)).round(4).tolist()
    [0.9, 0.1]
    """
    single = single_precision_probabilities(probabilities, labels)
    confidence = single.max(axis=1)
    bin_of = np.searchsorted(equal_width_edges(), confidence, side="right") - 1
    # In 64 bits: sums of 50,000 confidences in 32 bits would lose the digits that replicates differ in.
    excess = (single.argmax(axis=1) == labels) - confidence.astype(np.float64)
    cell = groups.of_image * (BINS + 1) + bin_of
    per_group = np.bincount(cell, weights=excess, minlength=groups.count * (BINS + 1)).reshape(groups.count, BINS + 1)
    remaining = len(labels) - np.bincount(groups.of_image, minlength=groups.count)
    replicates: Float[np.ndarray, " groups"] = np.abs(per_group.sum(axis=0) - per_group).sum(axis=1) / remaining
    return replicates


def adaptive_calibration_replicates(
    probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"], groups: Groups
) -> Float[np.ndarray, " groups"]:
    """ACE without each group; the bins are filled anew each time.

    Args:
        probabilities: as for ``adaptive_calibration_error``.
        labels: as for ``adaptive_calibration_error``.
        groups: two or more.

    Returns:
        Fractions in [0, 1], each equal to ``adaptive_calibration_error`` of the images outside the group.

    Raises:
        ValueError: as ``adaptive_calibration_error``.

    >>> p = np.array([[0.9, 0.1], [0.9, 0.1]], dtype=np.float32)
    >>> adaptive_calibration_replicates(p, np.array([0, 1]), Groups(np.array([0, 1]), count=2)).round(4).tolist()
    [0.9, 0.1]
    """
    single = single_precision_probabilities(probabilities, labels)
    total = np.zeros(groups.count)
    for start in range(0, single.shape[1], _CLASSES_AT_ONCE):
        block = np.ascontiguousarray(single[:, start : start + _CLASSES_AT_ONCE].T)
        for offset, of_class in enumerate(block):
            total += _class_replicates(of_class, np.flatnonzero(labels == start + offset), groups)
    total /= single.shape[1]
    return total


def _class_replicates(
    probability: Float[np.ndarray, " images"], images_of_class: Int[np.ndarray, " _"], groups: Groups
) -> Float[np.ndarray, " groups"]:
    """The gap of one class without each group."""
    present = np.flatnonzero(probability)
    if present.size == 0:
        return np.zeros(groups.count)
    order = present[ascending_order(probability[present])]
    ordered = probability[order]
    left_out = _LeftOut.of(np.arange(order.size), groups.of_image[order], groups.count)
    remaining = order.size - left_out.sizes
    # The k-th value outside a group stands k places up plus as many as the group has before it.
    places = left_out.places_outside(equal_filling_places(remaining))
    upper_edges = ordered[np.minimum(places, order.size - 1)]
    ones = np.full((groups.count, 1), np.searchsorted(ordered, np.float32(1), side="left"))
    cuts = np.hstack([np.searchsorted(ordered, upper_edges, side="left"), ones, np.full_like(ones, order.size)])

    running = np.concatenate([[0.0], np.cumsum(ordered, dtype=np.float64)])
    # Sums within a group are taken along the group order, so that one running sum serves all groups.
    of_groups = np.concatenate([[0.0], np.cumsum(ordered[left_out.positions], dtype=np.float64)])
    starts = left_out.starts[:, np.newaxis]
    expected = running[cuts] - (of_groups[starts + left_out.below(cuts)] - of_groups[starts])

    right = np.zeros(probability.size, dtype=bool)
    right[images_of_class] = True
    right_positions = np.flatnonzero(right[order])
    right_left_out = _LeftOut.of(right_positions, groups.of_image[order[right_positions]], groups.count)
    observed = np.searchsorted(right_positions, cuts, side="left") - right_left_out.below(cuts)

    gaps = np.abs(np.diff(observed - expected, axis=1, prepend=0.0)).sum(axis=1)
    # Without any probability above 0 a class has no gap; dividing by 1 leaves its 0.
    replicates: Float[np.ndarray, " groups"] = gaps / np.maximum(remaining, 1)
    return replicates


@dataclass(frozen=True, eq=False, slots=True)
class _LeftOut:
    """Places in an ascending order, grouped, so that "how many of group g lie below c" is one lookup for all groups.

    Attributes:
        positions: the places, group after group and ascending within each.
        starts: where each group begins in ``positions``; ``sizes``: how many places it has.
        group: the group of each entry of ``positions``.
    """

    positions: Int[np.ndarray, " places"]
    starts: Int[np.ndarray, " groups"]
    sizes: Int[np.ndarray, " groups"]
    group: Int[np.ndarray, " places"]

    @classmethod
    def of(cls, positions: Int[np.ndarray, " places"], group: Int[np.ndarray, " places"], count: int) -> "_LeftOut":
        # Stable sorting of 16-bit integers is by radix, which is linear.
        by_group = np.argsort(group.astype(np.uint16), kind="stable")
        sizes = np.bincount(group, minlength=count)
        return cls(positions[by_group], np.cumsum(sizes) - sizes, sizes, group[by_group])

    def below(self, cuts: Int[np.ndarray, "groups cuts"]) -> Int[np.ndarray, "groups cuts"]:
        """How many places of each group lie below each of its cuts."""
        return self._counts_at(self.positions, cuts, side_right=False)

    def places_outside(self, ranks: Int[np.ndarray, "groups ranks"]) -> Int[np.ndarray, "groups ranks"]:
        """The places of the values that rank so among those outside each group, counted from 0."""
        within = np.arange(self.positions.size) - self.starts[self.group]
        # Before the i-th place of a group stand `place - i` outsiders, which never decreases within the group.
        places: Int[np.ndarray, "groups ranks"] = ranks + self._counts_at(
            self.positions - within, ranks, side_right=True
        )
        return places

    def _counts_at(
        self, ascending: Int[np.ndarray, " places"], limits: Int[np.ndarray, "groups limits"], *, side_right: bool
    ) -> Int[np.ndarray, "groups limits"]:
        """Per group, how many entries lie below (or not above) each limit."""
        # Shifting each group by more than any place or limit makes one ascending array of all groups.
        shift = 1 + max(int(ascending.max(initial=0)), int(limits.max()))
        groups = np.arange(self.sizes.size)[:, np.newaxis]
        found = np.searchsorted(
            self.group * shift + ascending, groups * shift + limits, side="right" if side_right else "left"
        )
        counted: Int[np.ndarray, "groups limits"] = found - self.starts[:, np.newaxis]
        return counted
