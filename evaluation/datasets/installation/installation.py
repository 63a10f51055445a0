"""Installing a data set: its archives are fetched, unpacked and removed, one after the other."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from evaluation.datasets.dataset import Archive, DataSet
from evaluation.datasets.installation.archive import ArchiveDamaged, unpack
from evaluation.datasets.installation.download import DownloadFailed, download, file_name
from evaluation.datasets.installation.lock import sole_use
from evaluation.datasets.installation.status import State, Status, status

DOWNLOADS = ".downloads"
_TIMEOUT_SECONDS = 60.0


class Watcher:
    """What an installation tells while it works; a subclass overrides what it cares for."""

    def fetching(self, name: str, present: int, total: int | None) -> None:
        """Called while an archive arrives, with its bytes so far and, if it is known, how many it has."""

    def unpacking(self, name: str, written: int) -> None:
        """Called while an archive is unpacked, with the bytes written so far."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """How files are fetched.

    Attributes:
        client: None makes one that follows redirects.
        pause: waits between two attempts.
    """

    client: httpx.Client | None = None
    pause: Callable[[float], None] = time.sleep


def install(data_set: DataSet, root: Path, *, watcher: Watcher | None = None, means: Means | None = None) -> Status:
    """Fetch and unpack a data set that is not complete; running it again continues where it ended.

    Args:
        data_set: what to install.
        root: the data folder.
        watcher: who is told.
        means: how files are fetched.

    Returns:
        What is there afterwards: complete.

    Raises:
        DownloadFailed: it may not be fetched, it could not be, or what was fetched is not the whole data set.
        UnsafeArchive: an archive holds what could do harm.
        ArchiveDamaged: an archive cannot be unpacked.
        InstallationBusy: another program is installing data sets in this folder.
        OSError: a file cannot be written.
    """
    with sole_use(root):
        # Inside the lock: what another program has just finished is not fetched again.
        before = status(data_set, root)
        if before.state is State.COMPLETE:
            return before
        if not data_set.archives:
            raise DownloadFailed(f"{data_set.label} cannot be downloaded. {data_set.how_to_get}")
        means = means or Means()
        client = means.client or httpx.Client(follow_redirects=True, timeout=_TIMEOUT_SECONDS)
        try:
            for archive in data_set.archives:
                _install(archive, root, client, means.pause, watcher or Watcher())
        finally:
            if means.client is None:
                client.close()
        for archive in data_set.archives:
            _mark(archive, root).unlink(missing_ok=True)
        after = status(data_set, root)
    if after.state is not State.COMPLETE:
        raise DownloadFailed(f"{data_set.label} was fetched and is not as it must be: {after.detail}")
    return after


def _install(
    archive: Archive, root: Path, client: httpx.Client, pause: Callable[[float], None], watcher: Watcher
) -> None:
    """Fetch and unpack one archive, unless an earlier attempt at the same data set got that far."""
    mark, name = _mark(archive, root), file_name(archive)
    if mark.exists():
        return

    def report(present: int, total: int | None) -> None:
        watcher.fetching(name, present, total)

    whole = download(archive, root / DOWNLOADS, client=client, progress=report, pause=pause)
    try:
        unpack(whole, root / archive.unpacks_to, progress=lambda written: watcher.unpacking(name, written))
    except ArchiveDamaged:
        whole.unlink()
        raise
    # Before the archive goes: a crash in between costs a deletion and not another 20 GB.
    mark.touch()
    whole.unlink()


def _mark(archive: Archive, root: Path) -> Path:
    """Stands for an archive that was unpacked while others of its data set are still to come."""
    return root / DOWNLOADS / f"{file_name(archive)}.unpacked"
