"""The directory of an archive is bounded before any of its entries is read; whole archives are in tests/faults."""

import io
import struct
import warnings
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.zip_layout import MOST_ENTRIES, directory, require_gapless


def large(*, entries: int = 3, length: int = 0, start: int = 0, **damage: int) -> bytes:
    """The end of an archive with the record for large ones, whose 64-bit numbers no other record could hold."""
    here, record_length = damage.get("here", entries), damage.get("record_length", 44)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", record_length, 45, 45, 0, 0, here, entries, length, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, damage.get("at", length + start), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return bytes(length + start if length + start < 1000 else 0) + record + locator + end


def test_the_record_for_large_archives_is_the_one_that_counts() -> None:
    data = large(entries=3, length=20, start=5)
    found = directory(io.BytesIO(data), len(data))
    assert (found.entries, found.start) == (3, 5)


@pytest.mark.parametrize("comment", [b"", b"four"])
def test_a_directory_that_announces_a_comment_is_refused(comment: bytes) -> None:
    # Whoever reads archives leniently skips it, and what lies in it with it.
    data = large()[:-2] + struct.pack("<H", 4) + comment
    with pytest.raises(CheckpointRefused, match="something follows it") as refused:
        directory(io.BytesIO(data), len(data))
    assert refused.value.reason is Reason.CORRUPT_ZIP


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_directory_must_fill_the_room_between_its_start_and_its_end(shift: int) -> None:
    # The classic form, without the record for large archives.
    data = bytes(30) + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 20, 10 + shift, 0)
    with pytest.raises(CheckpointRefused, match="before or behind") as refused:
        directory(io.BytesIO(data), len(data))
    assert refused.value.reason is Reason.CORRUPT_ZIP


@pytest.mark.parametrize("claim", [{"entries": MOST_ENTRIES + 1}, {"entries": 2**40}, {"length": 2**40}])
def test_what_it_claims_is_bounded(claim: dict[str, int]) -> None:
    data = large(**claim, at=0)
    with pytest.raises(CheckpointRefused, match="at most 20000 are read") as refused:
        directory(io.BytesIO(data), len(data))
    assert refused.value.reason is Reason.BAD_ENTRY


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"at": 7}, "before or behind its directory"),
        ({"here": 2}, "record of its directory is damaged"),
        ({"record_length": 45}, "record of its directory is damaged"),
        ({"start": 2, "length": 5, "at": 7, "entries": 1}, ""),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(damage: dict[str, int], message: str) -> None:
    data = large(**damage)
    if not message:
        assert directory(io.BytesIO(data), len(data)).start == 2
        return
    with pytest.raises(CheckpointRefused, match=message) as refused:
        directory(io.BytesIO(data), len(data))
    assert refused.value.reason is Reason.CORRUPT_ZIP


class Stream(io.RawIOBase):
    """A file that cannot be gone back in: zipfile then writes lengths and checksums behind each entry."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any bytes
        self.data += data
        return len(data)


def archive(entries: dict[str, bytes], *, streamed: bool = False) -> bytes:
    """An archive without compression, as Python's own zipfile writes it."""
    stream, file = Stream(), io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(stream if streamed else file, "w", zipfile.ZIP_STORED) as target:
            for name, content in entries.items():
                target.writestr(name, content)
    return bytes(stream.data) if streamed else file.getvalue()


def look(data: bytes) -> None:
    """What is done with a file: find its directory, let zipfile read it, and hold the entries against the bytes."""
    file = io.BytesIO(data)
    found = directory(file, len(data))
    require_gapless(file, zipfile.ZipFile(file).infolist(), found)


ENTRIES = {"m/data.pkl": b"pickle", "m/data/0": b"\0" * 40, "m/version": b"3\n", "m/ä": b""}


@pytest.mark.parametrize("streamed", [False, True])
def test_what_zipfile_writes_is_gapless(streamed: bool) -> None:
    look(archive(ENTRIES, streamed=streamed))


@given(
    names=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=9), unique=True),
    content=st.binary(max_size=50), streamed=st.booleans(),
)  # fmt: skip
def test_any_names_and_contents_are_accepted(names: list[str], content: bytes, streamed: bool) -> None:
    look(archive({name: content * number for number, name in enumerate(names)}, streamed=streamed))


@given(at=st.integers(0, 10_000), extra=st.binary(min_size=1, max_size=5), streamed=st.booleans())
def test_no_byte_more_is_accepted_anywhere_before_the_directory(at: int, extra: bytes, streamed: bool) -> None:
    whole = archive(ENTRIES, streamed=streamed)
    at %= directory(io.BytesIO(whole), len(whole)).start + 1
    with pytest.raises((CheckpointRefused, zipfile.BadZipFile)):
        look(whole[:at] + extra + whole[at:])


@given(at=st.integers(0, 10_000), count=st.integers(1, 9))
def test_no_byte_less_is_accepted_either(at: int, count: int) -> None:
    whole = archive(ENTRIES)
    at %= len(whole)
    with pytest.raises((CheckpointRefused, zipfile.BadZipFile)):
        look(whole[:at] + whole[at + count :])


@pytest.mark.parametrize("streamed", [False, True])
def test_an_entry_that_lies_under_another_name_than_in_the_directory_is_refused(streamed: bool) -> None:
    whole = archive({"m/data.pkl": b"pickle", "m/version": b"3\n"}, streamed=streamed)
    # The first occurrence is the one beside the bytes.
    renamed = whole.replace(b"m/data.pkl", b"m/evil.pkl", 1)
    with pytest.raises(CheckpointRefused, match="is called otherwise where it lies"):
        look(renamed)


def test_a_descriptor_that_contradicts_the_directory_is_refused() -> None:
    whole = bytearray(archive({"m/data.pkl": b"pickle"}, streamed=True))
    at = whole.index(b"PK\x07\x08") + 8  # behind the mark and the checksum
    whole[at] ^= 1
    with pytest.raises(CheckpointRefused, match="contradicts its directory"):
        look(bytes(whole))


def test_an_entry_that_is_listed_twice_overlaps_itself() -> None:
    file = io.BytesIO(archive({"m/a": b"1", "m/b": b"2"}))
    found = directory(file, len(file.getvalue()))
    first, _ = zipfile.ZipFile(file).infolist()
    with pytest.raises(CheckpointRefused, match="belong to none"):
        require_gapless(file, [first, first], found)
    with pytest.raises(CheckpointRefused, match="says 2 entries and holds 1"):
        require_gapless(file, [first], found)


@pytest.mark.parametrize("size", [0, 1, 21])
def test_a_file_too_short_for_an_end_is_refused(size: int) -> None:
    with pytest.raises(CheckpointRefused, match="the file is too short"):
        directory(io.BytesIO(bytes(size)), size)


@pytest.mark.parametrize(("field", "value"), [(4, 1), (6, 1), (8, 2)])
def test_an_archive_of_several_volumes_is_refused(field: int, value: int) -> None:
    whole = bytearray(archive({"m/a": b"1"}))
    struct.pack_into("<H", whole, len(whole) - 22 + field, value)
    with pytest.raises(CheckpointRefused, match="one of several volumes"):
        directory(io.BytesIO(bytes(whole)), len(whole))
