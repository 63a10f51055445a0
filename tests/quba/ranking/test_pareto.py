"""Trade-offs against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.ranking import pareto
from quba.ranking.pareto import dominance, dominating_witness, front_distance, pareto_layers

relaxed = settings(deadline=None, max_examples=150)
coarse = st.one_of(st.sampled_from([0.0, -0.0, 1.0, 2.0, 3.0, np.nan]), st.floats(-2, 2))
tables = arrays(np.float64, st.tuples(st.integers(0, 25), st.integers(1, 4)), elements=coarse)


def dominates(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a >= b).all() and (a > b).any())


def peeled_layers(good: np.ndarray) -> list[int]:
    layers = [0] * len(good)
    left = {index for index, row in enumerate(good) if not np.isnan(row).any()}
    layer = 0
    while left:
        layer += 1
        front = {i for i in left if not any(dominates(good[j], good[i]) for j in left)}
        for index in front:
            layers[index] = layer
        left -= front
    return layers


@relaxed
@given(tables)
def test_layers_are_what_peeling_fronts_gives(good: np.ndarray) -> None:
    assert pareto_layers(good).tolist() == peeled_layers(good)


@relaxed
@given(tables)
def test_a_witness_is_on_the_front_and_dominates(good: np.ndarray) -> None:
    layers = pareto_layers(good)
    witnesses = dominating_witness(good, layers)
    for index, witness in enumerate(witnesses):
        assert (witness == -1) == (layers[index] in (0, 1))
        if witness >= 0:
            assert layers[witness] == 1
            assert dominates(good[witness], good[index])
            assert not any(layers[j] == 1 and dominates(good[j], good[index]) for j in range(witness))


def test_equal_models_share_a_layer() -> None:
    good = np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 0.0], [-0.0, 0.0]])
    assert pareto_layers(good).tolist() == [1, 1, 2, 2]
    assert dominating_witness(good, pareto_layers(good)).tolist() == [-1, -1, 0, 0]


def test_nobody() -> None:
    assert pareto_layers(np.empty((0, 2))).tolist() == []
    assert dominating_witness(np.full((2, 2), np.nan), np.zeros(2, dtype=np.int64)).tolist() == [-1, -1]


@pytest.mark.parametrize("dims", [1, 4])
def test_a_chain_has_as_many_layers_as_models(dims: int) -> None:
    good = np.repeat(np.arange(5.0)[:, None], dims, axis=1)
    assert pareto_layers(good).tolist() == [5, 4, 3, 2, 1]


@relaxed
@given(tables)
def test_dominance_of_one_model(good: np.ndarray) -> None:
    complete = ~np.isnan(good).any(axis=1)
    for row in range(len(good)):
        better, worse = dominance(good, row)
        others = range(len(good))
        assert better.tolist() == [bool(complete[each]) and dominates(good[each], good[row]) for each in others]
        assert worse.tolist() == [bool(complete[row]) and dominates(good[row], good[each]) for each in others]


@pytest.mark.parametrize("dims", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("levels", [4, 50, None])
def test_layers_of_many_models_are_the_longest_chains_above_them(dims: int, levels: int | None) -> None:
    """Against the definition by chains, on more models than brute force peels: ties included, and everything equal."""
    rng = np.random.default_rng(dims)
    good = rng.random((400, dims)) if levels is None else rng.integers(levels, size=(400, dims)).astype(float)
    longest = np.ones(400, dtype=int)
    for index in np.lexsort(good.T[::-1])[::-1]:
        above = (good >= good[index]).all(axis=1) & (good > good[index]).any(axis=1)
        longest[index] = 1 + longest[above].max(initial=0)
    assert pareto_layers(good).tolist() == longest.tolist()


@pytest.mark.parametrize("at_once", [1, 7, 400])
@pytest.mark.parametrize("levels", [3, None])
def test_layers_do_not_depend_on_how_many_rows_are_put_in_at_once(
    at_once: int, levels: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    good = rng.random((120, 4)) if levels is None else rng.integers(levels, size=(120, 4)).astype(float)
    monkeypatch.setattr(pareto, "_ROWS_AT_ONCE", at_once)
    assert pareto_layers(good).tolist() == peeled_layers(good)


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_witnesses_and_distances_do_not_depend_on_how_many_are_compared_at_once(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = np.random.default_rng(0).random((60, 3))
    layers = pareto_layers(good)
    front = np.flatnonzero(layers == 1)
    monkeypatch.setattr(pareto, "_COMPARED_AT_ONCE", at_once)
    witnesses, distances = dominating_witness(good, layers), front_distance(good, layers)
    for index in range(60):
        if index in front:
            assert (witnesses[index], distances[index]) == (-1, 0)
        else:
            assert witnesses[index] == next(each for each in front if dominates(good[each], good[index]))
            assert distances[index] == max((good[each] - good[index]).min() for each in front)
