from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from quba.dimensions import DIMENSIONS
from quba.measuring.chance import LEVEL, at_chance_level, chance_probability, recall_deviation_by_chance

PRAISED_AT_CHANCE = {
    "adversarial_robustness", "corruption_robustness", "ood_robustness", "class_balance", "object_focus", "shape_bias",
    "relative_corruption_error",
}  # fmt: skip


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(2, 1000))
def test_it_is_scipys_exact_test(right_of: tuple[int, int], classes: int) -> None:
    right, images = right_of
    expected = binomtest(right, images, 1 / classes, alternative="greater").pvalue
    assert chance_probability(right / images, images, classes) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(2, 1000))
def test_the_level_is_that_of_the_exact_test(right_of: tuple[int, int], classes: int) -> None:
    right, images = right_of
    exact = chance_probability(right / images, images, classes) > LEVEL
    assert at_chance_level(right / images, images, classes) == exact


@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("images", [1, 7, 80, 400, 1000])
def test_the_level_is_that_of_the_exact_test_for_every_count(images: int, classes: int) -> None:
    for right in range(images + 1):
        exact = binomtest(right, images, 1 / classes, alternative="greater").pvalue > LEVEL
        assert at_chance_level(right / images, images, classes) == exact


@pytest.mark.parametrize(("images", "classes"), [(80, 16), (400, 16), (50_000, 1000), (30, 2)])
def test_guessing_passes_for_knowing_no_more_often_than_it_says(images: int, classes: int) -> None:
    rng = np.random.default_rng(7)
    guesses = rng.binomial(images, 1 / classes, size=20_000)
    values, counts = np.unique(guesses, return_counts=True)
    known = sum(
        count
        for value, count in zip(values.tolist(), counts.tolist(), strict=True)
        if not at_chance_level(value / images, images, classes)
    )
    # Four standard errors of a share of one in a thousand, of 20,000.
    assert known / 20_000 <= LEVEL + 4 * (LEVEL / 20_000) ** 0.5


@pytest.mark.parametrize(
    ("accuracy", "images", "classes", "chance"),
    [
        (0.1, 400, 16, True),  # the random network of the first review: praised for its robustness
        (0.11, 400, 16, False),
        (0.0, 400, 16, True),
        (0.001, 50_000, 1000, True),
        (0.002, 50_000, 1000, False),
        (1.0, 1, 16, True),  # one image proves nothing
        (1.0, 3, 16, False),
    ],
)  # fmt: skip
def test_where_the_line_is(accuracy: float, images: int, classes: int, chance: bool) -> None:
    assert at_chance_level(accuracy, images, classes) is chance


def test_what_is_relative_to_the_accuracy_says_so() -> None:
    assert {key for key, each in DIMENSIONS.items() if each.empty_at_chance} == PRAISED_AT_CHANCE


@pytest.mark.parametrize(
    ("accuracy", "images", "classes", "told"),
    [(1.1, 5, 2, "accuracy"), (0.5, 0, 2, "image_count is 0"), (0.5, 5, 1, "class_count is 1")],
)
def test_misuse(accuracy: float, images: int, classes: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        chance_probability(accuracy, images, classes)


@pytest.mark.parametrize("chance", [0.2, 0.5, 0.9])
def test_the_square_is_the_expected_variance_of_equal_recalls_exactly(chance: float) -> None:
    labels = np.array([0, 0, 0, 0, 1, 1, 2])
    # All 128 outcomes of seven images with their probabilities: nothing is drawn, so nothing is left to chance.
    expected, estimated = 0.0, 0.0
    for outcome in product((False, True), repeat=labels.size):
        right = np.array(outcome)
        probability = chance ** right.sum() * (1 - chance) ** (~right).sum()
        recalls = np.bincount(labels, weights=right) / np.bincount(labels)
        expected += probability * recalls.var(ddof=1)
        estimated += probability * recall_deviation_by_chance(right, labels) ** 2
    assert estimated == pytest.approx(expected, rel=1e-12)
    assert expected == pytest.approx(chance * (1 - chance) * np.mean([1 / 4, 1 / 2, 1]), rel=1e-12)


def test_a_classifier_of_equal_recalls_shows_what_chance_gives_and_an_unfair_one_more() -> None:
    rng = np.random.default_rng(11)
    counts = rng.integers(10, 60, size=30)
    labels = np.repeat(np.arange(30), counts)

    def ratio(chances: np.ndarray) -> float:
        """The mean variance of the recalls over the mean of what chance would give."""
        seen, by_chance = [], []
        for _ in range(1000):
            right = rng.random(labels.size) < chances[labels]
            seen.append((np.bincount(labels, weights=right) / counts).var(ddof=1))
            by_chance.append(recall_deviation_by_chance(right, labels) ** 2)
        return float(np.mean(seen) / np.mean(by_chance))

    # A variance over 30 classes scatters by root(2 / 29) = 26 %, the mean of a thousand by 0.8 %: four of these.
    assert ratio(np.full(30, 0.7)) == pytest.approx(1, abs=0.034)
    assert ratio(np.linspace(0.4, 1, 30)) > 3


def test_chance_does_nothing_where_all_are_right_or_there_is_but_one() -> None:
    assert recall_deviation_by_chance(np.array([True, True]), np.array([0, 1])) == 0
    assert recall_deviation_by_chance(np.array([False]), np.array([0])) == 0


@pytest.mark.parametrize(
    ("right", "labels", "told"),
    [
        ([], [], "one or more images"),
        ([True, True], [0, 2], "class 1 has no image"),
    ],
)
def test_recalls_need_images_of_every_class(right: list[bool], labels: list[int], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        recall_deviation_by_chance(np.array(right, dtype=bool), np.array(labels, dtype=np.int64))


@pytest.mark.usefixtures("unchecked_shapes")
def test_recalls_need_one_label_per_image() -> None:
    with pytest.raises(ValueError, match="1 decisions for 2 labels"):
        recall_deviation_by_chance(np.array([True]), np.array([0, 1]))
