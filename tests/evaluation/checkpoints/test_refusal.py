"""Why a file is not accepted."""

import ast
from pathlib import Path

import pytest

from evaluation.checkpoints import refusal
from evaluation.checkpoints.refusal import CheckpointRefused, Reason


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_stable_code_and_a_next_step(reason: Reason) -> None:
    refused = CheckpointRefused(reason, "What was found.")
    assert refused.code == reason.value == reason.name.lower()
    assert refused.hint.endswith(".")
    assert len(refused.hint) > 20
    assert str(refused) == f"What was found. {refused.hint}"


@pytest.mark.parametrize("bad", ["\x1b[31m", "\n", "\x00", "\ud800", "\u202e", "\u200b"])
def test_a_name_from_a_file_cannot_write_to_a_terminal_or_break_an_answer(bad: str) -> None:
    refused = CheckpointRefused(Reason.NOT_A_STATE_DICT, f"Tensor ä{bad}b.")
    assert bad not in str(refused)
    assert refused.message.startswith("Tensor ä\N{REPLACEMENT CHARACTER}")
    refused.message.encode("utf-8")


def test_every_code_is_given_somewhere_and_none_only_in_the_list() -> None:
    folder = Path(refusal.__file__).parent
    used = {
        node.attr
        for path in folder.glob("*.py")
        if path.name != "refusal.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Reason"
    }
    assert used == {reason.name for reason in Reason}
