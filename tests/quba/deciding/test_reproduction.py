import math

import numpy as np
import pytest
from scipy.stats import norm

from quba.deciding.reproduction import (
    FAR,
    NotComparable,
    Verdict,
    difference,
    flag_verdict,
    is_whole,
    not_comparable,
    tally,
)
from quba.dimensions import STUDY_DIMENSIONS
from quba.study_ingredients import STUDY_INGREDIENTS


def test_a_difference_is_in_errors_of_both_values() -> None:
    found = difference("accuracy", 0.76, 0.0019, published=0.75, accuracy=0.75)
    # Of 50,000 images, and of the rounding to four decimals.
    other = math.hypot(math.sqrt(0.75 * 0.25 / 50_000), 1e-4 / math.sqrt(12))
    assert (found.measured, found.published) == (0.76, 0.75)
    assert found.difference == pytest.approx(0.01)
    assert found.published_error == pytest.approx(other)
    assert found.standard_error == pytest.approx(math.hypot(0.0019, other))
    assert found.in_standard_errors == pytest.approx(0.01 / math.hypot(0.0019, other))


def test_the_error_of_a_ratio_rests_on_the_accuracy_published_beside_it() -> None:
    found = difference("corruption_robustness", 0.5, 0.003, published=0.5, accuracy=0.8)
    sampling = math.sqrt(0.4 * 0.6 / 50_000) / 0.8
    assert found.published_error == pytest.approx(math.hypot(sampling, 1e-4 / math.sqrt(12)))
    assert found.in_standard_errors == 0.0


def test_an_error_that_is_not_known_is_not_guessed() -> None:
    unknown_own = difference("accuracy", 0.76, None, published=0.75, accuracy=0.75)
    assert (unknown_own.standard_error, unknown_own.in_standard_errors) == (None, None)
    unknown_other = difference("corruption_robustness", 0.6, 0.003, published=0.5, accuracy=None)
    assert (unknown_other.published_error, unknown_other.in_standard_errors) == (None, None)
    assert unknown_other.difference == pytest.approx(0.1)


def test_a_count_is_exact_and_its_published_number_rounded() -> None:
    found = difference("parameters_millions", 25.557, None, published=25.6, accuracy=0.76)
    assert found.standard_error == pytest.approx(0.1 / math.sqrt(12))
    # Rounding alone never takes a count two standard errors away.
    assert abs(found.in_standard_errors or 99) < 2
    assert abs(difference("parameters_millions", 25.0, None, published=25.6, accuracy=None).in_standard_errors or 0) > 2


@pytest.mark.parametrize("key", STUDY_DIMENSIONS)
@pytest.mark.parametrize("protocol", ["as-published", "corrected", "as-released"])
def test_only_attacks_on_pixels_part_the_protocols(key: str, protocol: str) -> None:
    found = not_comparable(key, protocol, STUDY_INGREDIENTS[key].digest)
    other_attacks = key == "adversarial_robustness" and protocol == "corrected"
    assert found is (NotComparable.OTHER_ATTACKS if other_attacks else None)


def test_what_is_made_of_something_else_or_of_nobody_knows_what_is_no_reproduction() -> None:
    assert not_comparable("accuracy", "as-published", "0" * 64) is NotComparable.OTHER_INGREDIENTS
    assert not_comparable("accuracy", "as-published", None) is NotComparable.INGREDIENTS_NOT_KNOWN
    assert all(". Measure it" in each.meaning for each in NotComparable)


@pytest.mark.parametrize(
    ("key", "count", "whole"),
    [
        ("accuracy", 49_500, True), ("accuracy", 49_499, False), ("accuracy", None, False),
        ("corruption_robustness", 75 * 49_900, True), ("corruption_robustness", 75 * 10_000, False),
        ("ood_robustness", 11_920, False), ("shape_bias", 700, True), ("parameters_millions", None, True),
    ],
)  # fmt: skip
def test_a_subset_is_recognised_by_its_images(key: str, count: int | None, whole: bool) -> None:
    assert is_whole(key, count) is whole


def test_as_many_are_expected_far_as_a_normal_error_takes_there() -> None:
    found = tally([3.0, -3.0, 2.0, 0.0, None])
    assert (found.compared, found.far) == (4, 2)
    assert found.expected_far == pytest.approx(4 * 2 * norm.sf(2))
    # Independent errors of the stated size leave about that share far away.
    drawn = np.random.default_rng(0).normal(size=20_000)
    sample = tally(drawn.tolist())
    assert sample.far == pytest.approx(sample.expected_far, rel=0.1)
    assert tally([]) == tally([None])


@pytest.mark.parametrize(
    ("without_defect", "with_defect", "verdict"),
    [
        (-30.0, 1.0, Verdict.SUPPORTED), (1.0, 30.0, Verdict.CONTRADICTED), (FAR, -FAR, Verdict.UNDECIDED),
        (-9.0, 3.0, Verdict.UNDECIDED), (2.1, 2.0, Verdict.SUPPORTED),
    ],
)  # fmt: skip
def test_a_flag_is_judged_by_which_of_two_measurements_the_published_value_agrees_with(
    without_defect: float, with_defect: float, verdict: Verdict
) -> None:
    assert flag_verdict(without_defect, with_defect) is verdict
    assert verdict.meaning
