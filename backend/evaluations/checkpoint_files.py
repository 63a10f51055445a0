"""The files of checkpoints: under their sha256, as uploaded until a check has rewritten them as safetensors."""

import logging
import os
import secrets
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from backend.evaluations.checking import Checked, CheckpointCheck, Guessed
from backend.evaluations.uploads import PART, Received, refuse_full_disk
from backend.private_files import keep_private
from backend.problems import ProblemError
from backend.store.checkpoints import rewritten_name
from quba.errors import Refusal

logger = logging.getLogger(__name__)

_ACCEPTED_REMEMBERED = 100
_STATUS = {"unknown_format": 415, "program": 415, "not_confined": 503}


class _Claim(NamedTuple):
    """What a file is said to be."""

    checkpoint_id: str
    architecture: str
    class_count: int
    weights_key: str | None
    classes: tuple[str, ...]


class CheckpointFiles:
    """Keeps and checks the files; safe to share among threads.

    Args:
        folder: where they lie.
        checker: that looks at them; without one, none is taken.
    """

    def __init__(self, folder: Path, checker: CheckpointCheck | None) -> None:
        self.folder = folder
        self._checker = checker
        self._checking = threading.Lock()
        self._accepted: dict[_Claim, Checked] = {}

    @property
    def checker(self) -> CheckpointCheck:
        """That looks at the files.

        Raises:
            ProblemError: 503 `no_checker`.
        """
        if self._checker is None:
            raise ProblemError(
                503,
                "no_checker",
                "This service was started without the part that checks checkpoints, so it takes none.",
                "`wellbehaved doctor` on the server says what to install; then start it with `wellbehaved serve`.",
            )
        return self._checker

    def original(self, checkpoint_id: str) -> Path:
        """The file as it was uploaded, there until a check has rewritten it."""
        return self.folder / f"{checkpoint_id}.original"

    def rewritten(self, checkpoint_id: str, weights_key: str | None = None) -> Path:
        """The safetensors file, which is all that a worker ever opens; with one of several sets of weights."""
        return self.folder / rewritten_name(checkpoint_id, weights_key)

    def remove(self, checkpoint_id: str) -> None:
        """Delete the file in every form in which it is there."""
        with self._checking:
            self._accepted = {
                claim: each for claim, each in self._accepted.items() if claim.checkpoint_id != checkpoint_id
            }
            for file in self._files(checkpoint_id):
                file.unlink(missing_ok=True)

    def held(self, checkpoint_id: str) -> bool:
        """Whether the file is there in either form."""
        return self.rewritten(checkpoint_id).exists() or self.original(checkpoint_id).exists()

    def renew(self, checkpoint_id: str) -> None:
        """Note that the file was wanted now, from which time its retention counts."""
        for file in self._files(checkpoint_id):
            os.utime(file)

    def _files(self, checkpoint_id: str) -> list[Path]:
        """All forms of the file: as uploaded, and rewritten with each set of weights that was chosen."""
        return sorted(self.folder.glob(f"{checkpoint_id}.*"))

    def keep(self, received: Received) -> str:
        """Scan a file that was received and give it its final name.

        Returns:
            Its format.

        Raises:
            ProblemError: 415 or 422, with the reason's code; 507 `disk_full`.
        """
        try:
            found = self.checker.scan(received.path)
        except Refusal as refusal:
            raise refusal_problem(refusal) from None
        with refuse_full_disk():
            received.path.replace(self.original(received.sha256))
            _flush(self.folder)
        return found

    def accept(
        self,
        checkpoint_id: str,
        architecture: str,
        class_count: int,
        weights_key: str | None = None,
        *,
        classes: tuple[str, ...] = (),
    ) -> Checked:
        """Check a file against a claim; the first time, it is rewritten and the original deleted.

        The original of a file with several sets of weights stays, so that another can be chosen.

        Returns:
            What was found, now or when the same was checked before.

        Raises:
            ProblemError: 422 with the reason's code; 410 `checkpoint_gone`; 507 `disk_full`.
        """
        claim = _Claim(checkpoint_id, architecture, class_count, weights_key, classes)
        # One at a time: the checker takes no more, and who waited here for the same file finds it accepted.
        with self._checking:
            known = self._accepted.get(claim)
            if known is not None and self.rewritten(checkpoint_id, known.choice).exists():
                return known
            try:
                with refuse_full_disk():
                    found = self._check(claim)
            except Refusal as refusal:
                raise refusal_problem(refusal) from None
            self._accepted[claim] = found
            # A dictionary keeps the order of insertion, so that the oldest goes; checking it again is slow and never
            # wrong.
            while len(self._accepted) > _ACCEPTED_REMEMBERED:
                del self._accepted[next(iter(self._accepted))]
            return found

    def guess(self, checkpoint_id: str, filename: str) -> Sequence[Guessed]:
        """The architectures that a file's tensors fit best, the best first.

        Raises:
            ProblemError: 422 with the reason's code; 410 `checkpoint_gone`; 503 `no_checker`.
        """
        with self._checking:
            there = self._files(checkpoint_id)
            if not there:
                raise _missing_file(checkpoint_id)
            try:
                return self.checker.guess(there[0], filename)
            except Refusal as refusal:
                raise refusal_problem(refusal) from None

    def close(self) -> None:
        """End what runs for the checks."""
        if self._checker is not None:
            self._checker.close()

    def _check(self, claim: _Claim) -> Checked:
        checkpoint_id = claim.checkpoint_id
        original, final = self.original(checkpoint_id), self.rewritten(checkpoint_id)
        # The rewritten file can execute nothing, so it is the one to open again.
        source = final if final.exists() else original
        if not source.exists():
            raise _missing_file(checkpoint_id)
        # Beside the others, so that the last step is a renaming; a name of its own, for other processes check too.
        fresh = self.folder / f"{secrets.token_hex(8)}.checked{PART}"
        try:
            found = self.checker.check(
                source,
                fresh,
                architecture=claim.architecture,
                class_count=claim.class_count,
                classes=claim.classes,
                weights_key=claim.weights_key,
            )
            logger.info("checked %s; confined by: %s", checkpoint_id, found.confinement)
            final = self.rewritten(checkpoint_id, found.choice)
            if not final.exists():
                keep_private(fresh)
                fresh.replace(final)
                _flush(self.folder)
        finally:
            fresh.unlink(missing_ok=True)
        if found.choice is None:
            original.unlink(missing_ok=True)
        return found


def refusal_problem(refusal: Refusal) -> ProblemError:
    """The answer to a file that is not accepted."""
    return ProblemError(_STATUS.get(refusal.code, 422), refusal.code, refusal.message, refusal.hint)


def _missing_file(checkpoint_id: str) -> ProblemError:
    return ProblemError(410, "checkpoint_gone", f"The file of {checkpoint_id} is no longer there.", "Upload it again.")


def _flush(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    # A file's own fsync does not make its name durable; the folder's does.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
