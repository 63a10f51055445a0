"""Standardised columns: direction, range, missing values, invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import median_abs_deviation, rankdata, trim_mean, zscore

from quba.dimensions import DIMENSIONS, PUBLISHED, STUDY_DIMENSIONS
from quba.ranking.normalisation import Normalisation, norms, outlying, percentiles, standardise
from tests.quba.conftest import Study

relaxed = settings(deadline=None, max_examples=40)
values = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.just(np.nan))
columns_of_one = arrays(np.float64, st.integers(0, 25), elements=values)
every_normalisation = pytest.mark.parametrize("normalisation", list(Normalisation))
from_the_pool = pytest.mark.parametrize(
    "normalisation", [rule for rule in Normalisation if rule is not Normalisation.PUBLISHED]
)
SAMPLE = np.array([0.3, np.nan, 0.1, 0.9, 0.4, 0.4, 0.8])
PRESENT = SAMPLE[~np.isnan(SAMPLE)]


def standardised(key: str, column: np.ndarray, normalisation: Normalisation) -> np.ndarray:
    return standardise({key: column}, normalisation)[key]


def test_every_normalisation_is_described() -> None:
    assert all(rule.description.endswith(".") for rule in Normalisation)


def test_published_is_the_formula_of_the_paper() -> None:
    norm = PUBLISHED["calibration_error"]
    z = standardised("calibration_error", SAMPLE, Normalisation.PUBLISHED)
    assert z == pytest.approx(-(SAMPLE - norm.mean) / norm.standard_deviation, nan_ok=True)


@pytest.mark.parametrize(
    ("normalisation", "expected"),
    [
        (Normalisation.ZSCORE, zscore(PRESENT)),
        (
            Normalisation.ROBUST,
            (PRESENT - np.median(PRESENT)) / median_abs_deviation(PRESENT, scale="normal"),
        ),
        (Normalisation.PERCENTILE, (rankdata(PRESENT) - 0.5) / 6),
        (Normalisation.MINMAX, (PRESENT - 0.1) / 0.8),
    ],
)
def test_against_scipy_where_higher_is_better(normalisation: Normalisation, expected: np.ndarray) -> None:
    z = standardised("shape_bias", SAMPLE, normalisation)
    assert np.isnan(z[1])
    assert z[~np.isnan(SAMPLE)] == pytest.approx(expected, abs=1e-12)


def test_trimmed_takes_its_centre_from_the_middle() -> None:
    column = np.random.default_rng(3).random(57)
    z = standardised("accuracy", column, Normalisation.TRIMMED)
    assert np.interp(0, np.sort(z), np.sort(column)) == pytest.approx(trim_mean(column, 0.1), abs=1e-9)


@every_normalisation
@pytest.mark.parametrize("key", list(DIMENSIONS))
def test_larger_is_better_everywhere(normalisation: Normalisation, key: str) -> None:
    z = standardised(key, np.array([0.1, 0.2, 0.4, 0.7]), normalisation)
    assert (np.diff(z) * DIMENSIONS[key].sign > 0).all()


@pytest.mark.parametrize(("key", "best", "worst"), [("accuracy", 2, 0), ("parameters_millions", 0, 2)])
def test_minmax_puts_the_best_at_one_and_the_worst_at_zero(key: str, best: int, worst: int) -> None:
    z = standardised(key, np.array([3.0, 5.0, 11.0]), Normalisation.MINMAX)
    assert z[best] == 1
    assert z[worst] == 0
    assert not np.signbit(z).any()


@from_the_pool
@pytest.mark.parametrize("constant", [0.1, 0.7, 0.0])
def test_a_column_without_spread_gives_zero(normalisation: Normalisation, constant: float) -> None:
    z = standardised("object_focus", np.array([constant] * 7 + [np.nan]), normalisation)
    assert z.tolist()[:7] == [0.0] * 7
    assert np.isnan(z[7])


def test_a_norm_without_spread_gives_zero_even_to_an_outlier() -> None:
    column = np.array([0.5] * 20 + [0.9])
    assert standardised("accuracy", column, Normalisation.ROBUST).tolist() == [0.0] * 21
    assert standardised("accuracy", column, Normalisation.TRIMMED).tolist() == [0.0] * 21


@pytest.mark.parametrize("hair", [5e-324, 1e-300, 1e-17])
def test_a_spread_of_rounding_is_no_spread(hair: float) -> None:
    column = np.array([0.0, 0.0, 0.0, hair, hair, hair, 1.0])
    assert standardised("accuracy", column, Normalisation.ROBUST).tolist() == [0.0] * 7


def test_a_constant_column_still_has_published_scores() -> None:
    z = standardised("accuracy", np.array([PUBLISHED["accuracy"].mean] * 2), Normalisation.PUBLISHED)
    assert z.tolist() == [0.0, 0.0]
    assert standardised("accuracy", np.array([1.0]), Normalisation.PUBLISHED)[0] > 0


@every_normalisation
def test_nothing_present_stays_missing(normalisation: Normalisation) -> None:
    assert np.isnan(standardised("accuracy", np.full(3, np.nan), normalisation)).all()
    assert standardised("accuracy", np.array([]), normalisation).shape == (0,)


def test_an_unknown_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="'fairness' is no dimension; use one of accuracy"):
        standardise({"fairness": np.array([1.0])}, Normalisation.ZSCORE)


@every_normalisation
@relaxed
@given(column=columns_of_one, data=st.data())
def test_the_order_of_the_models_does_not_matter(
    normalisation: Normalisation, column: np.ndarray, data: st.DataObject
) -> None:
    order = np.array(data.draw(st.permutations(range(column.size))), dtype=np.int64)
    z = standardised("calibration_error", column, normalisation)
    np.testing.assert_array_equal(standardised("calibration_error", column[order], normalisation), z[order])


@every_normalisation
@relaxed
@given(column=columns_of_one)
def test_missing_stays_missing_and_nothing_else_does(normalisation: Normalisation, column: np.ndarray) -> None:
    z = standardised("accuracy", column, normalisation)
    np.testing.assert_array_equal(np.isnan(z), np.isnan(column))
    assert np.isfinite(z[~np.isnan(column)]).all()


@from_the_pool
@relaxed
@given(column=columns_of_one)
def test_a_missing_model_does_not_move_the_others(normalisation: Normalisation, column: np.ndarray) -> None:
    z = standardised("accuracy", column, normalisation)
    with_another = standardised("accuracy", np.append(column, np.nan), normalisation)
    np.testing.assert_array_equal(with_another[:-1], z)


@pytest.mark.parametrize("normalisation", [Normalisation.PERCENTILE, Normalisation.MINMAX])
@relaxed
@given(column=columns_of_one)
def test_bounded_normalisations_lie_between_zero_and_one(normalisation: Normalisation, column: np.ndarray) -> None:
    z = standardised("parameters_millions", column, normalisation)
    present = z[~np.isnan(z)]
    assert ((present >= 0) & (present <= 1)).all()


@relaxed
@given(column=columns_of_one, higher_is_better=st.booleans())
def test_percentiles_count_the_beaten_and_half_of_the_equal(column: np.ndarray, higher_is_better: bool) -> None:
    present = column[~np.isnan(column)]
    for value, percentile in zip(column, percentiles(column, higher_is_better), strict=True):
        if np.isnan(value):
            assert np.isnan(percentile)
            continue
        beaten = (present < value) if higher_is_better else (present > value)
        assert percentile == pytest.approx((beaten.sum() + (present == value).sum() / 2) / present.size)


def test_a_constant_column_sits_in_the_middle_of_the_percentiles() -> None:
    assert percentiles(np.array([3.0, 3.0]), higher_is_better=True).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("normalisation", [rule for rule in Normalisation if rule is not Normalisation.PERCENTILE])
@pytest.mark.parametrize("key", ["accuracy", "calibration_error"])
def test_norms_are_what_values_are_standardised_with(normalisation: Normalisation, key: str) -> None:
    norm = norms({key: SAMPLE}, normalisation)[key]
    by_hand = DIMENSIONS[key].sign * (SAMPLE - norm.mean) / norm.standard_deviation
    assert by_hand == pytest.approx(standardised(key, SAMPLE, normalisation), nan_ok=True)


def test_a_constant_has_a_norm_without_spread() -> None:
    assert norms({"accuracy": np.full(5, 0.1)}, Normalisation.ZSCORE)["accuracy"].standard_deviation == 0


def test_columns_without_a_norm() -> None:
    with pytest.raises(ValueError, match="keep no distances"):
        norms({"accuracy": SAMPLE}, Normalisation.PERCENTILE)
    for columns in ({"fairness": SAMPLE}, {"accuracy": np.array([np.nan])}):
        with pytest.raises(ValueError, match="has no norm"):
            norms(columns, Normalisation.PUBLISHED)


@every_normalisation
@relaxed
@given(columns_of_one, st.data())
def test_models_that_make_no_norms_move_nobody(
    normalisation: Normalisation, column: np.ndarray, data: st.DataObject
) -> None:
    among = np.array(data.draw(st.lists(st.booleans(), min_size=column.size, max_size=column.size)), dtype=bool)
    found = standardise({"calibration_error": column}, normalisation, among)["calibration_error"]
    alone = standardised("calibration_error", column[among], normalisation)
    if (~np.isnan(column[among])).sum() < 2:
        # Nobody there whose score could be moved: the norms are those of all.
        assert np.array_equal(found, standardised("calibration_error", column, normalisation), equal_nan=True)
    else:
        assert np.array_equal(found[among], alone, equal_nan=True)
    assert np.array_equal(np.isnan(found), np.isnan(column))


def test_a_model_that_is_not_counted_can_lie_outside() -> None:
    column, among = np.array([0.2, 0.4, 0.9, 0.1]), np.array([True, True, False, False])
    assert percentiles(column, higher_is_better=True, among=among).tolist() == [0.25, 0.75, 1.0, 0.0]
    found = standardise({"accuracy": column}, Normalisation.MINMAX, among)["accuracy"]
    assert found == pytest.approx([0.0, 1.0, 3.5, -0.5])


_SLIP = 999_999_999_999_999.0


@from_the_pool
def test_one_slip_does_not_switch_a_dimension_off(study: Study, normalisation: Normalisation) -> None:
    column = study.columns["parameters_millions"]
    before = standardised("parameters_millions", column, normalisation)
    after = standardised("parameters_millions", np.append(column, _SLIP), normalisation)
    np.testing.assert_array_equal(after[:-1], before)
    # Worst of all, or where the worst are when only places count.
    assert after[-1] <= after[:-1].min()


def test_what_is_outlying_against_an_independent_computation(study: Study) -> None:
    column = study.columns["parameters_millions"]
    spread = median_abs_deviation(column, scale="normal")
    edge = float(np.median(column)) + 50 * spread
    near = np.append(column, edge - 0.4 * spread)
    far = np.append(column, edge + 0.4 * spread)
    assert not outlying("parameters_millions", near).any()
    assert np.flatnonzero(outlying("parameters_millions", far)).tolist() == [column.size]


@pytest.mark.parametrize("key", STUDY_DIMENSIONS)
def test_no_published_value_is_outlying(study: Study, key: str) -> None:
    assert not outlying(key, study.columns[key]).any()


def test_models_that_are_much_alike_do_not_shut_out_an_ordinary_one() -> None:
    assert not outlying("parameters_millions", np.array([25.5, 25.6, 25.6, 25.6, 304.3])).any()


def test_models_that_are_not_counted_can_be_outlying() -> None:
    column = np.array([0.7, 0.8, 0.75, 40.0])
    assert outlying("accuracy", column, np.array([True, True, True, False])).tolist() == [False, False, False, True]
    assert not outlying("accuracy", np.full(3, np.nan)).any()
