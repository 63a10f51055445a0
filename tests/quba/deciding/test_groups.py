"""Two groups of models, as they are and in pairs."""

import numpy as np
import pytest

from quba.deciding.group_estimates import Estimator
from quba.deciding.groups import Comparison, Method, compare_two_groups
from quba.deciding.significance import PMethod, holm
from quba.errors import QuestionError

FIRST = np.arange(14) < 7
VALUES = {
    "accuracy": np.concatenate([0.80 + np.arange(7) / 100, 0.70 + np.arange(7) / 100]),
    "calibration_error": np.concatenate([0.030 + np.arange(7) / 1000, 0.010 + np.arange(7) / 1000]),
    "shape_bias": np.tile([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], 2),
}


def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def test_numbers_of_two_groups() -> None:
    accuracy, calibration, shape = compare_two_groups(VALUES, FIRST, ~FIRST, rng=rng())
    assert (accuracy.first_count, accuracy.second_count) == (7, 7)
    assert accuracy.first_mean == pytest.approx(0.83)
    assert accuracy.second_mean == pytest.approx(0.73)
    assert accuracy.difference == pytest.approx(0.1)
    assert accuracy.low is not None
    assert accuracy.high is not None
    assert accuracy.low < 0.1 < accuracy.high
    assert accuracy.cliffs_delta == 1.0
    assert accuracy.p_method is PMethod.MANN_WHITNEY_EXACT
    assert accuracy.p == pytest.approx(2 / 3432)
    assert shape.difference == pytest.approx(0)
    assert shape.p_method is PMethod.MANN_WHITNEY_NORMAL
    found = [one.p for one in (accuracy, calibration, shape) if one.p is not None]
    assert [accuracy.p_holm, calibration.p_holm, shape.p_holm] == holm(found)


def test_which_group_is_better_depends_on_the_direction() -> None:
    accuracy, calibration, shape = compare_two_groups(VALUES, FIRST, ~FIRST, rng=rng())
    assert accuracy.favours_first() is True
    assert calibration.favours_first() is False
    assert shape.favours_first() is None
    assert accuracy.favours_first(alpha=1e-6) is None
    assert (
        Comparison(key="accuracy", first_count=9, second_count=9, difference=0.0, p_holm=0.01).favours_first() is None
    )


@pytest.mark.parametrize(("key", "larger_is_better"), [("accuracy", True), ("calibration_error", False)])
@pytest.mark.parametrize("difference", [0.2, -0.2])
def test_a_group_is_favoured_for_a_difference_in_the_good_direction(
    key: str, larger_is_better: bool, difference: float
) -> None:
    found = Comparison(key=key, first_count=9, second_count=9, difference=difference, p_holm=0.01)
    assert found.favours_first() is ((difference > 0) is larger_is_better)


def test_without_a_method_it_is_means_with_2000_draws_and_95_percent() -> None:
    named = Method(estimator=Estimator.MEAN_DIFFERENCE, draws=2000, confidence=0.95)
    assert compare_two_groups(VALUES, FIRST, ~FIRST, rng=rng()) == compare_two_groups(
        VALUES, FIRST, ~FIRST, rng=rng(), method=named
    )
    fewer = Method(draws=1999)
    assert compare_two_groups(VALUES, FIRST, ~FIRST, rng=rng()) != compare_two_groups(
        VALUES, FIRST, ~FIRST, rng=rng(), method=fewer
    )


def test_swapping_the_groups_swaps_the_signs() -> None:
    there, back = (compare_two_groups(VALUES, one, ~one, rng=rng())[0] for one in (FIRST, ~FIRST))
    assert there.difference is not None
    assert back.difference == pytest.approx(-there.difference)
    assert back.p == there.p


def test_missing_values_are_left_out_and_too_few_left_are_refused() -> None:
    values = {"accuracy": VALUES["accuracy"].copy(), "shape_bias": VALUES["shape_bias"].copy()}
    values["accuracy"][:2] = np.nan
    values["shape_bias"][:3] = np.nan
    accuracy, shape = compare_two_groups(values, FIRST, ~FIRST, rng=rng())
    assert (accuracy.first_count, accuracy.refusal) == (5, None)
    # With one dimension refused there is one test, and nothing to correct for.
    assert accuracy.p_holm == accuracy.p
    assert shape.refusal == "there are 4 values in the smaller group; fewer than 5 prove nothing."
    assert (shape.difference, shape.p, shape.p_holm, shape.favours_first()) == (None, None, None, None)


