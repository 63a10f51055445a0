"""Standard errors of published values, against counted samples."""

import numpy as np
import pytest

from quba.published_error import above_zero, binomial_errors, ratio_errors

IMAGES = 400


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9])
def test_the_error_of_a_share_is_the_deviation_of_many_samples(share: float) -> None:
    rng = np.random.default_rng(7)
    counted = rng.binomial(IMAGES, share, 20_000) / IMAGES
    # 20,000 samples know their own deviation to half a percent; three of those.
    assert binomial_errors(np.array([share]), IMAGES)[0] == pytest.approx(counted.std(), rel=0.015)


def test_the_error_of_a_ratio_is_the_deviation_of_samples_over_the_clean_accuracy() -> None:
    rng = np.random.default_rng(8)
    ratio, clean = 0.6, 0.8
    sampled = rng.binomial(IMAGES, ratio * clean, 20_000) / IMAGES / clean
    assert ratio_errors(np.array([ratio]), np.array([clean]), IMAGES)[0] == pytest.approx(sampled.std(), rel=0.015)


def test_shares_beyond_the_ends_are_taken_as_the_ends_and_missing_stays_missing() -> None:
    assert binomial_errors(np.array([-0.1, 0.0, 1.0, 1.2]), IMAGES).tolist() == [0, 0, 0, 0]
    assert np.isnan(binomial_errors(np.array([np.nan]), IMAGES)).all()
    assert np.isnan(ratio_errors(np.array([0.5, np.nan, 0.5]), np.array([0.0, 0.5, np.nan]), IMAGES)).all()
    # An attacked accuracy may be above the clean one; no share is above 1.
    assert ratio_errors(np.array([2.0]), np.array([0.8]), IMAGES).tolist() == [0.0]


def test_no_ratio_is_formed_with_0() -> None:
    found = above_zero(np.array([0.0, 1e-9, 0.5]))
    assert np.isnan(found[0])
    assert found[1:].tolist() == [1e-9, 0.5]
