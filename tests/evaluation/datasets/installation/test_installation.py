"""Installing a data set from a server: fetched, unpacked, cleaned up, continued after anything."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from evaluation.datasets import DATA_SETS
from evaluation.datasets.dataset import Archive, DataSet
from evaluation.datasets.installation import installation as module
from evaluation.datasets.installation.archive import ArchiveDamaged, UnsafeArchive
from evaluation.datasets.installation.download import DownloadFailed
from evaluation.datasets.installation.installation import DOWNLOADS, Means, Watcher, install
from evaluation.datasets.installation.lock import InstallationBusy, sole_use
from evaluation.datasets.installation.status import State
from evaluation.datasets.layouts import ClassFolders

CATS = {"fog/1/cat/1.png": b"cat", "fog/1/dog/1.png": b"dog"}
DOGS = {"snow/1/cat/1.png": b"cat", "snow/1/dog/1.png": b"dog"}
READER = ClassFolders(folder="set", names=("cat", "dog"), image_count=2, how_to_get="Run this.")
Site = Any  # Its class lives in conftest.py, which cannot be imported from.
Pack = Callable[..., bytes]


@pytest.fixture
def data_set(site: Site, tarred: Pack) -> DataSet:
    """Two variants, each in an archive of its own."""
    archives = []
    for name, files in (("fog.tar.gz", CATS), ("snow.tar", DOGS)):
        content = tarred(files, compressed=name.endswith("gz"))
        site.content[f"/{name}"] = content
        digest = f"md5:{hashlib.md5(content).hexdigest()}"
        archives.append(Archive(url=f"{site.url}/{name}", size=len(content), digest=digest, unpacks_to="set"))
    return replace(
        DATA_SETS["edge"],
        variants=("fog/1", "snow/1"),
        folder="set",
        image_count=2,
        archives=tuple(archives),
        read=READER,
    )


@pytest.fixture
def means(client: httpx.Client) -> Means:
    return Means(client=client, pause=lambda _: None)


def left_over(root: Path) -> list[str]:
    return sorted(path.name for path in (root / DOWNLOADS).iterdir())


class Told(Watcher):
    def __init__(self) -> None:
        self.fetched: set[str] = set()
        self.unpacked: set[str] = set()

    def fetching(self, name: str, present: int, total: int | None) -> None:
        self.fetched.add(name)
        assert total is not None
        assert 0 < present <= total

    def unpacking(self, name: str, written: int) -> None:
        self.unpacked.add(name)
        assert written > 0


def test_a_set_is_fetched_unpacked_and_complete(data_set: DataSet, means: Means, tmp_path: Path) -> None:
    told = Told()
    found = install(data_set, tmp_path, watcher=told, means=means)
    assert (found.state, found.found) == (State.COMPLETE, 4)
    assert told.fetched == told.unpacked == {"fog.tar.gz", "snow.tar"}
    assert left_over(tmp_path) == []


def test_a_complete_set_is_left_alone(data_set: DataSet, means: Means, site: Site, tmp_path: Path) -> None:
    install(data_set, tmp_path, means=means)
    asked = len(site.asked)
    assert install(data_set, tmp_path, means=means).state is State.COMPLETE
    assert len(site.asked) == asked


def test_a_client_is_made_where_none_is_given(
    data_set: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert install(data_set, tmp_path, watcher=Watcher()).state is State.COMPLETE


def test_an_archive_that_was_unpacked_is_not_fetched_again(
    data_set: DataSet, means: Means, site: Site, tmp_path: Path
) -> None:
    site.script = [site.well] + [site.says(503)] * 10
    with pytest.raises(DownloadFailed, match="snow"):
        install(data_set, tmp_path, means=means)
    assert left_over(tmp_path) == ["fog.tar.gz.unpacked"]
    site.script, site.asked = [], []
    assert install(data_set, tmp_path, means=means).state is State.COMPLETE
    assert len(site.asked) == 1
    assert left_over(tmp_path) == []


def test_a_set_that_was_deleted_is_fetched_again(data_set: DataSet, means: Means, tmp_path: Path) -> None:
    install(data_set, tmp_path, means=means)
    (tmp_path / "set/fog/1/cat/1.png").unlink()
    assert install(data_set, tmp_path, means=means).state is State.COMPLETE


def test_a_set_that_may_not_be_fetched_says_how_to_get_it(means: Means, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"cannot be downloaded\. Register at image-net\.org"):
        install(DATA_SETS["imagenet-val"], tmp_path, means=means)


def test_archives_that_do_not_make_the_set_are_told(data_set: DataSet, means: Means, tmp_path: Path) -> None:
    short = replace(data_set, archives=data_set.archives[:1])
    with pytest.raises(DownloadFailed, match="was fetched and is not as it must be: 1 of 2 parts"):
        install(short, tmp_path, means=means)
    assert left_over(tmp_path) == []


def test_a_damaged_archive_is_removed_so_that_the_next_attempt_gets_another(
    data_set: DataSet, means: Means, site: Site, tmp_path: Path
) -> None:
    unknown = replace(data_set, archives=tuple(replace(each, size=None, digest=None) for each in data_set.archives))
    sound, site.content["/fog.tar.gz"] = site.content["/fog.tar.gz"], b"<html>Sorry</html>"
    with pytest.raises(ArchiveDamaged):
        install(unknown, tmp_path, means=means)
    assert left_over(tmp_path) == []
    site.content["/fog.tar.gz"] = sound
    assert install(unknown, tmp_path, means=means).state is State.COMPLETE


def test_an_unsafe_archive_stays_packed_for_somebody_to_look_at(
    data_set: DataSet, means: Means, site: Site, tarred: Pack, tmp_path: Path
) -> None:
    unknown = replace(data_set, archives=tuple(replace(each, size=None, digest=None) for each in data_set.archives))
    site.content["/fog.tar.gz"] = tarred({"../escaped": b"x"})
    with pytest.raises(UnsafeArchive):
        install(unknown, tmp_path / "data", means=means)
    assert left_over(tmp_path / "data") == ["fog.tar.gz"]
    assert not (tmp_path / "escaped").exists()


def test_two_installations_do_not_meet(data_set: DataSet, means: Means, tmp_path: Path) -> None:
    with sole_use(tmp_path), pytest.raises(InstallationBusy):
        install(data_set, tmp_path, means=means)


def test_a_watcher_need_not_care(data_set: DataSet, means: Means, tmp_path: Path) -> None:
    assert module.install(data_set, tmp_path, means=means).found == 4
