"""Refusals with a code."""

import math

import pytest

from quba.errors import QuestionError, require_draws, require_rank, require_share


@pytest.mark.parametrize(("k", "models"), [(0, 5), (6, 5), (-1, 5), (2, 0)])
def test_ranks_that_no_model_can_have(k: int, models: int) -> None:
    with pytest.raises(QuestionError, match=f"k is {k}") as caught:
        require_rank(k, models)
    assert caught.value.code == "k_out_of_range"


def test_ranks_that_a_model_can_have() -> None:
    require_rank(1, 5)
    require_rank(5, 5)
    require_rank(1, 0)


@pytest.mark.parametrize("draws", [0, 11])
def test_draws(draws: int) -> None:
    for good in (1, 10):
        require_draws(good, 10)
    with pytest.raises(QuestionError, match=f"draws is {draws}") as caught:
        require_draws(draws, 10)
    assert caught.value.code == "draws_out_of_range"


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, math.nan, math.inf])
def test_shares(share: float) -> None:
    require_share("confidence", 0.5)
    with pytest.raises(QuestionError, match="confidence is") as caught:
        require_share("confidence", share)
    assert caught.value.code == "share_out_of_range"
