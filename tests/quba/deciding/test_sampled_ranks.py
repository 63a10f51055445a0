"""Ranks counted in blocks: the same whichever models are asked for and however little fits at once."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from quba.deciding import sampled_ranks
from quba.deciding.sampled_ranks import MOST_BYTES, Extent, Noise
from quba.deciding.stability import Acceptability, acceptability, any_weights, fixed_weights
from quba.dimensions import STUDY_DIMENSIONS

SMALL = 8 * 1024**2
Question = Callable[[Extent | None], Acceptability]


def columns(models: int) -> dict[str, np.ndarray]:
    return dict(zip(STUDY_DIMENSIONS, np.random.default_rng(1).normal(size=(9, models)), strict=True))


def by_weights(models: int, draws: int) -> Question:
    """A question about sampled weights, over and over the same; a tenth of the models have the values of another."""
    table = {key: np.concatenate([column, column[: models // 10]]) for key, column in columns(models).items()}
    weights = any_weights(rng=np.random.default_rng(2), draws=draws)
    return lambda extent: acceptability(table, weights, k=3, extent=extent)


def by_errors(models: int, draws: int) -> Question:
    table = columns(models)
    errors = {key: np.full(models, 0.3) for key in table}
    weights = fixed_weights(dict.fromkeys(table, 1), draws=draws)

    def ask(extent: Extent | None) -> Acceptability:
        return acceptability(table, weights, k=3, noise=Noise(errors, np.random.default_rng(3)), extent=extent)

    return ask


def peak_bytes(ask: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        ask()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("question", [by_weights(700, 200), by_errors(700, 200)])
def test_the_models_asked_for_have_the_ranks_that_they_have_among_all(question: Question) -> None:
    everybody = question(None)
    for rows in (np.array([5]), np.argsort(everybody.top)[-12:], np.arange(0, 700, 3), np.array([], dtype=np.int64)):
        some = question(Extent(rows))
        assert some.top[rows].tolist() == everybody.top[rows].tolist()
        assert some.low_rank[rows].tolist() == everybody.low_rank[rows].tolist()
        assert some.high_rank[rows].tolist() == everybody.high_rank[rows].tolist()
        others = np.setdiff1d(np.arange(everybody.top.size), rows)
        assert np.isnan(some.top[others]).all()
        assert (some.low_rank[others] == 0).all()
        # Who may be first is nobody's to ask for.
        assert some.first.tolist() == everybody.first.tolist()
        assert np.array_equal(some.central_weights, everybody.central_weights, equal_nan=True)


@pytest.mark.parametrize("question", [by_weights(2_500, 2_000), by_errors(2_500, 2_000)])
def test_what_does_not_fit_at_once_is_counted_in_turn(question: Question, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = question(None)
    blocks = 0

    def count() -> None:
        nonlocal blocks
        blocks += 1

    # Ranks of 16 bits of all models in all draws would take more than 8 MiB.
    monkeypatch.setattr(sampled_ranks, "MOST_BYTES", SMALL)
    in_turn = question(Extent(at_block=count))
    assert blocks > 2 * 2_000 // (SMALL // 64 // 8 // 2_500)
    for name in ("first", "top", "low_rank", "high_rank", "central_weights"):
        assert np.array_equal(getattr(in_turn, name), getattr(at_once, name), equal_nan=True), name
    assert peak_bytes(lambda: question(None)) < SMALL


def test_ranks_of_few_models_take_little_however_many_there_are() -> None:
    table, weights = columns(30_000), any_weights(rng=np.random.default_rng(0), draws=1_000)
    # As a matrix, ranks alone would take 60 MB. Half of the bound is for the ranks of those asked for.
    bound = MOST_BYTES // 8
    assert len(weights) * 30_000 * 2 > bound
    asked = Extent(np.arange(25))
    assert peak_bytes(lambda: acceptability(table, weights, extent=asked)) < bound


@pytest.mark.parametrize("rows", [None, np.array([0, 1])])
def test_models_that_tie_share_their_rank(rows: np.ndarray | None) -> None:
    # Exact in binary: half of 1 and half of 0, either way round, ahead of 68 models and behind one.
    table = {
        "accuracy": np.array([1.0, 0.0, 2.0, *[0.0] * 68]),
        "shape_bias": np.array([0.0, 1.0, 2.0, *np.arange(-68.0, 0.0)]),
    }
    found = acceptability(table, fixed_weights({"accuracy": 1, "shape_bias": 1}, draws=8), k=2, extent=Extent(rows))
    assert found.low_rank[:2].tolist() == found.high_rank[:2].tolist() == [2, 2]
    assert found.top[:2].tolist() == [1.0, 1.0]
    assert found.first[:3].tolist() == [0.0, 0.0, 1.0]


def test_models_that_tie_for_the_first_rank_are_first_together() -> None:
    table = {"accuracy": np.array([1.0, 0.0, 0.25]), "shape_bias": np.array([0.0, 1.0, 0.25])}
    found = acceptability(table, fixed_weights({"accuracy": 1, "shape_bias": 1}, draws=8), k=1)
    assert found.first.tolist() == [1.0, 1.0, 0.0]
    assert found.high_rank.tolist() == [1, 1, 3]
    assert found.central_weights[:2, list(STUDY_DIMENSIONS).index("accuracy")].tolist() == [0.5, 0.5]


class LeftError(Exception):
    """Nobody wants the answer any more."""


def test_whoever_does_not_want_it_any_more_ends_it_before_the_next_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampled_ranks, "MOST_BYTES", SMALL)
    blocks = 0

    def leave_after_two() -> None:
        nonlocal blocks
        blocks += 1
        if blocks > 2:
            raise LeftError

    with pytest.raises(LeftError):
        by_weights(2_500, 2_000)(Extent(at_block=leave_after_two))
    assert blocks == 3
