"""Files in a bucket: whole or not there, held against their digests, and a sentence for whatever is wrong."""

import hashlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest

from backend.private_files import private_folder
from backend.store.engine import _IDLE_SECONDS, BUSY_TIMEOUT_SECONDS
from backend.store.file_cache import FileCache
from backend.store.file_store import PART, FileChanged, FileGone, FilesFull, FilesUnavailable
from backend.store.object_files import ObjectFiles
from tests.object_server import READER, ObjectServer

Opened = Callable[..., ObjectFiles]


@pytest.fixture
def opened(object_server: ObjectServer, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    def found(machine: str = "one", user: str = "writer", url: str = f"s3://{bucket}/some/where") -> ObjectFiles:
        for name, value in object_server.environment(user).items():
            monkeypatch.setenv(name, value)
        return ObjectFiles(url, "checkpoints", FileCache(tmp_path / machine, 10 * 1024**2))

    return found


def keep(files: ObjectFiles, name: str, content: bytes) -> str:
    part = private_folder(files.scratch) / f"new{PART}"
    part.write_bytes(content)
    files.keep(name, part)
    assert not part.exists()
    return hashlib.sha256(content).hexdigest()


def content(files: ObjectFiles, name: str) -> bytes:
    with files.reading(name) as path:
        return path.read_bytes()


def test_what_one_machine_keeps_another_reads_and_fetches_once(opened: Opened, tmp_path: Path) -> None:
    here, there = opened("one"), opened("two")
    assert str(here).endswith("/some/where/checkpoints")
    assert not here.held("a.original")
    with pytest.raises(FileGone, match=r"a\.original is not in s3://"), there.reading("a.original"):
        pass
    # Larger than a part, so that it travels in several.
    digest = keep(here, "a.original", os.urandom(9 * 1024**2))
    assert there.held("a.original")
    with there.reading("a.original") as path:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
        assert path.stat().st_mode & 0o777 == 0o600
        made = path.stat().st_mtime_ns, path.stat().st_ino
    with there.reading("a.original") as path:
        assert path.stat().st_ino == made[1]
    assert [each.name for each in (tmp_path / "two").iterdir()] == [digest]
    assert content(here, "a.original") == content(there, "a.original")
    here.remove("a.original")
    here.remove("a.original")
    # What is gone is never served from a copy.
    with pytest.raises(FileGone), there.reading("a.original"):
        pass
    assert list((tmp_path / "one").iterdir()) == []


def test_files_are_listed_with_the_time_they_were_wanted(opened: Opened) -> None:
    files = opened()
    before = datetime.now(UTC) - timedelta(minutes=5)
    keep(files, "b.safetensors", b"bb")
    keep(files, "a.original", b"a")
    files.check(writing=True)
    assert [(each.name, each.size_bytes) for each in files.entries()] == [("a.original", 1), ("b.safetensors", 2)]
    first = files.entries("b.")[0].wanted_at
    assert first > before
    while (again := files.entries("b.")[0].wanted_at) == first:
        files.renew("b.safetensors")  # times are in whole seconds
    assert again > first
    files.remove("b.safetensors")
    assert [each.name for each in files.entries()] == ["a.original"]


def test_a_file_of_another_digest_is_refused_and_leaves_nothing(
    opened: Opened, object_server: ObjectServer, bucket: str, tmp_path: Path
) -> None:
    files = opened()
    digest = keep(files, "a.original", b"mine")
    store = object_server.store(bucket, "some/where/checkpoints")
    other = opened("two")
    for swapped in (b"theirs", b"", b"longer than before"):
        obstore.put(store, "a.original", swapped, attributes={"sha256": digest})
        with pytest.raises(FileChanged, match="its sha256 differs") as changed, other.reading("a.original"):
            pass
        assert (changed.value.code, "uploaded again" in changed.value.hint) == ("file_changed", True)
        assert list((tmp_path / "two").glob("*")) == []
    obstore.put(store, "a.original", b"no digest")
    with pytest.raises(FileChanged), other.reading("a.original"):
        pass
    # As an object that was copied here without its metadata: it is kept anew, and nobody who asks for it breaks off.
    assert not other.held("a.original")
    keep(other, "a.original", b"mine")
    assert other.held("a.original")
    other.remove("a.original")
    assert not other.held("a.original")


def test_a_bucket_that_is_not_there_is_named(opened: Opened) -> None:
    files = opened(url="s3://nowhere-at-all")
    for ask in (files.check, files.entries, lambda: files.held("a"), lambda: keep(files, "a", b"a")):
        with pytest.raises(FilesUnavailable, match="bucket nowhere-at-all of WELLBEHAVED_FILES_URL does not exist"):
            ask()


def test_who_may_only_read_learns_which_rights_are_missing(opened: Opened, tmp_path: Path) -> None:
    keep(opened(), "a", b"a")
    files = opened("reader", user=READER)
    assert content(files, "a") == b"a"
    files.check()
    with pytest.raises(FilesUnavailable, match=r"refuses these keys \(AccessDenied\).* let them read, write"):
        keep(files, "b", b"b")
    with pytest.raises(FilesUnavailable, match="refuses these keys"):
        files.check(writing=True)
    # What could not be kept is still where it was written, for whoever wrote it to delete.
    assert (tmp_path / "reader" / f"new{PART}").exists()
    with pytest.raises(FilesUnavailable, match="InvalidAccessKeyId"):
        opened("nobody", user="nobody").check()


def test_a_store_that_is_away_or_silent_says_so_in_time(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    files = opened()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(FilesUnavailable, match=r"does not answer.*AWS_ENDPOINT_URL"):
        files.check()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(FilesUnavailable, match="does not answer"):
            files.check()


@pytest.fixture
def full_endpoint() -> Iterator[str]:
    """A store that has no room, as some say it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    body = b"<Error><Code>XMinioStorageFull</Code></Error>"
                    connection.sendall(b"HTTP/1.1 507 Insufficient Storage\r\nConnection: close\r\n")
                    connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_full_store_is_told_from_a_missing_one(
    opened: Opened, full_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = opened()
    monkeypatch.setenv("AWS_ENDPOINT_URL", full_endpoint)
    with pytest.raises(FilesFull, match=r"has no room \(XMinioStorageFull\).*raise its quota"):
        files.check()


def test_copies_that_nobody_opens_go(opened: Opened, tmp_path: Path) -> None:
    files = opened()
    keep(files, "a", b"a")
    files.remove_left_over(datetime.now(UTC) - timedelta(days=1))
    assert len(list((tmp_path / "one").iterdir())) == 1
    files.remove_left_over(datetime.now(UTC) + timedelta(days=1))
    assert list((tmp_path / "one").iterdir()) == []
    assert content(files, "a") == b"a"


def test_without_the_extra_the_way_to_it_is_named(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore.store", None)
    with pytest.raises(FilesUnavailable, match=r"wellbehaved\[s3\]"):
        opened().check()


def test_one_that_falls_silent_within_a_transaction_is_given_up_in_time(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the others a silent request takes a minute, three times; of these it fails by itself before a writer does."""
    files = opened()
    keep(files, "a.original", b"old")
    within, beyond = files.impatient._store, files._store
    assert within.client_options is not None
    assert (within.client_options["read_timeout"], within.client_options["timeout"]) == ("10s", "10s")
    assert within.retry_config is not None
    assert within.retry_config["max_retries"] == 0
    assert beyond.client_options is not None
    assert beyond.client_options["timeout"] == "6h"
    # Of SQLite's other writers, and of Postgres for a transaction that does nothing.
    assert min(BUSY_TIMEOUT_SECONDS, _IDLE_SECONDS) > 10
    assert files.impatient is files.impatient
    assert content(files.impatient, "a.original") == b"old"
    monkeypatch.setattr("backend.store.object_files._PATIENCE_OF_TRANSACTIONS", timedelta(seconds=0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        fallen = ObjectFiles(f"s3://{files._bucket}", "checkpoints", files._cache).impatient
        with pytest.raises(FilesUnavailable, match="does not answer"):
            keep(fallen, "b.original", b"new")
