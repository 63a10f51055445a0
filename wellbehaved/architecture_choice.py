"""Finds the architecture of a checkpoint that was named without it: sure by its tensors, or confirmed by a person."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import typer

from quba.errors import Refusal
from wellbehaved.architecture_text import NONE_FITS, fit_words, guess_sentences
from wellbehaved.evaluation_request import lacking_libraries
from wellbehaved.terminal import WRONG_USAGE, fail, note

# evaluation is imported inside the function: it brings torch.


def architecture_of_file(file: Path) -> str:
    """The architecture of a file on this machine, once it is confirmed; ends the command where nobody can do so."""
    from dataclasses import asdict

    from evaluation.checkpoints.guessing import guess_architectures
    from evaluation.checkpoints.refusal import CheckpointRefused

    try:
        guesses = [asdict(each) for each in guess_architectures(file)]
    except CheckpointRefused as refused:
        fail(str(refused))
    return confirm_architecture(guesses, "Name it before --weights")


def sure_architecture(file: Path) -> str:
    """The only architecture that a file on this machine fits, which is said; a build has nobody who could confirm one.

    Raises:
        Refusal: `no_architecture`, with the candidates, where none or several fit.
        ModelFault: the file is no checkpoint.
    """
    lacking = lacking_libraries()
    if lacking:
        raise Refusal("evaluation_not_installed", *lacking)
    from dataclasses import asdict

    from evaluation.checkpoints.guessing import guess_architectures

    guesses = guess_architectures(file)
    exact = [each for each in guesses if each.exact]
    if len(exact) != 1 or exact[0].same_tensors:
        said = guess_sentences([asdict(each) for each in guesses])
        raise Refusal("no_architecture", f"{file} is a checkpoint. {said}", "Name the net with --architecture NAME.")
    note(f"{file} is taken for {exact[0].architecture}: no other architecture of timm has its tensors.")
    return exact[0].architecture


def confirm_architecture(guesses: Sequence[Mapping[str, Any]], step: str) -> str:
    """The architecture that whoever typed the command confirms; ends the command where nobody sits at it.

    Args:
        guesses: as the API lists them, the best first.
        step: how to name the architecture in the command itself.
    """
    said = guess_sentences(guesses)
    if not guesses or not sys.stdin.isatty():
        _leave(said, step)
    listed = [f"{number}  {each['architecture']} ({fit_words(each)})" for number, each in enumerate(guesses, start=1)]
    question = "\n".join((said, *listed, "Architecture: a number, or the name of another"))
    typed = typer.prompt(question, default="1" if guesses[0]["exact"] else None, err=True, type=str).strip()
    place = int(typed) if typed.isdecimal() else 0
    return str(guesses[place - 1]["architecture"]) if 1 <= place <= len(guesses) else typed


def _leave(said: str, step: str) -> NoReturn:
    # A guess is never measured unasked: the wrong twin would give values that look sound.
    listed = "" if said != NONE_FITS else " `timm.list_models()` lists the names."
    fail(f"The architecture is missing. {said} {step} to confirm it, and run the command again.{listed}", WRONG_USAGE)
