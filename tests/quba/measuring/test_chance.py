import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from quba.dimensions import DIMENSIONS
from quba.measuring.chance import LEVEL, at_chance_level, chance_probability

PRAISED_AT_CHANCE = {
    "adversarial_robustness", "corruption_robustness", "ood_robustness", "class_balance", "object_focus", "shape_bias",
}  # fmt: skip


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(2, 1000))
def test_it_is_scipys_exact_test(right_of: tuple[int, int], classes: int) -> None:
    right, images = right_of
    expected = binomtest(right, images, 1 / classes, alternative="greater").pvalue
    assert chance_probability(right / images, images, classes) == pytest.approx(expected, rel=1e-6, abs=1e-12)


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
