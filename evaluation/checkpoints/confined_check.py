"""The check of checkpoints as the service asks for it: its process starts with the first check and ends when idle."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluation.checkpoints.checker import Accepted, Checker
from evaluation.checkpoints.guess import Guess
from evaluation.checkpoints.scan import scan

_IDLE_SECONDS = 600.0


class ConfinedCheck:
    """Fulfils by its shape what the service asks for, `CheckpointCheck`, without importing it.

    Args:
        idle_seconds: after how long without a check the process, which holds torch in memory, is ended.
        unconfined: whether a file is read also where the system does not take the network from the process.
    """

    def __init__(self, idle_seconds: float = _IDLE_SECONDS, *, unconfined: bool = False) -> None:
        self._unconfined = unconfined
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._checker: Checker | None = None
        self._timer: threading.Timer | None = None

    @property
    def running(self) -> bool:
        """Whether the process is kept in memory."""
        return self._checker is not None

    def prepare(self) -> None:
        """As `CheckpointCheck.prepare`: the process loads torch while the file is still on its way."""
        if self._checker is None:
            # In a thread: the upload that it is started for must not wait until torch is loaded.
            threading.Thread(target=self._start, name="checker", daemon=True).start()

    def _start(self) -> None:
        with self._running() as checker:
            checker.start()

    def scan(self, path: Path) -> str:
        """As `CheckpointCheck.scan`; in this process, with the standard library alone."""
        return scan(path).value

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
        """As `CheckpointCheck.check`."""
        with self._running() as checker:
            return checker.check(
                path,
                written,
                architecture=architecture,
                class_count=class_count,
                classes=classes,
                weights_key=weights_key,
            )

    def guess(self, path: Path, filename: str) -> tuple[Guess, ...]:
        """As `CheckpointCheck.guess`."""
        with self._running() as checker:
            return checker.guess(path, filename)

    @contextmanager
    def _running(self) -> Iterator[Checker]:
        """The process, for one file; the time without a check counts from when it is done."""
        with self._lock:
            self._stop_timer()
            self._checker = self._checker or Checker(unconfined=self._unconfined)
            try:
                yield self._checker
            finally:
                self._start_timer()

    def close(self) -> None:
        """End the process; a later check starts another."""
        with self._lock:
            self._stop_timer()
            if self._checker is not None:
                self._checker.close()
                self._checker = None

    def _start_timer(self) -> None:
        self._timer = threading.Timer(self._idle_seconds, self.close)
        # A program that ends does not wait until its checker is idle.
        self._timer.daemon = True
        self._timer.start()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
