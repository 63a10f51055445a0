"""How images become inputs of a program whose file does not say it, as typed on the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

import typer

from wellbehaved.terminal import WRONG_USAGE, fail

T = TypeVar("T", int, float)
_MOST_SIDES, _MOST_CHANNELS = 2, 3

InputSizeOption = Annotated[
    str | None,
    typer.Option(metavar="SIDE", help="Side of a program's images, or height,width; what its file says unless given."),
]
MeanOption = Annotated[
    str | None,
    typer.Option(
        metavar="R,G,B",
        help="Mean that a program's inputs are normalised with, by channel of pixels in [0, 1]; what its file says "
        "unless given.",
    ),
]
StdOption = Annotated[
    str | None,
    typer.Option(
        metavar="R,G,B",
        help="Standard deviation that a program's inputs are normalised with, likewise; what its file says unless "
        "given.",
    ),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgramInputs:
    """What was said of a program's inputs; None of what was not.

    Attributes:
        input_size: side, or height and width, in pixels.
        mean: by channel, or one for all, of pixels in [0, 1].
        std: likewise.
    """

    input_size: tuple[int, ...] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None

    @property
    def is_said(self) -> bool:
        """Whether there is anything."""
        return self != ProgramInputs()

    @property
    def size(self) -> int | tuple[int, ...] | None:
        """The input size as `measure()` takes it."""
        one = self.input_size is not None and len(self.input_size) == 1
        return self.input_size[0] if self.input_size is not None and one else self.input_size


def program_inputs(input_size: str | None, mean: str | None, std: str | None) -> ProgramInputs:
    """The options as numbers; ends the command where one is something else.

    >>> program_inputs("224", "0.5", "0.25")
    ProgramInputs(input_size=(224,), mean=(0.5,), std=(0.25,))
    """
    found = ProgramInputs(
        input_size=_numbers("--input-size", input_size, int, _MOST_SIDES, "224 or 224,256"),
        mean=_numbers("--mean", mean, float, _MOST_CHANNELS, "0.485,0.456,0.406"),
        std=_numbers("--std", std, float, _MOST_CHANNELS, "0.229,0.224,0.225"),
    )
    if (found.mean is None) != (found.std is None):
        fail("Of --mean and --std only one was given. Give both.", WRONG_USAGE)
    if found.std is not None and min(found.std) <= 0:
        fail(f"--std is {std}. Give numbers above 0.", WRONG_USAGE)
    return found


def _numbers(option: str, typed: str | None, kind: Callable[[str], T], most: int, example: str) -> tuple[T, ...] | None:
    if typed is None:
        return None
    try:
        found = tuple(kind(part) for part in typed.split(","))
    except ValueError:
        found = ()
    # One number stands for all; two of three channels stand for nothing.
    if len(found) not in {1, most}:
        fail(f"{option} is {typed[:80]!r}. Write it as {example}.", WRONG_USAGE)
    return found
