"""The files of benchmarks of one's own on this machine: which registered versions lie here. Loads no torch."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from backend.store import benchmarks, own_benchmarks
from backend.store.engine import reading
from backend.store.tables import OWN, BenchmarkVersion
from evaluation.own_data.contents import changes_since
from quba.errors import Refusal

_LOOK_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptVersion:
    """A version as the store tells it, free of any session."""

    key: str
    digest: str
    folder: Path
    definition: dict[str, object]
    classes: tuple[str, ...]

    @classmethod
    def of(cls, version: BenchmarkVersion) -> "KeptVersion":
        """A row, taken out of its session."""
        return cls(
            key=version.benchmark, digest=version.digest, folder=Path(version.folder),
            definition=dict(version.definition), classes=tuple(version.classes),
        )  # fmt: skip


class OwnFiles:
    """Finds the folders of registered benchmarks and notices when somebody edited them.

    Args:
        engine: of the store.
        roots: folders in which a benchmark's files may lie under its key, where they do not lie as registered.
        cache: folder in which the files' digests are kept.
        clock: the time in seconds, for tests.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        roots: Sequence[Path],
        cache: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine = engine
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
        for kept in self.current():
            at, lies_here = self._looked.get((kept.key, kept.digest), (float("-inf"), False))
            if self._clock() - at >= _LOOK_AGAIN_SECONDS:
                lies_here = self.place(kept)[0] is not None
                self._looked[kept.key, kept.digest] = (self._clock(), lies_here)
            if lies_here:
                found[kept.key] = kept.digest
        return found

    def keys(self) -> tuple[str, ...]:
        """Of all that are registered, whether their files lie here or not.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        return tuple(kept.key for kept in self.current())

    def look_again(self) -> None:
        """Have `digests_here` look at every folder anew: files may have turned out to be others."""
        self._looked.clear()

    def place(self, kept: KeptVersion) -> tuple[Path | None, Refusal]:
        """The folder that holds exactly these files; where there is none, what is wrong with the first one there is."""
        fault = Refusal(
            "benchmark_gone",
            f"The files of {kept.key} are not on this machine: {kept.folder} is no folder.",
            "Put them there, or into a folder of that key below one that WELLBEHAVED_DATA_ROOTS names, and retry.",
        )
        # Backwards, so that what is said in the end is of the folder that was registered, where that is there.
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

    def current(self) -> list[KeptVersion]:
        """The current version of every benchmark that is registered.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        with reading(self.engine) as session:
            versions = (
                own_benchmarks.current_version(session, each)
                for each in benchmarks.benchmarks(session)
                if each.origin == OWN
            )
            return [KeptVersion.of(version) for version in versions if version is not None]


def _next_step(kept: KeptVersion) -> str:
    return (
        f"Undo the edit and retry; or register what is there with `wellbehaved benchmark add {kept.folder}`, which is "
        "a new version, and submit the model anew."
    )
