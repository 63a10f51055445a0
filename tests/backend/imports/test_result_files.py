"""The last file of all results: shared by its readers, replaced under them, and gone at the end."""

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from backend.imports.result_files import ResultFiles, blocks_of, size_of

OPEN_FILES = Path("/proc/self/fd")
LISTS_OPEN_FILES = pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="this system does not list a process's files")


def made(files: ResultFiles, etag: str, body: bytes) -> BinaryIO:
    def write(file: BinaryIO) -> str:
        file.write(body)
        return etag

    found, file = files.new("csv", write)
    assert found == etag
    return file


def open_files(folder: Path) -> int:
    """How many files of a folder this process has open, with a name or without."""
    found = 0
    for each in OPEN_FILES.iterdir():
        with suppress(FileNotFoundError):
            found += str(each.readlink()).startswith(str(folder))
    return found


def whole(file: BinaryIO) -> bytes:
    return b"".join(blocks_of(file, 0, size_of(file)))


@pytest.fixture
def files(tmp_path: Path) -> ResultFiles:
    return ResultFiles(tmp_path / "exports")


def test_the_last_file_is_kept_by_its_etag_and_has_no_name(files: ResultFiles, tmp_path: Path) -> None:
    assert files.get("csv", "a") is None
    body = bytes(range(256)) * 3000
    assert whole(made(files, "a", body)) == body
    for _ in range(2):
        again = files.get("csv", "a")
        assert again is not None
        assert whole(again) == body
        assert again.closed
    assert files.get("csv", "b") is None
    assert list((tmp_path / "exports").iterdir()) == []
    files.close()


def test_a_part_is_read_from_its_place_whatever_others_read(files: ResultFiles) -> None:
    first, second = made(files, "a", b"0123456789"), files.get("csv", "a")
    assert second is not None
    ahead = blocks_of(first, 0, 10)
    assert list(blocks_of(second, 4, 7)) == [b"456"]
    assert list(ahead) == [b"0123456789"]
    files.close()


def test_who_reads_the_former_file_has_it_to_its_end(files: ResultFiles) -> None:
    former = made(files, "a", b"former")
    assert whole(made(files, "b", b"later")) == b"later"
    assert files.get("csv", "a") is None
    assert whole(former) == b"former"
    files.close()


def test_a_file_that_fails_takes_the_place_of_none(files: ResultFiles) -> None:
    made(files, "a", b"former").close()

    def fail(file: BinaryIO) -> str:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        files.new("csv", fail)
    kept = files.get("csv", "a")
    assert kept is not None
    assert whole(kept) == b"former"
    files.close()


@LISTS_OPEN_FILES
def test_each_kind_has_its_own_and_one_whose_data_have_changed_is_given_up(files: ResultFiles, tmp_path: Path) -> None:
    def write(file: BinaryIO) -> str:
        file.write(b"other")
        return "a"

    made(files, "a", b"one").close()
    files.new("parquet", write)[1].close()
    assert open_files(tmp_path) == 2
    assert files.get("csv", "b") is None
    assert open_files(tmp_path) == 1
    assert files.get("csv", "a") is None
    kept = files.get("parquet", "a")
    assert kept is not None
    assert whole(kept) == b"other"
    files.close()
    assert open_files(tmp_path) == 0


@LISTS_OPEN_FILES
def test_a_file_is_given_up_after_a_while(tmp_path: Path) -> None:
    files = ResultFiles(tmp_path / "exports", seconds=0.05)
    made(files, "a", b"one").close()
    deadline = time.monotonic() + 60
    while open_files(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert files.get("csv", "a") is None


def test_closed_it_has_none_and_makes_another_if_it_must(files: ResultFiles) -> None:
    files.close()
    made(files, "a", b"one").close()
    files.close()
    assert files.get("csv", "a") is None
    made(files, "a", b"two").close()
    files.close()


def test_many_readers_and_a_writer_never_meet_half_a_file(files: ResultFiles) -> None:
    bodies = {str(number): bytes([number]) * 1000 for number in range(40)}
    made(files, "0", bodies["0"]).close()
    done, wrong = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            for etag, body in bodies.items():
                file = files.get("csv", etag)
                if file is not None and whole(file) != body:
                    wrong.append(etag)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for etag, body in bodies.items():
        made(files, etag, body).close()
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    files.close()
