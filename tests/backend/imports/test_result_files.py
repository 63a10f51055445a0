"""The last file of all results: shared by its readers, replaced under them, and gone at the end."""

import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from backend.imports.result_files import ResultFiles, blocks_of, size_of


def made(files: ResultFiles, etag: str, body: bytes) -> BinaryIO:
    def write(file: BinaryIO) -> str:
        file.write(body)
        return etag

    found, file = files.new(write)
    assert found == etag
    return file


def whole(file: BinaryIO) -> bytes:
    return b"".join(blocks_of(file, 0, size_of(file)))


@pytest.fixture
def files(tmp_path: Path) -> ResultFiles:
    return ResultFiles(tmp_path / "exports")


def test_the_last_file_is_kept_by_its_etag_and_has_no_name(files: ResultFiles, tmp_path: Path) -> None:
    assert files.get("a") is None
    body = bytes(range(256)) * 3000
    assert whole(made(files, "a", body)) == body
    for _ in range(2):
        again = files.get("a")
        assert again is not None
        assert whole(again) == body
        assert again.closed
    assert files.get("b") is None
    assert list((tmp_path / "exports").iterdir()) == []
    files.close()


def test_a_part_is_read_from_its_place_whatever_others_read(files: ResultFiles) -> None:
    first, second = made(files, "a", b"0123456789"), files.get("a")
    assert second is not None
    ahead = blocks_of(first, 0, 10)
    assert list(blocks_of(second, 4, 7)) == [b"456"]
    assert list(ahead) == [b"0123456789"]
    files.close()


def test_who_reads_the_former_file_has_it_to_its_end(files: ResultFiles) -> None:
    former = made(files, "a", b"former")
    assert whole(made(files, "b", b"later")) == b"later"
    assert files.get("a") is None
    assert whole(former) == b"former"
    files.close()


def test_a_file_that_fails_takes_the_place_of_none(files: ResultFiles) -> None:
    made(files, "a", b"former").close()

    def fail(file: BinaryIO) -> str:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        files.new(fail)
    kept = files.get("a")
    assert kept is not None
    assert whole(kept) == b"former"
    files.close()


def test_closed_it_has_none_and_makes_another_if_it_must(files: ResultFiles) -> None:
    files.close()
    made(files, "a", b"one").close()
    files.close()
    assert files.get("a") is None
    made(files, "a", b"two").close()
    files.close()


def test_many_readers_and_a_writer_never_meet_half_a_file(files: ResultFiles) -> None:
    bodies = {str(number): bytes([number]) * 1000 for number in range(40)}
    made(files, "0", bodies["0"]).close()
    done, wrong = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            for etag, body in bodies.items():
                file = files.get(etag)
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
