"""Whether a model's outputs stand for the classes in another order than the one that they are read in.

Shuffled classes give a good model the accuracy of a bad one, and nothing else shows it. A bad model must not be called
shuffled, though: some assignment of outputs to classes fits any few decisions well by chance. So the best assignment is
found on one half of the images and judged on the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy
from jaxtyping import Float, Int

from quba.measuring.validity import require_images

SIGNIFICANCE = 0.001
"""One-sided; the chance that a model whose classes are in order is called shuffled is smaller, all orders together."""

BEST = "best"
"""Name of the order that fits the decisions best."""

# Below this a significant difference may be true and still not worth calling a model shuffled.
_LEAST_GAIN = 0.05
_ABOVE_CHANCE = 0.1
_LEAST_CONFIDENCE = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFinding:
    """What decisions on labelled images say about the order of the classes.

    Attributes:
        image_count: images that were decided on.
        accuracy: with the outputs read as they are.
        winner: the order that wins clearly, or None: "best", or the name of one that was offered.
        winner_accuracy: with that order, on all images; for "best" on those by which it was not found.
        outputs: for each class, the output that stands for it in the winning order; empty without a winner.
        p_value: of the comparison that was won, or the smallest of all.
    """

    image_count: int
    accuracy: float
    winner: str | None
    winner_accuracy: float
    outputs: tuple[int, ...]
    p_value: float


def order_finding(
    probabilities: Float[np.ndarray, "images classes"],
    labels: Int[np.ndarray, " images"],
    orders: Mapping[str, Int[np.ndarray, " classes"]],
) -> OrderFinding:
    """Compare the order in which outputs are read with others.

    An order wins clearly where, of the images that only one of both gets right, so many more are its own that chance
    would do so in less than a thousandth of the cases (exact sign test, one-sided, divided by the number of orders);
    where the mean recall of the classes gains 0.05 or more and comes to lie 0.1 or more above chance, so that a model
    which always decides alike wins nothing from classes of unequal size; and where the model's confidence is above
    chance by a quarter of what that recall is, so that an untrained model wins nothing from classes that merely look
    different.

    Args:
        probabilities: one row per image and one column per output, in the order in which they are read.
        labels: the right class of each image; not all of one class.
        orders: named orders to compare with: for each class the output that would stand for it.

    Returns:
        The finding. The named orders come before the best assignment.

    Raises:
        ValueError: as ``require_images``, or for an order that is no permutation of the outputs.

    Source:
        The assignment: Kuhn 1955, "The Hungarian method". The test: McNemar 1947, exact.

    >>> rng = np.random.default_rng(0)
    >>> labels = rng.integers(0, 4, 200)
    >>> shuffled = np.array([2, 0, 3, 1])
    >>> finding = order_finding(np.eye(4)[shuffled[labels]] * 0.9 + 0.025, labels, {})
    >>> finding.winner, finding.outputs, finding.accuracy, finding.winner_accuracy
    ('best', (2, 0, 3, 1), 0.0, 1.0)
    """
    require_images(probabilities, labels)
    class_count = probabilities.shape[1]
    for name, order in orders.items():
        if sorted(order.tolist()) != list(range(class_count)):
            raise ValueError(f"order {name} is no permutation of the {class_count} outputs; name each of them once.")
    decisions: Int[np.ndarray, " images"] = probabilities.argmax(axis=1)
    confidence = float(probabilities.max(axis=1).mean())
    every = np.ones(len(labels), dtype=bool)
    found = {name: _comparison(decisions, labels, order, every) for name, order in orders.items()}
    best, judged = _best_order(decisions, labels, class_count)
    found[BEST] = _comparison(decisions, labels, best, judged)
    # Named orders come first: where a known mix-up explains it, its name helps more than a list of outputs.
    winner = next((name for name, each in found.items() if _wins(each, confidence, class_count, len(found))), None)
    accuracy = float((decisions == labels).mean())
    return OrderFinding(
        image_count=len(labels),
        accuracy=accuracy,
        winner=winner,
        winner_accuracy=accuracy if winner is None else found[winner].accuracy,
        outputs=() if winner is None else tuple({**orders, BEST: best}[winner].tolist()),
        p_value=min(each.p_value for each in found.values()) if winner is None else found[winner].p_value,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Comparison:
    """An order against the one in which outputs are read."""

    accuracy: float
    recall: float
    gain: float
    p_value: float


def _wins(each: _Comparison, confidence: float, class_count: int, orders: int) -> bool:
    # Recall and not accuracy: always deciding for the largest class has a high accuracy and a recall at chance.
    above_chance = each.recall - 1 / class_count
    knows = above_chance >= _ABOVE_CHANCE and confidence - 1 / class_count >= _LEAST_CONFIDENCE * above_chance
    # Bonferroni: each order offered is another chance to win by accident.
    return each.p_value < SIGNIFICANCE / orders and each.gain >= _LEAST_GAIN and knows


def _comparison(
    decisions: Int[np.ndarray, " images"],
    labels: Int[np.ndarray, " images"],
    order: Int[np.ndarray, " classes"],
    judged: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> _Comparison:
    right, other = (decisions == labels)[judged], (decisions == order[labels])[judged]
    only_other, only_right = int((other & ~right).sum()), int((right & ~other).sum())
    # Images on which both agree cannot tell the orders apart: McNemar's sign test is on the rest.
    differing = only_other + only_right
    sign_test = scipy.stats.binomtest(only_other, differing, 0.5, alternative="greater") if differing else None
    recalls = [_mean_recall(each, labels[judged]) for each in (other, right)]
    return _Comparison(
        accuracy=float(other.mean()) if len(other) else 0.0,
        recall=recalls[0],
        gain=recalls[0] - recalls[1],
        p_value=1.0 if sign_test is None else float(sign_test.pvalue),
    )


def _mean_recall(right: "np.ndarray[tuple[int], np.dtype[np.bool_]]", labels: Int[np.ndarray, " images"]) -> float:
    counts = np.bincount(labels)
    return float((np.bincount(labels, weights=right)[counts > 0] / counts[counts > 0]).mean()) if len(labels) else 0.0


def _best_order(
    decisions: Int[np.ndarray, " images"], labels: Int[np.ndarray, " images"], class_count: int
) -> "tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.bool_]]]":
    """The order that fits the one half of each class best, and which images are of the other half."""
    by_class = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels, minlength=class_count)
    # How many images of its class come before each, in the order of the classes.
    place = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    judged = np.zeros(len(labels), dtype=bool)
    # Every second image of each class, so that both halves have all classes of two images or more.
    judged[by_class] = place % 2 == 1
    confusion = np.zeros((class_count, class_count))
    np.add.at(confusion, (labels[~judged], decisions[~judged]), 1.0)
    # Each class counts once, whatever its size. Where nothing else decides, the order stays as it is.
    held = confusion.sum(axis=1, keepdims=True)
    shares = np.divide(confusion, held, out=np.zeros_like(confusion), where=held > 0)
    shares[np.diag_indices(class_count)] += 1e-6
    _, order = scipy.optimize.linear_sum_assignment(shares, maximize=True)
    return np.asarray(order, dtype=np.int64), judged
