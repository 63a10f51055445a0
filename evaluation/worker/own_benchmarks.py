"""The benchmarks of one's own whose files lie on this machine, in the versions that were registered."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Engine

from backend.settings import Settings
from backend.store.contact_sheets import ContactSheets
from backend.store.engine import reading
from backend.store.evaluations import EvaluationRecord
from backend.store.file_store import FilesUnavailable
from backend.store.opened_files import contact_sheets
from backend.store.tables import BenchmarkVersion
from evaluation.benchmark import BENCHMARKS, Benchmark
from evaluation.own_data.contact_sheet import share_contact_sheets
from evaluation.own_data.registration import benchmark_of
from evaluation.worker.own_files import KeptVersion, OwnFiles
from quba.errors import Refusal

logger = logging.getLogger(__name__)

CHANGED = ("benchmark_changed", "benchmark_gone")
"""Why an evaluation fails whose files are not those that were registered."""


class OwnBenchmarks(OwnFiles):
    """Makes of the files of a registered benchmark what can be measured.

    Args:
        engine: of the store.
        roots: folders in which a benchmark's files may lie under its key, where they do not lie as registered.
        cache: folder in which the files' digests are kept.
        sheets: where the service finds contact sheets.
        clock: the time in seconds, for tests.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        roots: Sequence[Path],
        cache: Path,
        sheets: ContactSheets,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(engine, roots=roots, cache=cache, clock=clock)
        self._sheets = sheets

    def open(self, record: EvaluationRecord) -> Benchmark:
        """The benchmark of an evaluation, in the version that it is of.

        Raises:
            Refusal: `benchmark_changed`, where the files are not those that were registered; `benchmark_gone`, where
                they are not there.
        """
        if record.benchmark_digest is None:
            return BENCHMARKS[record.benchmark]
        kept = self._version(record)
        folder, why = self.place(kept)
        if folder is None:
            # Nothing is measured on other files under the digest of these.
            self.look_again()
            raise why
        return benchmark_of(folder, kept.definition, kept.classes, kept.digest)

    def open_current(self, key: str) -> Benchmark | None:
        """A benchmark in its current version; None where none of this key is registered.

        Raises:
            Refusal: as `open`.
            StoreUnavailable: the database does not answer.
        """
        kept = next((kept for kept in self.current() if kept.key == key), None)
        if kept is None:
            return None
        folder, why = self.place(kept)
        if folder is None:
            raise why
        return benchmark_of(folder, kept.definition, kept.classes, kept.digest)

    def share_contact_sheets(self, record: EvaluationRecord, made: Path) -> None:
        """Lay what shows the generated sets of an evaluation where the service finds it.

        What a bucket does not take is logged: pictures hold up no evaluation, and the next one sends them.

        Args:
            record: of the evaluation.
            made: data folder of the worker.

        Raises:
            OSError: the folder cannot be written.
        """
        share_contact_sheets(record.benchmark, record.benchmark_digest, made=made, shown=self._sheets.folder)
        try:
            self._sheets.send(record.benchmark, record.benchmark_digest or "", made)
        except FilesUnavailable as error:
            logger.warning("the contact sheets of %s were not sent: %s", record.benchmark, error)

    def require_unchanged(self, record: EvaluationRecord) -> None:
        """See that the files are still those that the evaluation is of, before what was measured is recorded.

        Raises:
            Refusal: as `open`.
        """
        if record.benchmark_digest is not None:
            self.open(record)

    def _version(self, record: EvaluationRecord) -> KeptVersion:
        with reading(self.engine) as session:
            version = session.get(BenchmarkVersion, (record.benchmark, record.benchmark_digest))
            if version is not None:
                return KeptVersion.of(version)
        raise Refusal(
            "benchmark_gone",
            f"The version of {record.benchmark} that was asked for is not registered any more.",
            "Add the benchmark again, and submit the model anew.",
        )


def own_benchmarks_of(settings: Settings, engine: Engine) -> OwnBenchmarks:
    """The benchmarks of one's own whose files lie on this machine."""
    return OwnBenchmarks(
        engine, roots=settings.data_roots, cache=settings.contents_cache, sheets=contact_sheets(settings)
    )
