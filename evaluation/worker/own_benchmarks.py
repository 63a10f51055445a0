"""The benchmarks of one's own whose files lie on this machine, in the versions that were registered."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from backend.store import benchmarks, own_benchmarks
from backend.store.engine import reading
from backend.store.evaluations import EvaluationRecord
from backend.store.tables import OWN, BenchmarkVersion
from evaluation.benchmark import BENCHMARKS, Benchmark
from evaluation.own_data.contact_sheet import share_contact_sheets
from evaluation.own_data.contents import changes_since
from evaluation.own_data.registration import benchmark_of
from quba.errors import Refusal

logger = logging.getLogger(__name__)

CHANGED = ("benchmark_changed", "benchmark_gone")
"""Why an evaluation fails whose files are not those that were registered."""
_LOOK_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """A version as the store tells it, free of any session."""

    key: str
    digest: str
    folder: Path
    definition: dict[str, object]
    classes: tuple[str, ...]

    @classmethod
    def of(cls, version: BenchmarkVersion) -> "_Kept":
        return cls(
            key=version.benchmark, digest=version.digest, folder=Path(version.folder),
            definition=dict(version.definition), classes=tuple(version.classes),
        )  # fmt: skip


class OwnBenchmarks:
    """Finds the folders of registered benchmarks and notices when somebody edited them.

    Args:
        engine: of the store.
        roots: folders in which a benchmark's files may lie under its key, where they do not lie as registered.
        cache: folder in which the files' digests are kept.
        shown: data folder of the service, in which it looks for contact sheets.
        clock: the time in seconds, for tests.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        roots: Sequence[Path],
        cache: Path,
        shown: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._shown = shown
        self._roots = tuple(roots)
        self._cache = cache
        self._clock = clock
        self._looked: dict[tuple[str, str], tuple[float, bool]] = {}

    def digests_here(self) -> dict[str, str]:
        """By key the digest of every benchmark whose current files lie here; folders are looked at once a minute.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        found = {}
        for kept in self._current():
            at, lies_here = self._looked.get((kept.key, kept.digest), (float("-inf"), False))
            if self._clock() - at >= _LOOK_AGAIN_SECONDS:
                lies_here = self._place(kept)[0] is not None
                self._looked[kept.key, kept.digest] = (self._clock(), lies_here)
            if lies_here:
                found[kept.key] = kept.digest
        return found

    def open(self, record: EvaluationRecord) -> Benchmark:
        """The benchmark of an evaluation, in the version that it is of.

        Raises:
            Refusal: `benchmark_changed`, where the files are not those that were registered; `benchmark_gone`, where
                they are not there.
        """
        if record.benchmark_digest is None:
            return BENCHMARKS[record.benchmark]
        kept = self._version(record)
        folder, why = self._place(kept)
        if folder is None:
            # Nothing is measured on other files under the digest of these.
            self._looked.pop((kept.key, kept.digest), None)
            raise why
        return benchmark_of(folder, kept.definition, kept.classes, kept.digest)

    def keys(self) -> tuple[str, ...]:
        """Of all that are registered, whether their files lie here or not.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        return tuple(kept.key for kept in self._current())

    def open_current(self, key: str) -> Benchmark | None:
        """A benchmark in its current version; None where none of this key is registered.

        Raises:
            Refusal: as `open`.
            StoreUnavailable: the database does not answer.
        """
        kept = next((kept for kept in self._current() if kept.key == key), None)
        if kept is None:
            return None
        folder, why = self._place(kept)
        if folder is None:
            raise why
        return benchmark_of(folder, kept.definition, kept.classes, kept.digest)

    def share_contact_sheets(self, record: EvaluationRecord, made: Path) -> None:
        """Lay what shows the generated sets of an evaluation where the service looks for it.

        Args:
            record: of the evaluation.
            made: data folder of the worker.

        Raises:
            OSError: the folder cannot be written.
        """
        share_contact_sheets(record.benchmark, record.benchmark_digest, made=made, shown=self._shown)

    def require_unchanged(self, record: EvaluationRecord) -> None:
        """See that the files are still those that the evaluation is of, before what was measured is recorded.

        Raises:
            Refusal: as `open`.
        """
        if record.benchmark_digest is not None:
            self.open(record)

    def _place(self, kept: _Kept) -> tuple[Path | None, Refusal]:
        """The folder that holds exactly these files; where there is none, what is wrong with the first one there is."""
        fault = Refusal(
            "benchmark_gone",
            f"The files of {kept.key} are not on this machine: {kept.folder} is no folder.",
            "Put them there, or into a folder of that key below one that WELLBEHAVED_DATA_ROOTS names, and retry.",
        )
        for folder in reversed([kept.folder, *(root / kept.key for root in self._roots)]):
            if not folder.is_dir():
                continue
            try:
                changes = changes_since(folder, kept.definition, kept.digest, self._cache)
            except Refusal as refusal:
                fault = Refusal("benchmark_changed", refusal.message, _next_step(kept))
                continue
            except OSError as error:
                fault = Refusal("benchmark_gone", f"{folder} cannot be read: {error}.", _next_step(kept))
                continue
            if not changes:
                return folder, fault
            fault = Refusal(
                "benchmark_changed",
                f"The files of {kept.key} in {folder} are not those that were registered. {changes.sentence}",
                _next_step(kept),
            )
        return None, fault

    def _current(self) -> list[_Kept]:
        with reading(self._engine) as session:
            versions = (
                own_benchmarks.current_version(session, each)
                for each in benchmarks.benchmarks(session)
                if each.origin == OWN
            )
            return [_Kept.of(version) for version in versions if version is not None]

    def _version(self, record: EvaluationRecord) -> _Kept:
        with reading(self._engine) as session:
            version = session.get(BenchmarkVersion, (record.benchmark, record.benchmark_digest))
            if version is not None:
                return _Kept.of(version)
        raise Refusal(
            "benchmark_gone",
            f"The version of {record.benchmark} that was asked for is not registered any more.",
            "Add the benchmark again, and submit the model anew.",
        )


def _next_step(kept: _Kept) -> str:
    return (
        f"Undo the edit and retry; or register what is there with `wellbehaved benchmark add {kept.folder}`, which is "
        "a new version, and submit the model anew."
    )
