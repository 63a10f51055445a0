"""What can be wrong with a model, as errors whose message names the value, the rule and the next step."""

import re
from pathlib import Path
from typing import ClassVar

from quba.errors import Refusal


class ModelFault(Refusal):
    """This model cannot be measured; others in the same run can.

    Args:
        message: what was found, with the next step. The class names the reason: `WeightsUnavailable` is
            `weights_unavailable`.

    >>> LibraryMissing("...").code, LibraryMissing("...").hint
    ('library_missing', 'Install it where the worker runs, and retry.')
    """

    next_step: ClassVar[str] = "Correct the model and submit it again."

    def __init__(self, message: str) -> None:
        super().__init__(code_of(type(self)), message, self.next_step)


def code_of(fault: type[ModelFault]) -> str:
    """The stable name of a kind of fault.

    >>> code_of(WeightsUnavailable)
    'weights_unavailable'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", fault.__name__).lower()


class UnknownModel(ModelFault):
    """No model has this name."""


class WeightsUnavailable(ModelFault):
    """The name is known and its weights cannot be had."""

    next_step = "Retry once they can be had, or submit another model."


class LibraryMissing(WeightsUnavailable):
    """The weights need a library that is not installed here; the message has the command that brings it."""

    next_step = "Install it where the worker runs, and retry."


class NoRoomForWeights(WeightsUnavailable):
    """The disk that fetched weights are kept on is full.

    Args:
        message: what was found.
        folder: where they are kept.
        needed_bytes: how many more they need; None where that is not known.
    """

    next_step = "Free space there, and retry."

    def __init__(self, message: str, *, folder: Path, needed_bytes: int | None = None) -> None:
        super().__init__(message)
        self.folder = folder
        self.needed_bytes = needed_bytes


class ModelRefused(ModelFault):
    """The weights or the transform of a library's model cannot be measured."""


class WrongClassCount(ModelFault):
    """The model decides among more or fewer classes than the benchmark has."""


class ClassOrderDoubtful(ModelFault):
    """The outputs seem to stand for the classes in another order than the one that they are read in."""


class OutputsRefused(ModelFault):
    """The outputs are not logits, or not finite."""


class TrainingModeLeak(ModelFault):
    """A part of the model was in training mode when it was to be scored."""


class OutOfMemory(ModelFault):
    """Half a batch is still too much for the device."""


class EvaluationStopped(Exception):
    """The run was asked to stop; what was finished is kept and the same run continues there."""
