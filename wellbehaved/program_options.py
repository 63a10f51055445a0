"""What the whole program takes, before or behind the command: the data folder."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from wellbehaved.missing_extras import CommandsWithExtras
from wellbehaved.terminal import FOLDER_TYPED

_DATA_DIR = "--data-dir"


def use_data_folder(folder: Path | None) -> Path | None:
    """Make a folder the data folder of this process and of those that it starts; None changes nothing."""
    FOLDER_TYPED.set(folder is not None)
    if folder is not None:
        # A relative one would mean another folder in a process that starts elsewhere.
        os.environ["WELLBEHAVED_DATA_DIR"] = str(folder.absolute())
    return folder


DataDirOption = Annotated[
    Path | None,
    typer.Option(
        _DATA_DIR,
        metavar="FOLDER",
        file_okay=False,
        callback=use_data_folder,
        help="Folder of the store, instead of WELLBEHAVED_DATA_DIR or your own; every command takes it.",
    ),
]


class ProgramCommands(CommandsWithExtras):
    """Commands that take the program's own option also behind their name, where people write it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own type
        """Take the words of a call apart."""
        return super().parse_args(ctx, in_front(args))


def in_front(words: Sequence[str]) -> list[str]:
    """The words of a call with the data folder first, wherever it was written.

    >>> in_front(["rank", "--data-dir", "store", "--limit", "5"])
    ['--data-dir', 'store', 'rank', '--limit', '5']
    """
    # Behind `--`, a word is a name, whatever it looks like.
    end = list(words).index("--") if "--" in words else len(words)
    front: list[str] = []
    others: list[str] = []
    rest = iter(words[:end])
    for word in rest:
        # Without a value it stays where it is, so that the command says what is missing.
        if word == _DATA_DIR and (value := next(rest, None)) is not None:
            front += [word, value]
        elif word.startswith(f"{_DATA_DIR}="):
            front.append(word)
        else:
            others.append(word)
    return [*front, *others, *words[end:]]
