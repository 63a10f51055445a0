"""Archives by torch.save, and what somebody might have made of one; damage of single bytes is in tests/faults."""

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.torch_archive import check_archive

Entries = dict[str, bytes]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.pt"
    torch.save({"weight": torch.full((64,), 1.5), "epoch": 3}, path)
    return path


def entries(path: Path) -> Entries:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def made(path: Path, held: Entries, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return path


def reason(path: Path) -> Reason:
    with pytest.raises(CheckpointRefused) as caught:
        check_archive(path)
    return caught.value.reason


def test_what_torch_saves_passes_and_so_does_the_same_packed_again(file: Path, tmp_path: Path) -> None:
    check_archive(file)
    check_archive(made(tmp_path / "again.pt", entries(file)))


def test_a_compressed_archive_is_refused(file: Path, tmp_path: Path) -> None:
    assert reason(made(tmp_path / "x", entries(file), zipfile.ZIP_DEFLATED)) is Reason.COMPRESSED_ZIP


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda held: held | {"net/evil.py": b""}, Reason.BAD_ENTRY),
        (lambda held: held | {"net/data/x": b""}, Reason.BAD_ENTRY),
        (lambda held: held | {"../data/0": b""}, Reason.BAD_ENTRY),
        (lambda held: held | {"other/version": b"3"}, Reason.BAD_ENTRY),
        (lambda held: held | {"net/code/a.py": b""}, Reason.PROGRAM),
        (lambda held: held | {"net/archive_format": b"pt2"}, Reason.PROGRAM),
        (lambda held: {name: each for name, each in held.items() if "data.pkl" not in name}, Reason.UNKNOWN_FORMAT),
    ],
)
def test_entries_that_torch_does_not_write_are_refused(
    file: Path, tmp_path: Path, change: Callable[[Entries], Entries], expected: Reason
) -> None:
    assert reason(made(tmp_path / "x", change(entries(file)))) is expected


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_occurs_twice_is_refused(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("net/version", b"3")
    assert reason(file) is Reason.BAD_ENTRY


def test_a_changed_byte_and_an_end_that_lacks_are_noticed(file: Path) -> None:
    content = file.read_bytes()
    at = content.index(torch.full((64,), 1.5).numpy().tobytes())
    file.write_bytes(content[:at] + b"\1" + content[at + 1 :])
    assert reason(file) is Reason.CRC_MISMATCH
    file.write_bytes(content[:-1])
    assert reason(file) is Reason.CORRUPT_ZIP


class _Runs:
    def __reduce__(self) -> tuple[object, ...]:
        return os.getcwd, ()


@pytest.mark.parametrize(
    ("pickled", "expected"),
    [
        (pickle.dumps(_Runs(), protocol=2), Reason.UNSAFE_PICKLE),
        (pickle.dumps(_Runs(), protocol=4), Reason.UNSAFE_PICKLE),
        (pickle.dumps({"a": 1}, protocol=2) + b"}.", Reason.CORRUPT_PICKLE),
        (pickle.dumps({"a": 1}, protocol=2)[:-1], Reason.CORRUPT_PICKLE),
        (b"\xff", Reason.CORRUPT_PICKLE),
        (b"", Reason.CORRUPT_PICKLE),
    ],
)
def test_a_pickle_that_does_more_than_name_tensors_is_refused(
    file: Path, tmp_path: Path, pickled: bytes, expected: Reason
) -> None:
    assert reason(made(tmp_path / "x", entries(file) | {"net/data.pkl": pickled})) is expected
