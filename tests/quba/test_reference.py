"""Norms: the published constants and the rule behind them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quba.dimensions import PUBLISHED, STUDY_DIMENSIONS
from quba.reference import trimmed_reference

relaxed = settings(deadline=None)
fractions = st.floats(-5, 5)


def test_every_dimension_of_the_study_has_published_norms() -> None:
    assert tuple(PUBLISHED) == STUDY_DIMENSIONS
    assert all(norm.standard_deviation > 0 for norm in PUBLISHED.values())


def test_nothing_present_has_no_norms() -> None:
    with pytest.raises(ValueError, match="no value"):
        trimmed_reference(np.array([np.nan]))


@pytest.mark.parametrize("share", [-0.1, 0.5, float("nan")])
def test_a_share_that_leaves_nothing_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=r"at least 0 and below 0\.5"):
        trimmed_reference(np.array([1.0]), share)


def test_the_share_is_rounded_down_but_not_by_a_binary_hair() -> None:
    # 0.29 * 100 is 28.999... in binary.
    values = np.concatenate([np.full(29, -1e6), np.arange(42.0), np.full(29, 1e6)])
    assert trimmed_reference(values, share=0.29).mean == pytest.approx(20.5)
    assert trimmed_reference(np.array([0.0, 5.0, 100.0]), share=0.33).mean == pytest.approx(35)


def test_a_constant_has_exactly_no_spread() -> None:
    # 0.1 seven times over sums to a hair beside 0.7.
    norm = trimmed_reference(np.full(7, 0.1))
    assert norm.mean == pytest.approx(0.1)
    assert norm.standard_deviation == 0.0


@relaxed
@given(st.lists(fractions, min_size=1, max_size=60), st.sampled_from([0.0, 0.1, 0.25, 0.4]))
def test_against_a_slow_rewrite(values: list[float], share: float) -> None:
    kept = sorted(values)
    for _ in range(int(share * len(values) + 1e-9)):
        kept = kept[1:-1]
    mean = sum(kept) / len(kept)
    spread = (sum((value - mean) ** 2 for value in kept) / len(kept)) ** 0.5
    norm = trimmed_reference(np.array([*values, np.nan]), share)
    assert norm.mean == pytest.approx(mean, abs=1e-12)
    assert norm.standard_deviation == pytest.approx(spread, abs=1e-7)
