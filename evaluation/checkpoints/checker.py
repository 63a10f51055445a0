"""Checks checkpoints in a process apart: no secrets in its environment, no network, bounded memory and time."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from evaluation.checkpoints.guess import Guess
from evaluation.checkpoints.refusal import CheckpointRefused, Reason

# One thread each: the child is forked, and threads do not survive that.
_ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
_KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A checkpoint that passed.

    Attributes:
        format: what the file was.
        weight_count: numbers in its tensors.
        weights_key: the set of weights that was taken; None where the file holds one alone, under no name.
        other_keys: the further sets.
        confinement: what the process was confined by, such as `network namespace, memory limit`, or `none`.
    """

    format: str
    weight_count: int
    weights_key: str | None
    other_keys: tuple[str, ...]
    confinement: str

    @property
    def choice(self) -> str | None:
        """The set that was taken where there was a choice, and else None."""
        return self.weights_key if self.other_keys else None


class Checker:
    """Keeps a process with torch in memory, so that a check costs a fork and not an import.

    Use it as a context, or call `close`. Safe to share among threads; checks queue.

    Args:
        unconfined: whether a file is read also where the system does not take the network from the process.
    """

    def __init__(self, *, unconfined: bool = False) -> None:
        self._unconfined = unconfined
        self._process: subprocess.Popen[str] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="wellbehaved-checker-")
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the process now, so that the first check does not wait for its imports."""
        with self._lock:
            self._running_process()

    def check(
        self,
        path: Path,
        written: Path,
        *,
        architecture: str,
        class_count: int,
        classes: tuple[str, ...] = (),
        weights_key: str | None = None,
    ) -> Accepted:
        """Scan and check a file and rewrite it.

        Args:
            path: the file as it was handed in.
            written: where the safetensors file goes; nothing is left there where the file is refused.
            architecture: a name of the timm library, without tag.
            class_count: classes of the benchmark.
            classes: their names in the order of the labels, where outputs can be found by name; else empty.
            weights_key: which of several sets of weights is meant.

        Raises:
            CheckpointRefused: with the code that fits.
        """
        # A folder of its own, for that is all that the process may write.
        with tempfile.TemporaryDirectory(dir=written.parent.resolve(), suffix=".part") as folder:
            fresh = Path(folder) / "weights.safetensors"
            accepted = self._acceptance(
                {
                    "path": str(path.resolve()),
                    "written": str(fresh),
                    "architecture": architecture,
                    "class_count": class_count,
                    "classes": classes,
                    "weights_key": weights_key,
                    "unconfined": self._unconfined,
                }
            )
            # A rename is all or nothing: nobody ever finds half of a file under the final name.
            fresh.replace(written)
        return accepted

    def guess(self, path: Path, filename: str = "") -> tuple[Guess, ...]:
        """The architectures that a file fits best, the best first.

        Args:
            path: the file.
            filename: that its owner gave it.

        Raises:
            CheckpointRefused: with the code that fits.
        """
        answer = self._sound({"path": str(path.resolve()), "filename": filename, "unconfined": self._unconfined})
        return tuple(Guess(**{**each, "same_tensors": tuple(each["same_tensors"])}) for each in answer["guesses"])

    def _sound(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request about a file that is not refused."""
        with self._lock:
            answer = self._answer(request)
        if not answer["accepted"]:
            raise CheckpointRefused(Reason(answer["code"]), answer["message"])
        return answer

    def _acceptance(self, request: dict[str, Any]) -> Accepted:
        answer = self._sound(request)
        return Accepted(
            format=answer["format"],
            weight_count=answer["weight_count"],
            weights_key=answer["weights_key"],
            other_keys=tuple(answer["other_keys"]),
            confinement=answer["confinement"],
        )

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()
        self._folder.cleanup()

    def __enter__(self) -> "Checker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._running_process()
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the checker was started without pipes")
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        # It ended between two checks; the empty line below says the same as an end while it reads.
        except BrokenPipeError:
            line = ""
        if not line:
            self._end()
            raise CheckpointRefused(Reason.CHECKER_KILLED, "The process that checks files ended while it checked this.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _running_process(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        # A short list of what stays and not of what goes: secrets have names that nobody thought of.
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = subprocess.Popen(
            # -P keeps the working folder out of the import path.
            [sys.executable, "-P", "-m", "evaluation.checkpoints.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, **_ENVIRONMENT, "HOME": self._folder.name, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=self._folder.name,
            text=True,
            # Ctrl-C in a terminal reaches the whole group: this process ends when its owner says so, not amid a check.
            start_new_session=True,
        )
        if self._process.stdout is None or not self._process.stdout.readline():
            raise RuntimeError("the process that checks files did not start; see its messages above")
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        # Waits, and closes the pipes.
        process.communicate()
