"""Values of dimensions that installed packages measure: each in a process of its own, within bounded time."""

import logging
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from evaluation.engine.package_process import ANSWERS, Answer, NoAnswer, Task
from evaluation.errors import EvaluationStopped
from quba.dimension import Dimension, Missing, UndefinedResult
from quba.measuring.observations import Measured, Observations

logger = logging.getLogger(__name__)

SECONDS: Final = 300.0
"""How long a package may take for one model: for its value, and those without each of 20 groups of images."""
# Without -P, Python would look for modules in the working folder first, whose files may be anybody's.
PROGRAM: Final = (sys.executable, "-P", "-m", "evaluation.engine.package_process")
# A worker asks its database whether it is wanted, so that this is no faster.
_POLL_SECONDS = 0.5
# After which a process ends itself whose run is gone.
_GRACE_SECONDS = 30


def package_values(
    dimension: Dimension,
    version: str | None,
    observations: Observations,
    *,
    folder: Path,
    wanted: Callable[[], bool],
    seconds: float = SECONDS,
) -> tuple[Measured, NDArray[np.float64] | None]:
    """The value of a dimension by its package, and the values with each group of images left out.

    Args:
        dimension: that a package measures.
        version: of the package that is installed here; None where it is not.
        observations: of one model.
        folder: where they are written for the other process, which takes as much room as the probabilities.
        wanted: asked again and again whether to go on.
        seconds: that it may take.

    Raises:
        UndefinedResult: there is no value, with the reason: the package is not installed, failed, gave something that
            is no value, did not come to an end, or has none for this model.
        EvaluationStopped: it is not wanted any more.
        OSError: the observations cannot be written, or no process can be started.
    """
    plug_in = dimension.plug_in
    if plug_in is None:
        raise ValueError(f"the dimension {dimension.key} is measured by no package.")
    if version is None:
        raise UndefinedResult(
            Missing.NOT_MEASURED,
            f"{dimension.label} is measured by the package {plug_in.package}, which is not installed where this model "
            f"was measured. Install it there with `pip install {plug_in.package}`, and measure again.",
        )
    seen = observations if dimension.needs_probabilities else replace(observations, probabilities=None)
    task = Task(
        dimension=dimension, version=version, observations=seen, path=tuple(sys.path),
        seconds=int(seconds) + _GRACE_SECONDS,
    )  # fmt: skip
    answer = _answer(task, folder, wanted, seconds)
    if isinstance(answer, Answer):
        return answer.measured, None if answer.replicates is None else np.array(answer.replicates)
    if answer.reason is Missing.FAILED:
        logger.warning("%s has no value: %s", dimension.key, answer.detail)
    raise UndefinedResult(answer.reason, answer.detail, answer.parts)


def _answer(task: Task, folder: Path, wanted: Callable[[], bool], seconds: float) -> Answer | NoAnswer:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Files and not pipes: nothing waits for a process that does not read, or for one that it left behind.
    with TemporaryFile(dir=folder) as orders, TemporaryFile(dir=folder) as answers:
        pickle.dump(task, orders)
        orders.seek(0)
        how = _end_of_process(orders, answers, wanted, seconds)
        answers.seek(0)
        written = answers.read()
    if not written:
        return _failure(task, how)
    try:
        return ANSWERS.validate_json(written, strict=True)
    except ValidationError:
        return _failure(task, f"{how}, and its answer cannot be read")


def _end_of_process(orders: IO[bytes], answers: IO[bytes], wanted: Callable[[], bool], seconds: float) -> str:
    """Run the process to its end, or to that of the time, and say how it ended."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        PROGRAM, stdin=orders, stdout=answers, start_new_session=True
    )
    deadline = time.monotonic() + seconds
    try:
        while process.poll() is None:
            if not wanted():
                raise EvaluationStopped("the evaluation was stopped; run it again to continue where it ended.")
            if time.monotonic() > deadline:
                return f"did not come to an end within {seconds:g} s"
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_SECONDS)
    finally:
        # With all that it started, which would go on in nobody's name.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    code = process.returncode
    return f"ended its process with signal {-code}" if code < 0 else f"ended its process with exit code {code}"


def _failure(task: Task, how: str) -> NoAnswer:
    package = task.dimension.plug_in.package if task.dimension.plug_in else task.dimension.key
    return NoAnswer(reason=Missing.FAILED, detail=f"The package {package} {task.version} {how}.", parts={})
