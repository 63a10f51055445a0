"""The checker that is installed is what the service asks for, although neither imports the other."""

import inspect
from dataclasses import fields

import pytest

from backend.evaluations.checking import Checked, CheckpointCheck, Guessed
from evaluation.checkpoints.checker import Accepted
from evaluation.checkpoints.confined_check import ConfinedCheck
from evaluation.checkpoints.guess import Guess
from wellbehaved.checker import installed_checker


@pytest.mark.parametrize("name", ["check", "close", "guess", "prepare", "scan"])
def test_the_installed_checker_takes_what_the_service_hands_it(name: str) -> None:
    asked, given = (inspect.signature(getattr(kind, name)) for kind in (CheckpointCheck, ConfinedCheck))
    assert list(given.parameters.values()) == list(asked.parameters.values())
    assert isinstance(installed_checker(), ConfinedCheck)


def test_what_it_answers_has_all_that_the_service_reads() -> None:
    read = [name for name, member in vars(Checked).items() if isinstance(member, property)]
    assert read == ["weights_key", "other_keys", "confinement", "choice"]
    accepted = Accepted(format="torch", weight_count=1, weights_key="ema", other_keys=("raw",), confinement="none")
    assert [getattr(accepted, name) for name in read] == ["ema", ("raw",), "none", "ema"]
    read = [name for name, member in vars(Guessed).items() if isinstance(member, property)]
    assert read == [each.name for each in fields(Guess)]
