"""What a check of a checkpoint answers."""

import pytest

from backend.evaluations.checking import Checked, CheckpointRefusal


@pytest.mark.parametrize(
    ("taken", "others", "choice"),
    [(None, (), None), ("state_dict", (), None), ("state_dict_ema", ("state_dict",), "state_dict_ema")],
)
def test_a_set_of_weights_was_chosen_only_where_there_were_several(
    taken: str | None, others: tuple[str, ...], choice: str | None
) -> None:
    assert Checked(weights_key=taken, other_keys=others).choice == choice


def test_a_check_that_says_nothing_of_its_confinement_had_none() -> None:
    assert Checked().confinement == "none"


def test_a_refusal_carries_code_message_and_next_step() -> None:
    refusal = CheckpointRefusal("too_large", "3 GiB, and 2 are the most.", "Leave the optimizer out.")
    assert str(refusal) == refusal.message
    assert (refusal.code, refusal.hint) == ("too_large", "Leave the optimizer out.")
