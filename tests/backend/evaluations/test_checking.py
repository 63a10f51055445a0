"""What a check of a checkpoint answers."""

import pytest

from backend.evaluations.checking import Checked


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
