"""The directory of an archive is bounded before any of its entries is read; whole archives are in tests/faults."""

import io
import struct

import pytest

from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.zip_layout import MOST_ENTRIES, directory


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
