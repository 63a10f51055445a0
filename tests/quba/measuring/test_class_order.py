import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from quba.measuring.class_order import BEST, OrderFinding, order_finding

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def balanced(class_count: int, images: int) -> Labels:
    """As a run draws them: as many images of each class, and of so many classes that each has two."""
    per_class = max(2, images // class_count)
    return np.repeat(np.arange(min(class_count, images // per_class)), per_class)


def outputs(decisions: Labels, class_count: int, confidence: float) -> Array:
    rest = (1 - confidence) / (class_count - 1)
    found = np.full((len(decisions), class_count), rest)
    found[np.arange(len(decisions)), decisions] = confidence
    return found


def decided(labels: Labels, class_count: int, accuracy: float, rng: np.random.Generator) -> Labels:
    """Right on a share of the images, wrong on the others as it happens."""
    wrong = (labels + rng.integers(1, class_count, len(labels))) % class_count
    return np.where(rng.random(len(labels)) < accuracy, labels, wrong)


def shuffle(class_count: int, rng: np.random.Generator) -> Labels:
    """An order that moves more than half of the classes."""
    while True:
        order = rng.permutation(class_count)
        if (order != np.arange(class_count)).mean() > 0.5:
            return order


@pytest.mark.parametrize(
    ("class_count", "images", "accuracy", "seeds"),
    [
        (2, 500, 0.75, 100), (3, 120, 0.9, 100), (10, 500, 0.6, 100), (37, 500, 0.8, 30), (100, 500, 0.6, 30),
        (1000, 500, 0.8, 3),
    ],
)  # fmt: skip
def test_a_shuffled_order_is_caught_in_a_hundred_of_a_hundred(
    class_count: int, images: int, accuracy: float, seeds: int
) -> None:
    caught = 0
    for seed in range(seeds):
        rng = np.random.default_rng([seed, class_count])
        labels, order = balanced(class_count, images), shuffle(class_count, rng)
        decisions = order[decided(labels, class_count, accuracy, rng)]
        finding = order_finding(outputs(decisions, class_count, accuracy), labels, {})
        caught += finding.winner == BEST
        assert finding.accuracy < accuracy
    assert caught == seeds


def by_lot(labels: Labels, class_count: int, rng: np.random.Generator) -> Array:
    return rng.dirichlet(np.ones(class_count), len(labels))


def always_alike(labels: Labels, class_count: int, rng: np.random.Generator) -> Array:
    return outputs(np.full_like(labels, rng.integers(class_count)), class_count, 0.9)


def untrained(labels: Labels, class_count: int, rng: np.random.Generator) -> Array:
    """Decides by what classes happen to look like, and is sure of nothing."""
    return outputs(rng.integers(0, class_count, class_count)[labels], class_count, 1.05 / class_count)


def hardly_trained(labels: Labels, class_count: int, rng: np.random.Generator) -> Array:
    return outputs(decided(labels, class_count, 1.2 / class_count, rng), class_count, 0.6)


UNBALANCED = np.repeat(np.arange(3), [200, 12, 8])


BAD = {each.__name__: each for each in (by_lot, always_alike, untrained, hardly_trained)}
ON = {
    "3 classes": balanced(3, 60), "unbalanced": UNBALANCED, "10 classes": balanced(10, 500),
    "100 classes": balanced(100, 500),
}  # fmt: skip


@pytest.mark.parametrize("on", ON)
@pytest.mark.parametrize("model", BAD)
def test_a_bad_model_is_never_called_shuffled(model: str, on: str) -> None:
    labels = ON[on]
    class_count = int(labels.max()) + 1
    for seed in range(100 if class_count < 100 else 20):
        rng = np.random.default_rng(seed)
        orders = {"natural": rng.permutation(class_count)}
        assert order_finding(BAD[model](labels, class_count, rng), labels, orders).winner is None


@pytest.mark.parametrize("class_count", [2, 10, 100])
def test_a_good_model_is_never_called_shuffled(class_count: int) -> None:
    labels = balanced(class_count, 500)
    for seed in range(30):
        rng = np.random.default_rng(seed)
        decisions = decided(labels, class_count, 0.7, rng)
        finding = order_finding(outputs(decisions, class_count, 0.8), labels, {"natural": shuffle(class_count, rng)})
        assert (finding.winner, finding.outputs) == (None, ())
        assert finding.accuracy == finding.winner_accuracy == (decisions == labels).mean()


def test_a_named_order_comes_before_the_best_and_needs_no_second_image_of_a_class() -> None:
    labels = np.arange(500)
    natural = np.roll(np.arange(500), 1)
    found = order_finding(outputs(natural[labels], 500, 0.9), labels, {"names": labels, "natural": natural})
    assert (found.winner, found.winner_accuracy, found.image_count) == ("natural", 1.0, 500)
    assert found.outputs == tuple(natural.tolist())
    assert found.p_value == pytest.approx(0.5**500)
    assert order_finding(outputs(natural[labels], 500, 0.9), labels, {}).winner is None


def test_the_best_order_is_the_best_of_all() -> None:
    """Beside the plainest way: all orders, tried one by one on the half by which it is found."""
    labels, rng = balanced(5, 100), np.random.default_rng(3)
    decisions = np.array([3, 0, 4, 1, 2])[decided(labels, 5, 0.6, rng)]
    finding = order_finding(outputs(decisions, 5, 0.9), labels, {})
    half = np.arange(100) % 20 % 2 == 0
    scores = {
        order: (np.array(order)[labels[half]] == decisions[half]).sum() for order in itertools.permutations(range(5))
    }
    assert finding.outputs == max(scores, key=lambda order: scores[order])
    other = ~half
    assert finding.winner_accuracy == (np.array(finding.outputs)[labels[other]] == decisions[other]).mean()


def test_few_images_conclude_nothing() -> None:
    labels = np.repeat(np.arange(3), 3)
    finding: OrderFinding = order_finding(outputs((labels + 1) % 3, 3, 0.9), labels, {})
    assert finding.winner is None
    assert finding.p_value == 0.5**3
    lone = order_finding(outputs(np.array([0, 1]), 2, 0.9), np.array([0, 1]), {})
    assert (lone.winner, lone.p_value, lone.accuracy) == (None, 1.0, 1.0)


def test_misuse_is_refused() -> None:
    with pytest.raises(ValueError, match="natural is no permutation of the 2 outputs"):
        order_finding(outputs(np.array([0, 1]), 2, 0.9), np.array([0, 1]), {"natural": np.array([0, 0])})
    with pytest.raises(ValueError, match="must lie in 0 to 1"):
        order_finding(outputs(np.array([0, 1]), 2, 0.9), np.array([0, 2]), {})
