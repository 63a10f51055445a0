"""The files of evidence beside the database: whole or not there, nobody else's, and believed only with their digest."""

import hashlib
import logging
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from backend.store.file_store import PART, FileGone, FileStore, FilesUnavailable
from backend.store.local_files import open_new
from quba.errors import Refusal
from quba.measuring.evidence import Evidence

logger = logging.getLogger(__name__)

_ENDING = ".npz"
_NAME_CHARACTERS = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """Whose evidence it is.

    Attributes:
        model_id: of the model.
        benchmark: key of the benchmark.
        digest: of its version; empty for the built-in ones.
        protocol: how the values were measured.
    """

    model_id: str
    benchmark: str
    digest: str
    protocol: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Of the row."""
        return self.model_id, self.benchmark, self.digest, self.protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceFile:
    """A file that was written.

    Attributes:
        file: its name in the folder.
        sha256: of its contents.
        size_bytes: of its contents.
    """

    file: str
    sha256: str
    size_bytes: int


class EvidenceFiles:
    """The files; each is named after its owner and its contents, so that none is ever overwritten.

    Args:
        store: where they lie.
    """

    def __init__(self, store: FileStore) -> None:
        self.store = store

    @property
    def impatient(self) -> "EvidenceFiles":
        """The same files, for use within a transaction: see `FileStore.impatient`."""
        return EvidenceFiles(self.store.impatient)

    def read(self, written: EvidenceFile) -> Evidence:
        """What a file holds.

        Raises:
            Refusal: `evidence_missing`, where it is not there; `evidence_changed`, where it is not the one that was
                written; `evidence_unreadable`.
            FilesUnavailable: the store of files cannot be used.
        """
        try:
            with self.store.reading(written.file) as path:
                content = path.read_bytes()
        except (FileGone, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else "no such file"
            # Without the place, which is nobody's business: whoever reads a difference sees this.
            raise Refusal(
                "evidence_missing",
                f"the file of the evidence, {written.file}, is not in the store of files ({why}).",
                "Copy it into the folder evidence/ there, or evaluate the model again.",
            ) from error
        if hashlib.sha256(content).hexdigest() != written.sha256:
            raise Refusal(
                "evidence_changed",
                f"the file of the evidence, {written.file}, is not the one that was written: its digest differs.",
                "Put the original back, or evaluate the model again.",
            )
        return Evidence.from_bytes(content)

    def write(self, owner: Owner, evidence: Evidence) -> EvidenceFile:
        """Write a file, whole or not at all.

        Raises:
            OSError: there is no room, or no right to write.
            FilesUnavailable: the store of files cannot be used.
        """
        content = evidence.to_bytes()
        # Of the contents: whoever reads the file checks it against the row, and a changed one is not believed.
        sha256 = hashlib.sha256(content).hexdigest()
        whose = hashlib.sha256("\n".join(owner.key).encode()).hexdigest()
        name = f"{whose[:_NAME_CHARACTERS]}-{sha256[:_NAME_CHARACTERS]}{_ENDING}"
        partial = self.store.scratch / f".{secrets.token_hex(8)}{PART}"
        try:
            with os.fdopen(open_new(partial), "wb") as file:
                file.write(content)
                file.flush()
                # Before the row is committed: after a power cut a row must not name an empty file.
                os.fsync(file.fileno())
            self.store.keep(name, partial)
        finally:
            partial.unlink(missing_ok=True)
        return EvidenceFile(file=name, sha256=sha256, size_bytes=len(content))

    def remove(self, names: Iterable[str]) -> None:
        """Delete files whose rows are gone; what cannot be deleted is logged."""
        for name in sorted(names):
            try:
                self.store.remove(name)
            except (OSError, FilesUnavailable) as error:
                logger.warning("the evidence %s could not be deleted: %s", name, error)

    def remove_unnamed(self, named: Iterable[str], *, before: datetime) -> None:
        """Delete the files that no row names, as a crash leaves them, if they were written before a time.

        Args:
            named: files that rows name.
            before: far enough in the past that whoever wrote a file has added its row, or never will.

        Raises:
            FilesUnavailable: the store of files cannot be used.
        """
        known = set(named)
        self.remove(
            each.name
            for each in self.store.entries()
            if each.name.endswith(_ENDING) and each.name not in known and each.wanted_at < before
        )
        self.store.remove_left_over(before)
