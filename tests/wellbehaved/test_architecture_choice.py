"""A guessed architecture is confirm_architecture by whoever typed the command, and never measured unasked."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from evaluation.checkpoints import guessing
from evaluation.checkpoints.guess import Guess
from evaluation.errors import ModelFault
from quba.errors import Refusal
from wellbehaved import architecture_choice
from wellbehaved.architecture_choice import architecture_of_file, confirm_architecture, sure_architecture

GUESSES: list[dict[str, Any]] = [
    {"architecture": "resnet18", "exact": True, "fitting": 62, "tensors": 62, "same_tensors": ["resnetblur18"]},
    {"architecture": "resnetblur18", "exact": True, "fitting": 62, "tensors": 62, "same_tensors": ["resnet18"]},
]
NEAREST = [{**GUESSES[0], "exact": False, "fitting": 60}]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "architecture"), [("\n", "resnet18"), ("2\n", "resnetblur18"), ("resnet34\n", "resnet34"), ("7\n", "7")]
)
def test_one_is_confirmed_chosen_or_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, architecture: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert confirm_architecture(GUESSES, "Name it") == architecture
    shown = capsys.readouterr()
    # What is asked goes past a pipe that reads the answer.
    assert shown.out.strip() == ""
    assert "We think this is: resnet18 (fits exactly)." in shown.err
    assert "2  resnetblur18 (fits exactly)" in shown.err


def test_what_fits_in_part_is_not_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("\n1\n"))
    # An empty line is asked again.
    assert confirm_architecture(NEAREST, "Name it") == "resnet18"


@pytest.mark.parametrize("guesses", [GUESSES, NEAREST, []])
def test_without_anybody_at_the_terminal_the_next_step_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], guesses: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    with pytest.raises(typer.Exit) as left:
        confirm_architecture(guesses, "Name it with --architecture")
    assert left.value.exit_code == 2
    said = capsys.readouterr().err
    assert said.startswith("The architecture is missing. ")
    assert "Name it with --architecture to confirm it, and run the command again." in said
    assert ("timm.list_models()" in said) == (not guesses)


def test_a_file_of_this_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "page.pt").write_text("<html>")
    with pytest.raises(typer.Exit) as left:
        architecture_of_file(tmp_path / "page.pt")
    assert left.value.exit_code == 1
    assert "web page" in capsys.readouterr().err
    with pytest.raises(typer.Exit):
        architecture_of_file(tmp_path / "nowhere.pt")
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (GUESSES, "Its tensors have the same names and shapes as those of resnetblur18: choose what was trained."),
        ([{**each, "same_tensors": []} for each in GUESSES], "We think this is: resnet18 (fits exactly)."),
        (NEAREST, "No architecture fits exactly. The nearest: resnet18 (60 of 62 tensors fit)."),
        ([], "The tensors resemble no architecture of the timm library"),
    ],
)
def test_what_is_in_doubt_is_refused_with_the_candidates(
    monkeypatch: pytest.MonkeyPatch, listed: list[dict[str, Any]], said: str
) -> None:
    found = tuple(Guess(**{**each, "same_tensors": tuple(each["same_tensors"])}) for each in listed)
    monkeypatch.setattr(guessing, "guess_architectures", lambda _: found)
    with pytest.raises(Refusal) as refused:
        sure_architecture(Path("mine.pt"))
    assert refused.value.message.startswith("mine.pt is a checkpoint. ")
    assert said in refused.value.message


def test_what_is_no_checkpoint_and_what_cannot_be_read_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "page.pt").write_text("<html>")
    with pytest.raises(ModelFault, match="web page"):
        sure_architecture(tmp_path / "page.pt")
    monkeypatch.setattr(architecture_choice, "lacking_libraries", lambda: ("torch is not installed.", "Install it."))
    with pytest.raises(Refusal) as refused:
        sure_architecture(tmp_path / "page.pt")
    assert refused.value.hint == "Install it."
