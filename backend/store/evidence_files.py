"""The files of evidence beside the database: whole or not there, nobody else's, and believed only with their digest."""

import hashlib
import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from backend.private_files import private_folder
from quba.errors import Refusal
from quba.measuring.evidence import Evidence

logger = logging.getLogger(__name__)

EVIDENCE = "evidence"
"""The folder below the data folder."""

_ENDING = ".npz"
_PART = ".part"
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
    """The files, mode 600; each is named after its owner and its contents, so that none is ever overwritten.

    Args:
        folder: where they lie; made when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, written: EvidenceFile) -> Evidence:
        """What a file holds.

        Raises:
            Refusal: `evidence_missing`, where it is not on this machine; `evidence_changed`, where it is not the one
                that was written; `evidence_unreadable`.
        """
        try:
            content = (self.folder / written.file).read_bytes()
        except OSError as error:
            raise Refusal(
                "evidence_missing",
                f"the file of the evidence, {written.file}, is not on this machine ({error.strerror}).",
                "Copy it into the folder evidence/ of the data folder, or evaluate the model again.",
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
        """
        content = evidence.to_bytes()
        # Of the contents: whoever reads the file checks it against the row, and a changed one is not believed.
        sha256 = hashlib.sha256(content).hexdigest()
        whose = hashlib.sha256("\n".join(owner.key).encode()).hexdigest()
        path = private_folder(self.folder) / f"{whose[:_NAME_CHARACTERS]}-{sha256[:_NAME_CHARACTERS]}{_ENDING}"
        # Made by tempfile, which gives it mode 600.
        with NamedTemporaryFile(dir=self.folder, prefix=".", suffix=_PART, delete=False) as file:
            partial = Path(file.name)
            try:
                file.write(content)
                file.flush()
                # Before the row is committed: after a power cut a row must not name an empty file.
                os.fsync(file.fileno())
                partial.replace(path)
            # Also Ctrl-C, which is no Exception, and must not leave a part behind either.
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        return EvidenceFile(file=path.name, sha256=sha256, size_bytes=len(content))

    def remove(self, names: Iterable[str]) -> None:
        """Delete files whose rows are gone; what cannot be deleted is logged."""
        for name in sorted(names):
            try:
                (self.folder / name).unlink(missing_ok=True)
            except OSError as error:
                logger.warning("the evidence %s could not be deleted: %s", name, error)

    def remove_unnamed(self, named: Iterable[str], *, before: datetime) -> None:
        """Delete the files that no row names, as a crash leaves them, if they were written before a time.

        Args:
            named: files that rows name.
            before: far enough in the past that whoever wrote a file has added its row, or never will.
        """
        known = set(named)
        unnamed = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            # Another process may delete the same at the same time.
            with suppress(FileNotFoundError):
                ours = path.suffix in (_ENDING, _PART)
                if ours and path.name not in known and path.stat().st_mtime < before.timestamp():
                    unnamed.append(path.name)
        self.remove(unnamed)
