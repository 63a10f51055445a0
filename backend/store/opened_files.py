"""The stores of files that the settings name."""

from pathlib import Path

from backend.settings import Settings
from backend.store.contact_sheets import ContactSheets
from backend.store.evidence_files import EvidenceFiles
from backend.store.file_cache import FileCache
from backend.store.file_store import FileStore
from backend.store.local_files import LocalFiles
from backend.store.object_files import ObjectFiles

CHECKPOINTS = "checkpoints"
EVIDENCE = "evidence"
CONTACT_SHEETS = "contact-sheets"
_CACHE = "fetched"


def checkpoint_store(settings: Settings) -> FileStore:
    """Where the files of checkpoints lie."""
    return _store(settings, CHECKPOINTS)


def evidence_store(settings: Settings) -> FileStore:
    """Where the files of evidence lie."""
    return _store(settings, EVIDENCE)


def evidence_files(settings: Settings) -> EvidenceFiles:
    """The files of evidence."""
    return EvidenceFiles(evidence_store(settings))


def contact_sheets(settings: Settings) -> ContactSheets:
    """The contact sheets of benchmarks: in this machine's folder of data sets, and in the bucket where there is one."""
    shared = None if settings.files_url is None else _store(settings, CONTACT_SHEETS)
    return ContactSheets(settings.data_dir / "datasets", shared)


def _store(settings: Settings, folder: str) -> FileStore:
    if settings.files_url is None:
        return LocalFiles(settings.data_dir / folder)
    return ObjectFiles(settings.files_url, folder, FileCache(cache_folder(settings), settings.files_cache_bytes))


def cache_folder(settings: Settings) -> Path:
    """Where a machine keeps copies of files that lie in a bucket."""
    return settings.data_dir / _CACHE
