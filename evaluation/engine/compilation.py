"""When the forward methods of a run are compiled by `torch.compile`, and what stands in the way.

Compiling fuses layers and costs a minute or more for each shape of a batch, with and without gradient. It is therefore
tried only where so much of a run is left that it comes back, and whatever goes wrong leaves the net as it is.
"""

import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Protocol

import torch

from evaluation.engine.means import Means
from evaluation.engine.progress import Progress

PAYS_FROM_SECONDS = 1800.0
"""What must be left for each model: four variants of ResNet10-T took 70 s each on two cores, to save a third."""

# The readers have just been started before, so that the speed says nothing yet.
_SPEED_IS_KNOWN_AFTER_SECONDS = 30.0
_OF_THE_COMPILER = ("torch._dynamo", "torch._inductor", "torch._functorch")

logger = logging.getLogger(__name__)


class Compilable(Protocol):
    """A model on a device, whose forward method can be compiled."""

    def compile_forward(self) -> None:
        """Have all further forward runs compiled."""


class Compilation:
    """Decides once in a run whether to compile.

    Args:
        means: what the run is carried out with.
        released: whether defects of the study's program are reproduced: what runs in training mode is not compiled.
        environment: of the process, whose `CXX` names the compiler.
    """

    def __init__(self, means: Means, *, released: bool = False, environment: Mapping[str, str] = os.environ) -> None:
        self._undecided = means.compiled and not released
        self._device = means.device
        self._environment = environment

    def consider(self, models: Sequence[Compilable], progress: Progress) -> None:
        """Compile the models if that is wanted, possible, and comes back.

        Args:
            models: those that are still measured.
            progress: of all of them together.
        """
        left = progress.remaining_seconds
        if not self._undecided or left is None or progress.elapsed_seconds < _SPEED_IS_KNOWN_AFTER_SECONDS:
            return
        self._undecided = False
        if left < PAYS_FROM_SECONDS * len(models):
            logger.warning(
                "not compiled: %.0f s are left for %d models, and compiling pays from %.0f s for each.",
                left, len(models), PAYS_FROM_SECONDS,
            )  # fmt: skip
        elif (lack := obstacle(self._device, self._environment)) is not None:
            logger.warning("not compiled: %s", lack)
        else:
            for model in models:
                model.compile_forward()


def obstacle(device: str, environment: Mapping[str, str]) -> str | None:
    """Why nothing can be compiled here, with the next step; None where it can.

    Args:
        device: that computes.
        environment: of the process.

    >>> obstacle("cpu", {"CXX": "no-such-compiler"})
    'there is no C++ compiler no-such-compiler. Install g++, or leave out --compile.'
    """
    if torch.device(device).type == "cpu":
        compiler = environment.get("CXX", "g++")
        if shutil.which(compiler) is None:
            return f"there is no C++ compiler {compiler}. Install g++, or leave out --compile."
    elif find_spec("triton") is None:
        return "the package triton is not installed. Run `pip install triton`, or leave out --compile."
    return None


def is_of_the_compiler(error: BaseException) -> bool:
    """Whether an error was raised by the compiler and not by the net, which then runs as it is.

    >>> is_of_the_compiler(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    False
    """
    # By name: importing the compiler for its classes takes seconds, also where nothing is compiled.
    return any(kind.__module__.startswith(_OF_THE_COMPILER) for kind in type(error).__mro__)
