"""A process that measures one dimension by an installed package: `python -m evaluation.engine.package_process`.

It reads what was observed from its standard input and writes the answer to its standard output. Whatever the package
does, raise, crash, print, or not come to an end, happens to this process and not to the run.
"""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final

from pydantic import TypeAdapter

from evaluation.engine.packages import installed_entry_point
from quba.dimension import Dimension, Missing, PlugIn, UndefinedResult
from quba.dimension_package import PackageDimension, package_dimension, package_reason, package_result, scale_change
from quba.errors import Refusal
from quba.measuring.observations import Measured, Observations
from quba.replicates import replicates_by

_SHOWN = 300


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is to be measured.

    Attributes:
        dimension: with its package, as the run knows it.
        version: of the package that the value will be said to be of.
        observations: of one model.
        path: where modules are looked for, as in the process that asks.
        seconds: after which the process ends by itself, in case that nobody is there any more to end it.
    """

    dimension: Dimension
    version: str
    observations: Observations
    path: tuple[str, ...]
    seconds: int


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A value, with the values without each group of images where there are any."""

    measured: Measured
    replicates: tuple[float, ...] | None


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """Why there is no value, as `UndefinedResult` says it, which does not survive the way between processes."""

    reason: Missing
    detail: str
    parts: Mapping[str, Any]


# JSON and no pickle, which names classes: to read one of the package's own would run the package in the run's process.
ANSWERS: Final[TypeAdapter[Answer | NoAnswer]] = TypeAdapter(Answer | NoAnswer)
"""Writes an answer and reads it."""


def answer_to(task: Task) -> Answer | NoAnswer:
    """Measure by the package, and say in words what went wrong with it."""
    plug_in = task.dimension.plug_in
    if plug_in is None:
        raise ValueError(f"the dimension {task.dimension.key} is measured by no package.")
    try:
        brought = _package_of(plug_in, task)
    except _Changed as change:
        return _failure(task, f"cannot be used: {change}")
    except Refusal as refusal:
        return _failure(task, f"cannot be used: {refusal.message.rstrip('.')}")
    # Whatever a stranger's module raises, and be it that it wants to end the program: it is said, not swallowed.
    except BaseException as error:
        return _failure(task, f"raised {_in_words(error)} while it was loaded")
    why = _difference(task.dimension, brought.dimension)
    if brought.measure is None or why is not None:
        return _failure(
            task, f"{why or 'has no measure.'} Start the service again where it is installed, so that it is known anew"
        )
    try:
        try:
            return _values(task, brought.measure)
        except UndefinedResult as undefined:
            return _no_value(undefined)
    except _Unfit as fault:
        return _failure(task, f"gave {fault}")
    except BaseException as error:
        return _failure(task, f"raised {_in_words(error)}")


class _Unfit(Exception):
    """What a measure gave is no result."""


class _Changed(Exception):
    """The package is another one than when the run began."""


def _package_of(plug_in: PlugIn, task: Task) -> PackageDimension:
    found = installed_entry_point(plug_in)
    if found is None or found.dist is None or found.dist.version != task.version:
        there = "gone" if found is None or found.dist is None else f"version {found.dist.version}"
        raise _Changed(f"it is {there} since the run began; measure again")
    return package_dimension(found.load())


def _difference(known: Dimension, its: Dimension) -> str | None:
    """What the package says otherwise than it did where the dimension was taken in; None where nothing matters."""
    if its.key != known.key:
        return f"brings the dimension {its.key} and not {known.key}."
    if (its.passes, its.needs_probabilities) != (known.passes, known.needs_probabilities):
        return "measures from other passes than was known when the dimension was taken in."
    change = scale_change(known, its)
    # Under the description that is known, a value of another unit or direction would be ranked as what it is not.
    return None if change is None else f"measures in {change}, as was known when the dimension was taken in."


def _values(task: Task, given: Callable[[Observations], object]) -> Answer:
    measure = _sound_measure(task.dimension, given)
    measured = measure(task.observations)
    try:
        left_out = replicates_by(measure, task.dimension, task.observations, measured)
    except Exception as error:
        # The value stands; that no difference can be paired with it is said beside it.
        said = f"With a group of images left out, its measure failed: {error}"[:_SHOWN]
        return Answer(measured=replace(measured, note=f"{measured.note} {said}".strip()), replicates=None)
    return Answer(measured=measured, replicates=None if left_out is None else tuple(left_out.tolist()))


def _sound_measure(dimension: Dimension, given: Callable[[Observations], object]) -> Callable[[Observations], Measured]:
    def measure(observations: Observations) -> Measured:
        found = given(observations)
        try:
            return package_result(dimension, found)
        except ValueError as fault:
            raise _Unfit(str(fault)) from None

    return measure


def _no_value(undefined: UndefinedResult) -> NoAnswer:
    try:
        sound = package_reason(undefined)
    except ValueError as fault:
        raise _Unfit(str(fault)) from None
    return NoAnswer(reason=sound.reason, detail=str(sound), parts=sound.parts)


def _failure(task: Task, what: str) -> NoAnswer:
    package = task.dimension.plug_in.package if task.dimension.plug_in else task.dimension.key
    return NoAnswer(reason=Missing.FAILED, detail=f"The package {package} {task.version} {what}.", parts={})


def _in_words(error: BaseException) -> str:
    text = " ".join(str(error).split())[:_SHOWN]
    return f"{type(error).__name__}: {text}".rstrip(": ")


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer one task."""
    task: Task = pickle.load(orders)  # noqa: S301 - from the process that started this one
    # The system's own signal and no thread: it ends a package that holds the interpreter, too.
    signal.alarm(task.seconds)
    sys.path[:] = task.path
    answers.write(ANSWERS.dump_json(answer_to(task)))


def main() -> None:
    """Serve the process that started this one."""
    with os.fdopen(os.dup(1), "wb") as answers:
        # What a package prints goes to the log, and not between the answer.
        os.dup2(2, 1)
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    # Under its own name, or what is answered would be of a module that the process which asked has not.
    from evaluation.engine import package_process

    package_process.main()
    # Not in order: a thread that the package left behind would be waited for.
    os._exit(0)
