"""Counts of the others that a value beats."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quba.ranking.normalisation import percentiles
from quba.ranking.standings import standings

few = st.sampled_from([0.1, 0.2, 0.3, np.nan])


@given(st.lists(st.tuples(few, st.booleans()), min_size=1, max_size=9), st.booleans(), st.booleans())
def test_the_counts_are_those_of_a_loop(rows: list[tuple[float, bool]], higher: bool, partly: bool) -> None:
    column = np.array([value for value, _ in rows])
    among = np.array([counts for _, counts in rows]) if partly else None
    found = standings(column, higher, among)
    for place, own in enumerate(column):
        others = [
            value
            for other, value in enumerate(column)
            if other != place and not np.isnan(value) and (among is None or among[other])
        ]
        if np.isnan(own):
            others = []
        worse = [value for value in others if (value < own if higher else value > own)]
        level = [value for value in others if value == own]
        told = (found.better_than[place], found.level_with[place], found.others[place])
        assert told == (len(worse), len(level), len(others))


@given(st.lists(few, min_size=1, max_size=9))
def test_mid_ranks_follow_from_the_counts_and_differ_from_shares(values: list[float]) -> None:
    column = np.array(values)
    found, ranks = standings(column, True), percentiles(column, True)
    present = ~np.isnan(column)
    halves = found.better_than + found.level_with / 2 + 0.5
    assert ranks[present] == pytest.approx((halves / (found.others + 1))[present])


def test_of_two_models_one_beats_one_of_one_other() -> None:
    found = standings(np.array([0.8, 0.7]), higher_is_better=True)
    assert (found.better_than.tolist(), found.others.tolist()) == ([1, 0], [1, 1])
    alone = standings(np.array([0.8]), higher_is_better=True)
    assert (alone.better_than.tolist(), alone.others.tolist()) == ([0], [0])
