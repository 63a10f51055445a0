"""The files of checkpoints: under their sha256, as uploaded until a check has rewritten them as safetensors."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from backend.evaluations.checking import Checked, CheckpointCheck, Guessed
from backend.evaluations.uploads import Received, refuse_full_disk
from backend.problems import ProblemError
from backend.store.checkpoints import original_name, rewritten_name
from backend.store.file_store import PART, FileChanged, FileGone, FileStore, FilesUnavailable
from quba.errors import Refusal

logger = logging.getLogger(__name__)

_ACCEPTED_REMEMBERED = 100
_ASK_AGAIN_SECONDS = 5.0
_ANSWER_SECONDS = 0.5
_STATUS = {"unknown_format": 415, "program": 415, "not_confined": 503, "file_changed": 410}


class _Claim(NamedTuple):
    """What a file is said to be."""

    checkpoint_id: str
    architecture: str
    class_count: int
    weights_key: str | None
    classes: tuple[str, ...]


class CheckpointFiles:
    """Keeps and checks the files; safe to share among threads.

    Every method that touches a file may raise `FilesUnavailable`.

    Args:
        store: where they lie.
        checker: that looks at them; without one, none is taken.
    """

    def __init__(self, store: FileStore, checker: CheckpointCheck | None) -> None:
        self.store = store
        self.watched = FilesWatched(store)
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

    def has_rewritten(self, checkpoint_id: str, weights_key: str | None = None) -> bool:
        """Whether the safetensors file is there, which is all that a worker ever opens; of several sets, with one."""
        return self.store.held(rewritten_name(checkpoint_id, weights_key))

    def remove(self, checkpoint_id: str) -> None:
        """Delete the file in every form in which it is there."""
        with self._checking:
            self._accepted = {
                claim: each for claim, each in self._accepted.items() if claim.checkpoint_id != checkpoint_id
            }
            for name in self._names(checkpoint_id):
                self.store.remove(name)

    def held(self, checkpoint_id: str) -> bool:
        """Whether the file is there in either form."""
        return self.has_rewritten(checkpoint_id) or self.store.held(original_name(checkpoint_id))

    def renew(self, checkpoint_id: str) -> None:
        """Note that the file was wanted now, from which time its retention counts."""
        for name in self._names(checkpoint_id):
            self.store.renew(name)

    def _names(self, checkpoint_id: str) -> list[str]:
        """All forms of the file: as uploaded, and rewritten with each set of weights that was chosen."""
        return [each.name for each in self.store.entries(f"{checkpoint_id}.")]

    def scan(self, received: Received) -> str:
        """The format of a file that was received.

        Raises:
            ProblemError: 415 or 422, with the reason's code; 503 `no_checker`.
        """
        try:
            return self.checker.scan(received.path)
        except Refusal as refusal:
            raise refusal_problem(refusal) from None

    def keep(self, received: Received) -> str:
        """Scan a file that was received and give it its final name.

        Returns:
            Its format.

        Raises:
            ProblemError: as `scan`; 507 `disk_full`.
        """
        found = self.scan(received)
        with refuse_full_disk():
            self.store.keep(original_name(received.sha256), received.path)
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
            if known is not None and self.has_rewritten(checkpoint_id, known.choice):
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
            try:
                with refuse_full_disk(), self._form_of(checkpoint_id, *self._names(checkpoint_id)) as path:
                    return self.checker.guess(path, filename)
            except Refusal as refusal:
                raise refusal_problem(refusal) from None

    def close(self) -> None:
        """End what runs for the checks."""
        if self._checker is not None:
            self._checker.close()

    def _check(self, claim: _Claim) -> Checked:
        # A name of its own, for other processes check too.
        fresh = self.store.scratch / f"{secrets.token_hex(8)}.checked{PART}"
        try:
            with self._form_of(claim.checkpoint_id) as source:
                found = self.checker.check(
                    source,
                    fresh,
                    architecture=claim.architecture,
                    class_count=claim.class_count,
                    classes=claim.classes,
                    weights_key=claim.weights_key,
                )
            logger.info("checked %s; confined by: %s", claim.checkpoint_id, found.confinement)
            if not self.has_rewritten(claim.checkpoint_id, found.choice):
                self.store.keep(rewritten_name(claim.checkpoint_id, found.choice), fresh)
        finally:
            fresh.unlink(missing_ok=True)
        if found.choice is None:
            self.store.remove(original_name(claim.checkpoint_id))
        return found

    @contextmanager
    def _form_of(self, checkpoint_id: str, *others: str) -> Iterator[Path]:
        """The file in the form that is there, the rewritten one first: it can execute nothing."""
        rewritten = rewritten_name(checkpoint_id, None)
        # Looked for once more: another machine may have rewritten the original and deleted it in between.
        names = (rewritten, original_name(checkpoint_id), rewritten, *others)
        with ExitStack() as stack:
            yield self._first_of(names, stack, checkpoint_id)

    def _first_of(self, names: Sequence[str], stack: ExitStack, checkpoint_id: str) -> Path:
        changed: FileChanged | None = None
        for name in names:
            try:
                return stack.enter_context(self.store.reading(name))
            except FileGone:
                logger.debug("%s is not there", name)
            except FileChanged as error:
                # The other form may be right: whoever uploads the file again brings it.
                changed = error
        raise changed or _missing_file(checkpoint_id)


class FilesWatched:
    """Whether a store of files can be used, asked seldom, however often somebody wants to know.

    Args:
        store: that is asked.
        clock: the time in seconds, for tests.
    """

    def __init__(self, store: FileStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._one_asks = threading.Lock()
        self._asked = float("-inf")
        self._problem: str | None = None

    def problem(self) -> str | None:
        """What is wrong with it, and the next step; None where nothing is."""
        # Who comes while another asks takes what was known before: a store that is silent must not hold many threads.
        if self._one_asks.acquire(blocking=False):
            if self._clock() - self._asked < _ASK_AGAIN_SECONDS:
                self._one_asks.release()
            else:
                asking = threading.Thread(target=self._ask, name="store of files", daemon=True)
                asking.start()
                # So does who asks, of one that is silent: what watches a service takes that for its own silence.
                asking.join(_ANSWER_SECONDS)
        return self._problem

    def _ask(self) -> None:
        try:
            self._problem = self._fault()
            self._asked = self._clock()
        finally:
            self._one_asks.release()

    def _fault(self) -> str | None:
        try:
            self._store.check()
        except FilesUnavailable as error:
            logger.warning("the store of files cannot be used: %s", error)
            return str(error)
        return None


def refusal_problem(refusal: Refusal) -> ProblemError:
    """The answer to a file that is not accepted."""
    return ProblemError(_STATUS.get(refusal.code, 422), refusal.code, refusal.message, refusal.hint)


def _missing_file(checkpoint_id: str) -> ProblemError:
    return ProblemError(410, "checkpoint_gone", f"The file of {checkpoint_id} is no longer there.", "Upload it again.")
