"""Where in a file the weights are."""

from typing import Any

import pytest
import torch

from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.state_dict import select_weights

RAW, AVERAGED = {"w": torch.zeros(2)}, {"w": torch.ones(2)}


def test_a_bare_state_dict_is_taken_as_it_is() -> None:
    found = select_weights(RAW, None)
    assert (found.key, found.others, found.tensors) == (None, (), RAW)


@pytest.mark.parametrize("key", ["state_dict", "model", "model_state_dict", "net", "state_dict_ema", "ema"])
def test_weights_beside_what_trainers_keep_are_found(key: str) -> None:
    found = select_weights({"epoch": 3, key: RAW, "optimizer": {"lr": 0.1}}, None)
    assert (found.key, found.others) == (key, ())
    assert found.tensors.keys() == RAW.keys()


def test_averaged_weights_come_before_raw_ones_unless_somebody_chose() -> None:
    held = {"state_dict": RAW, "state_dict_ema": AVERAGED}
    first = select_weights(held, None)
    assert (first.key, first.others) == ("state_dict_ema", ("state_dict",))
    assert first.tensors["w"].sum() == 2
    other = select_weights(held, "state_dict")
    assert (other.key, other.others) == ("state_dict", ("state_dict_ema",))
    assert other.tensors["w"].sum() == 0


@pytest.mark.parametrize(
    "held",
    [
        None, [], 3, {}, torch.ones(2), {"state_dict": {}}, {"w": 1.0}, {3: torch.ones(1)}, {"x" * 501: torch.ones(1)},
        {"state_dict": {"w": torch.ones(1), "n": 3}}, {"w": torch.ones(1), "nested": {"v": torch.ones(1)}},
    ],
)  # fmt: skip
def test_what_is_no_dictionary_of_tensors_is_refused(held: Any) -> None:  # noqa: ANN401 - whatever a file holds
    with pytest.raises(CheckpointRefused) as refusal:
        select_weights(held, None)
    assert refusal.value.reason is Reason.NOT_A_STATE_DICT
