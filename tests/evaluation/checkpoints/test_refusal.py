"""Why a file is not accepted."""

import pytest

from evaluation.checkpoints.refusal import CheckpointRefused, Reason


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_stable_code_and_a_next_step(reason: Reason) -> None:
    refusal = CheckpointRefused(reason, "What was found.")
    assert refusal.code == reason.value == reason.name.lower()
    assert refusal.hint.endswith(".")
    assert len(refusal.hint) > 20
    assert str(refusal) == f"What was found. {refusal.hint}"


@pytest.mark.parametrize("bad", ["\x1b[31m", "\n", "\x00", "\ud800", "\u202e", "\u200b"])
def test_a_name_from_a_file_cannot_write_to_a_terminal_or_break_an_answer(bad: str) -> None:
    refusal = CheckpointRefused(Reason.NOT_A_STATE_DICT, f"Tensor ä{bad}b.")
    assert bad not in str(refusal)
    assert refusal.message.startswith("Tensor ä\N{REPLACEMENT CHARACTER}")
    refusal.message.encode("utf-8")