def test_pairs_are_labels_and_each_counts_once() -> None:
    labels = ["a", "b", "c", "d", "e", "f", "f", "a", "b", "c", "d", "e", "f", "g"]
    (found,) = compare_two_groups({"accuracy": VALUES["accuracy"]}, FIRST, ~FIRST, rng=rng(), paired_by=labels)
    # Five pairs differ by .1; the two models called f count as one, at .855 against .75.
    assert (found.first_count, found.second_count) == (6, 6)
    assert found.difference == pytest.approx((5 * 0.1 + 0.105) / 6)
    assert found.cliffs_delta == 1.0
    assert found.p_method is PMethod.WILCOXON_NORMAL


def test_differences_equal_on_paper_tie() -> None:
    # .8 - .7 and .9 - .8 differ by 2e-16 in binary, and unrounded would be ranked.
    values = np.array([0.8, 0.9, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.1, 0.1, 0.1, 0.1])
    first = np.arange(12) < 6
    (found,) = compare_two_groups({"accuracy": values}, first, ~first, rng=rng(), paired_by=list("abcdefabcdef"))
    assert found.p_method is PMethod.WILCOXON_NORMAL


@pytest.mark.parametrize(("unit", "kept"), [(3e-10, True), (6e-12, False)])
def test_differences_within_pairs_count_down_to_the_tenth_decimal(unit: float, kept: bool) -> None:
    differences = unit * np.arange(1, 8)
    values = {"accuracy": np.concatenate([differences, np.zeros(7)])}
    paired_by = [f"b{number % 7}" for number in range(14)]
    (found,) = compare_two_groups(values, FIRST, ~FIRST, rng=rng(), paired_by=paired_by)
    assert found.difference == pytest.approx(4 * unit if kept else 0.0, abs=1e-14)
    assert found.p == pytest.approx(2 / 2**7 if kept else 1.0)
    assert found.cliffs_delta == float(kept)


def test_incomplete_pairs_are_left_out_and_unlabelled_models_are_matched_with_nothing() -> None:
    values = VALUES["accuracy"].copy()
    values[0] = np.nan
    labels = ["a", "b", "c", "d", "e", "f", None, "a", "b", "c", "d", "e", "f", ""]
    (found,) = compare_two_groups({"accuracy": values}, FIRST, ~FIRST, rng=rng(), paired_by=labels)
    assert found.refusal == "there are 5 complete pairs; fewer than 6 prove nothing."
    assert found.first_count == 5


def test_hodges_lehmann_and_other_settings() -> None:
    method = Method(estimator=Estimator.HODGES_LEHMANN, draws=100, confidence=0.5)
    accuracy = compare_two_groups(VALUES, FIRST, ~FIRST, rng=rng(), method=method)[0]
    wider = compare_two_groups(
        VALUES, FIRST, ~FIRST, rng=rng(), method=Method(estimator=Estimator.HODGES_LEHMANN, draws=100)
    )[0]
    assert accuracy.difference == pytest.approx(0.1)
    assert accuracy.low is not None
    assert wider.low is not None
    assert wider.low < accuracy.low
    # Of 7 against 7, ranks attain 96.2 % and no confidence between that and 95 %; nor exactly 50 %.
    assert wider.confidence == pytest.approx(1 - 2 * 65 / 3432)
    assert accuracy.confidence is not None
    assert 0.5 <= accuracy.confidence < 0.6


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (FIRST & False, ~FIRST, "empty_group"),
        (FIRST, FIRST & False, "empty_group"),
        (FIRST, np.arange(14) > 5, "overlapping_groups"),
        (np.arange(14) < 4, ~FIRST, "small_group"),
    ],
)
def test_groups_that_cannot_be_compared(first: np.ndarray, second: np.ndarray, code: str) -> None:
    with pytest.raises(QuestionError) as caught:
        compare_two_groups(VALUES, first, second, rng=rng())
    assert caught.value.code == code


def test_labels_that_match_nothing_or_too_little() -> None:
    with pytest.raises(QuestionError, match="compare unpaired") as caught:
        compare_two_groups(VALUES, FIRST, ~FIRST, rng=rng(), paired_by=[str(row) for row in range(14)])
    assert caught.value.code == "no_pairs"
    with pytest.raises(QuestionError, match="3 matched pairs") as caught:
        compare_two_groups(VALUES, FIRST, ~FIRST, rng=rng(), paired_by=list("abc....abc,,,,".replace(".", "x")))
    assert caught.value.code == "small_group"
    with pytest.raises(ValueError, match="3 labels for 14 models"):
        compare_two_groups(VALUES, FIRST, ~FIRST, rng=rng(), paired_by=["a", "b", "c"])


@pytest.mark.parametrize("method", [Method(draws=0), Method(draws=20_001), Method(confidence=1.0)])
def test_settings_out_of_range(method: Method) -> None:
    with pytest.raises(QuestionError, match=r"draws is|confidence is"):
        compare_two_groups(VALUES, FIRST, ~FIRST, rng=rng(), method=method)
