"""Which rivals may stay ahead: the search against trying every choice."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import quba.deciding.weight_search
from quba.deciding.projection import nearest_in_cone
from quba.deciding.weight_search import MARGIN, search

relaxed = settings(deadline=None, max_examples=80)
tables = arrays(
    np.float64, st.tuples(st.integers(1, 7), st.integers(2, 4)), elements=st.integers(-6, 6).map(float)
).map(lambda table: table[np.abs(table).max(axis=1) > 0])


def by_trying_all(demands: np.ndarray, k: int) -> float | None:
    """The least distance over every choice of k - 1 rivals that may stay ahead."""
    distances = []
    for ahead in itertools.combinations(range(len(demands)), min(k - 1, len(demands))):
        point, _ = nearest_in_cone(np.delete(demands, ahead, axis=0))
        if point is not None:
            distances.append(float(np.linalg.norm(point - 1)))
    return min(distances, default=None)


@relaxed
@given(tables, st.integers(1, 4))
def test_it_finds_what_trying_every_choice_finds(table: np.ndarray, k: int) -> None:
    demands = table - MARGIN
    found = search(demands, np.ones(table.shape[1]), k)
    expected = by_trying_all(demands, k)
    assert found.proven
    if expected is None:
        assert found.point is None
    else:
        assert found.point is not None
        assert np.linalg.norm(found.point - 1) == pytest.approx(expected, abs=1e-6)
        assert (demands @ found.point < -1e-6).sum() <= k - 1


@relaxed
@given(tables, st.integers(1, 4))
def test_what_bars_the_way_are_mixtures_that_are_never_behind(table: np.ndarray, k: int) -> None:
    found = search(table - MARGIN, np.ones(table.shape[1]), k)
    if found.point is not None:
        assert found.barred == ()
        return
    # Sets without a rival in common can be fewer than k: then only the complete search is a proof.
    assert k > 1 or found.barred
    everyone = [rival for one in found.barred for rival in one]
    assert len(everyone) == len(set(everyone))
    for one in found.barred:
        assert sum(one.values()) == pytest.approx(1)
        assert np.max(sum(share * table[rival] for rival, share in one.items())) <= 1e-6


def test_a_search_that_is_cut_short_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    demands = np.random.default_rng(0).normal(size=(30, 6)) - 0.5
    complete = search(demands, np.ones(6), 20)
    assert complete.point is not None
    monkeypatch.setattr(quba.deciding.weight_search, "_LIMIT", 1)
    cut = search(demands, np.ones(6), 20)
    assert not cut.proven
    assert cut.point is not None
    assert (demands @ cut.point < -1e-8).sum() <= 19
    assert np.linalg.norm(cut.point - 1) > np.linalg.norm(complete.point - 1)


def test_only_the_complete_search_proves_some_targets_out_of_reach() -> None:
    # The first two exclude each other; the last two hold x to y, which neither of the first two allows.
    demands = np.array([[-3.0, 2.0], [2.0, -3.0], [1.0, -1.0], [-1.0, 1.0]])
    found = search(demands, np.ones(2), 2)
    assert by_trying_all(demands, 2) is None
    assert found.point is None
    assert found.proven
    assert [set(one) for one in found.barred] == [{0, 1}]
