"""A worker's measuring process as the worker sees it: started when an evaluation comes, gone when none did for long."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, TextIO

from backend import tracing
from backend.store.errors import StoreUnavailable
from evaluation.worker import metrics
from evaluation.worker.equipment import Equipment

logger = logging.getLogger(__name__)

# Orders to the process, and its answers.
MEASURE: Final = "measure"
END: Final = "end"
READY: Final = "ready"
DONE: Final = "done"
STORE_LOST: Final = "store lost"

# Without -P, Python would look for modules in the working folder first, whose files may be anybody's.
PROGRAM: Final = (sys.executable, "-P", "-m", "evaluation.worker.measuring")
_LEAVE_SECONDS = 10.0
# The store counts those that die once an evaluation is claimed, and fails it sooner; these die before, each time.
MOST_LOSSES = 8


class MeasuringFailed(RuntimeError):
    """The process could not be started, or ended again and again; its own messages say why."""


class MeasuringProcess:
    """One process at a time, and in it one evaluation at a time.

    Args:
        equipment: of the process.
        held: file descriptors that the process keeps open as long as it lives.
        program: what is started, and given the descriptors as arguments.
        clock: the time in seconds, for tests.
    """

    def __init__(
        self,
        equipment: Equipment,
        *,
        held: Sequence[int] = (),
        program: Sequence[str] = PROGRAM,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._equipment = equipment
        self._held = tuple(held)
        self._program = tuple(program)
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        # Held for moments, so that the end can be ordered while one measures.
        self._changing = threading.Lock()
        self._saying = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: TextIO | None = None
        self._idle_since: float | None = None
        self._starting = False
        self._ended = False

    def perform(self, evaluation_id: str, attempt: int) -> None:
        """Have an evaluation measured and recorded; returns when that is over, or when the end was asked for.

        A process that dies over it, as where the system ran out of memory, is replaced by another, which goes on with
        the same evaluation: the store counts the crash, and after several without progress the evaluation fails.

        Raises:
            MeasuringFailed: no process came up, or one after the other died.
            StoreUnavailable: the database stays away; the evaluation is to be taken up again later.
        """
        with self._one_at_a_time:
            answer, losses = None, 0
            while answer is None and not self._ended:
                self._start_where_none_runs()
                self._order(MEASURE, evaluation_id, attempt, dict(tracing.carrier()))
                answer = self._answer()
                if answer is None:
                    losses += 1
                    self._note_loss(evaluation_id, self._let_go(), losses)
            self._idle_since = self._clock()
            if answer == STORE_LOST:
                self._let_go()
                raise StoreUnavailable("the measuring process lost the database for long.")

    def end(self) -> None:
        """Have the evaluation at hand let go of in order; a process that is still starting is ended as it is."""
        with self._changing:
            self._ended = True
            process = self._process
            if process is not None and self._starting:
                process.kill()
        self._order(END)

    def leave_if_idle(self, seconds: float) -> bool:
        """End a process that has had nothing to do for so long; whether there was one."""
        if not self._one_at_a_time.acquire(blocking=False):
            return False  # it measures
        try:
            if self._process is None or self._idle_since is None or self._clock() - self._idle_since < seconds:
                return False
            self._let_go()
            return True
        finally:
            self._one_at_a_time.release()

    def close(self) -> None:
        """Let go of the process, whatever it does."""
        self._let_go()

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none."""
        process = self._process
        return None if process is None else process.pid

    def _start_where_none_runs(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self._let_go()
        try:
            with self._changing:
                if self._ended:
                    return
                self._process, self._answers = self._start_process()
                self._starting = True
        except OSError as error:
            # No memory, or no place for another process or file.
            raise MeasuringFailed(f"The measuring process could not be started: {error}.") from error
        self._say(self._equipment.line())
        ready = self._answer()
        self._starting = False
        if ready != READY and not self._ended:
            raise MeasuringFailed(
                f"The measuring process ended with {self._let_go()} while starting; its messages are above."
            )

    def _start_process(self) -> tuple[subprocess.Popen[str], TextIO]:
        reading, writing = os.pipe()
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [*self._program, *map(str, (writing, *self._held))],
                stdin=subprocess.PIPE,
                pass_fds=(writing, *self._held),
                text=True,
                # A signal to the worker's group is the worker's to answer.
                start_new_session=True,
            )
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return process, os.fdopen(reading)

    def _note_loss(self, evaluation_id: str, how: str, losses: int) -> None:
        if self._ended:
            return
        metrics.LOSSES.inc()
        logger.warning("the measuring process ended with %s over %s", how, evaluation_id)
        if losses == MOST_LOSSES:
            raise MeasuringFailed(f"{losses} measuring processes ended over {evaluation_id}; their messages are above.")

    def _order(self, *order: str | int | dict[str, str]) -> None:
        self._say(json.dumps(order))

    def _say(self, line: str) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            with self._saying:
                process.stdin.write(line + "\n")
                process.stdin.flush()
        except (BrokenPipeError, ValueError):
            # Gone, or being let go of: whoever waits for its answer learns it there.
            logger.debug("the measuring process heard nothing any more")

    def _answer(self) -> str | None:
        """The next line that the process says; None where it is gone."""
        return (self._answers and self._answers.readline().strip()) or None

    def _let_go(self) -> str:
        """Let go of the process, which ends when its orders do, and say how it ended."""
        with self._changing:
            process, answers = self._process, self._answers
            self._process = self._answers = None
        if process is None:
            return "no exit code"
        if process.stdin is not None:
            try:
                process.stdin.close()
            except BrokenPipeError:
                logger.debug("the measuring process was gone before")
        try:
            process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if answers is not None:
            answers.close()
        return f"exit code {process.returncode}"
