"""Search for the nearest weights under which all but a few rivals are behind."""

import heapq
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from quba.deciding.projection import nearest_in_cone

MARGIN = 1e-7
"""By how much score a model is put ahead: well above rounding, and less than anyone would notice."""

_LIMIT = 300


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """What a search came to.

    Attributes:
        point: the nearest weights found, relative to the given ones; None if there are none.
        proven: whether the search was complete, so that nothing is nearer, or nothing is there at all.
        barred: where nothing is there, sets of rivals without a rival in common, as shares summing to 1 whose mixture
            is never behind: of every set one rival is never behind either, so k sets prove that rank k is out of reach.
            Fewer than k where only the complete search proves it.
    """

    point: Float[np.ndarray, " dims"] | None
    proven: bool
    barred: tuple[Mapping[int, float], ...] = ()


def search(demands: Float[np.ndarray, "rivals dims"], centre: Float[np.ndarray, " dims"], k: int) -> Found:
    """The point nearest to (1, ..., 1) that meets all but at most k - 1 demands.

    Args:
        demands: per rival, the lead over it per unit of each relative weight, less ``MARGIN``.
        centre: the given weights, above 0.
        k: 1 or more.

    Returns:
        The point; for k = 1 always proven.

    >>> search(np.array([[1.0, -2.0], [-3.0, 1.0]]), np.ones(2), k=2).point.round(2).tolist()
    [1.2, 0.6]
    """
    return _Search(demands, centre, k).solve()


@dataclass(frozen=True, eq=False, slots=True)
class _Node:
    """Rivals that must be behind, rivals that may be ahead, and the nearest point for the former alone."""

    behind: frozenset[int]
    ahead: frozenset[int]
    point: Float[np.ndarray, " dims"]

    @property
    def distance(self) -> float:
        return float(np.linalg.norm(self.point - 1))


class _Search:
    """Branch and bound over which rivals may stay ahead.

    The point of a node ignores the rivals that it says nothing of, so its distance is a lower bound for everything
    below it; the nearest open node is looked at first, and the first whose point leaves few enough ahead is the answer.
    """

    def __init__(self, demands: Float[np.ndarray, "rivals dims"], centre: Float[np.ndarray, " dims"], k: int) -> None:
        self.demands = demands
        self.centre = centre
        self.free = k - 1
        self.solved = 0

    def solve(self) -> Found:
        barred = self._barring_sets()
        # Of each of these disjoint sets one rival stays ahead, whatever the weights: more sets than may, no answer.
        if len(barred) > self.free:
            return Found(None, proven=True, barred=barred)
        start = _Node(frozenset(), frozenset(), np.ones(self.centre.size))
        fallback = self._dive(start)
        # Among equally near nodes the first comes first; the nodes themselves have no order.
        order = itertools.count()
        heap = [(0.0, next(order), start)]
        while heap:
            distance, _, node = heapq.heappop(heap)
            if fallback is not None and distance >= fallback.distance:
                return Found(fallback.point, proven=True)
            violated = self._violations(node)
            if violated.sum() <= self.free:
                return Found(node.point, proven=True)
            if self.free and self.solved >= _LIMIT:
                return Found(None if fallback is None else fallback.point, proven=False)
            worst = self._worst(node, violated)
            # Either this rival stays ahead, which costs nothing and one of the few places, or it is put behind.
            if len(node.ahead) < self.free:
                heapq.heappush(heap, (distance, next(order), _Node(node.behind, node.ahead | {worst}, node.point)))
            nearest, _ = self._with(node.behind | {worst}, node.ahead)
            if nearest is not None:
                heapq.heappush(heap, (nearest.distance, next(order), nearest))
        return Found(None, proven=True, barred=barred)

    def _barring_sets(self) -> tuple[Mapping[int, float], ...]:
        """Disjoint sets of rivals that cannot all be put behind, at most k of them."""
        # Whoever is no worse anywhere is such a set alone.
        sets: list[Mapping[int, float]] = [
            {rival: 1.0} for rival in np.flatnonzero((self.demands <= 0).all(axis=1)).tolist()
        ]
        while len(sets) <= self.free:
            node = _Node(frozenset(), frozenset(itertools.chain(*sets)), np.ones(self.centre.size))
            violated = self._violations(node)
            while not node.ahead.issuperset(np.flatnonzero(violated).tolist()):
                nearest, barred = self._with(node.behind | {self._worst(node, violated)}, node.ahead)
                if nearest is None:
                    sets.append(barred)
                    break
                node, violated = nearest, self._violations(nearest)
            else:
                break
        return tuple(sets)

    def _dive(self, start: _Node) -> _Node | None:
        """A good first answer: let those stay ahead who are furthest ahead, or those who press hardest."""
        at_start = np.argsort(self.demands @ start.point)
        furthest = frozenset(at_start[: self.free].tolist())
        ends = [self._descent(_Node(frozenset(), furthest, start.point)), self._descent(start)]
        return min((end for end in ends if end is not None), key=lambda node: node.distance, default=None)

    def _descent(self, node: _Node) -> _Node | None:
        """Put the worst rival behind, again and again; where that cannot be, let go of the one that presses hardest."""
        while (violated := self._violations(node)).sum() > self.free:
            behind, ahead = node.behind | {self._worst(node, violated)}, node.ahead
            nearest, barred = self._with(behind, ahead)
            while nearest is None:
                if len(ahead) >= self.free:
                    return None
                hardest = max(barred, key=barred.__getitem__)
                behind, ahead = behind - {hardest}, ahead | {hardest}
                nearest, barred = self._with(behind, ahead)
            node = nearest
        return node

    def _with(self, behind: frozenset[int], ahead: frozenset[int]) -> tuple[_Node | None, dict[int, float]]:
        """The node of these rivals, or shares of those that bar it."""
        self.solved += 1
        rivals = sorted(behind)
        rows = self.demands[rivals]
        point, pressure = nearest_in_cone(rows)
        if point is not None:
            return _Node(behind, ahead, point), {}
        # Pressures belong to demands of length 1; as shares of models they count against the demands as they are.
        shares = pressure / np.linalg.norm(rows, axis=1)
        # No pressure is negative.
        return None, {
            rival: share for rival, share in zip(rivals, (shares / shares.sum()).tolist(), strict=True) if share
        }

    def _violations(self, node: _Node) -> Bool[np.ndarray, " rivals"]:
        # Half the margin is left to rounding, and those put behind are so by construction.
        violated: Bool[np.ndarray, " rivals"] = self.demands @ node.point < -MARGIN / 2 * (self.centre @ node.point)
        violated[list(node.behind)] = False
        return violated

    def _worst(self, node: _Node, violated: Bool[np.ndarray, " rivals"]) -> int:
        """The rival furthest ahead that is not free to be."""
        lead = np.where(violated, self.demands @ node.point, 0.0)
        # 0 is no violation, so argmin passes over whoever may stay ahead.
        lead[list(node.ahead)] = 0.0
        return int(lead.argmin())
