"""Unpacking archives that mean well, that mean harm, and that are broken."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluation.datasets.installation.archive import ArchiveDamaged, Limit, UnsafeArchive, entries, unpack
from tests.quba.changed_bytes import with_one_byte_changed

FILES = {"set/cat/1.png": b"one", "set/dog 2/2.png": b"two" * 1000, "set/README": b""}
Pack = Callable[..., bytes]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kept(folder: Path, content: bytes, name: str = "set.tar") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def zipped(*members: tuple[str, bytes, int]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, content)
    return buffer.getvalue()


def tar_of(*members: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, *, size: int = 0, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, link
    return info


# ---- what means well -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compressed", [True, False])
def test_a_tar_file_is_unpacked(tmp_path: Path, tarred: Pack, compressed: bool) -> None:
    told: list[int] = []
    archive = kept(tmp_path, tarred(FILES, compressed=compressed))
    assert unpack(archive, tmp_path / "to", progress=told.append) == 3
    assert tree(tmp_path / "to") == FILES
    assert told == [3, 3003, 3003]


def test_a_zip_file_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    members = [(name, content, 0) for name, content in FILES.items()]
    archive = kept(tmp_path, zipped(("set/", b"", 0), *members), "set.bin")
    assert unpack(archive, tmp_path / "to") == 3
    assert tree(tmp_path / "to") == FILES


def test_folders_that_are_entries_of_their_own_are_made(tmp_path: Path) -> None:
    archive = kept(tmp_path, tar_of(member("empty", tarfile.DIRTYPE), member("./empty/deep", tarfile.DIRTYPE)))
    assert unpack(archive, tmp_path / "to") == 0
    assert (tmp_path / "to/empty/deep").is_dir()


def test_what_is_there_is_replaced_and_what_is_not_in_the_archive_is_left(tmp_path: Path, tarred: Pack) -> None:
    place = tmp_path / "to/set/cat"
    place.mkdir(parents=True)
    (place / "1.png").write_bytes(b"old")
    (place / "mine.txt").write_bytes(b"mine")
    unpack(kept(tmp_path, tarred(FILES)), tmp_path / "to")
    assert tree(tmp_path / "to") == {**FILES, "set/cat/mine.txt": b"mine"}


def test_the_shadows_that_macos_packs_are_left_out(tmp_path: Path, tarred: Pack) -> None:
    unpack(kept(tmp_path, tarred({**FILES, "set/cat/._1.png": b"shadow"})), tmp_path / "to")
    assert tree(tmp_path / "to") == FILES


def test_the_rest_of_an_attempt_that_was_killed_is_cleared_away(tmp_path: Path, tarred: Pack) -> None:
    left = tmp_path / "to/.unpacking-set.tar/junk"
    left.mkdir(parents=True)
    unpack(kept(tmp_path, tarred(FILES)), tmp_path / "to")
    assert not left.parent.exists()
    assert not (tmp_path / "to/junk").exists()


def test_entries_are_told_in_order_with_their_content(tmp_path: Path, tarred: Pack) -> None:
    found = {}
    for entry in entries(kept(tmp_path, tarred(FILES))):
        source = entry.open()
        assert source is not None
        found[entry.name] = source.read()
    assert found == FILES


# ---- what means harm -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out", "C:/out", "a\\..\\out", "a\nb", "..", "a/.."])
def test_an_entry_that_leads_out_is_refused_and_nothing_is_unpacked(tmp_path: Path, name: str) -> None:
    archive = kept(tmp_path, tar_of(member("fine", size=3), member(name, size=3)))
    with pytest.raises(UnsafeArchive, match="leads out of the folder"):
        unpack(archive, tmp_path / "in/to")
    assert list((tmp_path / "in").iterdir()) == [tmp_path / "in/to"]
    assert list((tmp_path / "in/to").iterdir()) == []


@pytest.mark.parametrize(
    "harm",
    [
        member("link", tarfile.SYMTYPE, link="/etc"),
        member("link", tarfile.LNKTYPE, link="fine"),
        member("pipe", tarfile.FIFOTYPE),
        member("device", tarfile.CHRTYPE),
    ],
    ids=lambda info: info.type.decode(),
)
def test_links_and_devices_are_refused(tmp_path: Path, harm: tarfile.TarInfo) -> None:
    with pytest.raises(UnsafeArchive, match="link or a device"):
        unpack(kept(tmp_path, tar_of(member("fine", size=3), harm)), tmp_path / "to")
    assert tree(tmp_path / "to") == {}


def test_links_in_a_zip_file_are_refused(tmp_path: Path) -> None:
    archive = kept(tmp_path, zipped(("link", b"/etc", stat.S_IFLNK | 0o777)))
    with pytest.raises(UnsafeArchive, match="link or a device"):
        unpack(archive, tmp_path / "to")


def test_plain_files_of_a_zip_file_may_say_that_they_are(tmp_path: Path) -> None:
    assert unpack(kept(tmp_path, zipped(("a", b"x", stat.S_IFREG | 0o644))), tmp_path / "to") == 1


def test_a_bomb_is_stopped_while_it_goes_off(tmp_path: Path) -> None:
    archive = kept(tmp_path, zipped(("bomb", b"\0" * (8 << 20), 0)))
    assert archive.stat().st_size < 1 << 20
    with pytest.raises(UnsafeArchive, match="holds more than 1048576 bytes"):
        unpack(archive, tmp_path / "to", limit=Limit(growth=1, least_bytes=1 << 20))
    assert tree(tmp_path / "to") == {}


def test_what_grows_no_more_than_it_may_is_unpacked(tmp_path: Path) -> None:
    archive = kept(tmp_path, tar_of(member("a", size=100)))
    assert unpack(archive, tmp_path / "to", limit=Limit(growth=1, least_bytes=0)) == 1


def test_too_many_entries_are_refused(tmp_path: Path, tarred: Pack) -> None:
    with pytest.raises(UnsafeArchive, match="more than 2 entries"):
        unpack(kept(tmp_path, tarred(FILES)), tmp_path / "to", limit=Limit(entries=2))


@pytest.mark.parametrize(
    "members",
    [
        (member("a", size=1), member("a/b", size=1)),
        (member("a/b", size=1), member("a", size=1)),
        (member("a", size=1), member("a", tarfile.DIRTYPE)),
    ],
)
def test_a_file_that_is_a_folder_as_well_is_refused(tmp_path: Path, members: tuple[tarfile.TarInfo, ...]) -> None:
    with pytest.raises(UnsafeArchive, match="as a file and as a folder"):
        unpack(kept(tmp_path, tar_of(*members)), tmp_path / "to")


# ---- what is broken ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"no archive at all" * 100, b"PK\x03\x04 nor this", b"\x1f\x8b\x08 nor this"])
def test_what_is_no_archive_is_damaged(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArchiveDamaged, match="Delete it and fetch it again"):
        unpack(kept(tmp_path, content), tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []


@pytest.mark.parametrize("compressed", [True, False])
def test_an_archive_that_ends_too_early_leaves_nothing_behind(tmp_path: Path, tarred: Pack, compressed: bool) -> None:
    noise = {f"{number}.png": bytes((number * 7 + place * place) % 251 for place in range(5000)) for number in range(4)}
    content = tarred(noise, compressed=compressed)
    with pytest.raises(ArchiveDamaged):
        unpack(kept(tmp_path, content[: len(content) // 3]), tmp_path / "to")
    assert tree(tmp_path / "to") == {}


def test_wherever_a_byte_of_a_zip_file_was_changed_it_is_unpacked_or_refused(tmp_path: Path) -> None:
    damaged = 0
    for number, changed in enumerate(with_one_byte_changed(zipped(("a", b"some text", 0), ("b", b"more", 0)))):
        try:
            unpack(kept(tmp_path, changed), tmp_path / f"to-{number}")
        except (ArchiveDamaged, UnsafeArchive):
            damaged += 1
    assert damaged > 0


def test_a_zip_file_with_a_wrong_checksum_is_damaged(tmp_path: Path) -> None:
    content = bytearray(zipped(("a", bytes(range(256)) * 40, 0)))
    content[40] ^= 255
    with pytest.raises(ArchiveDamaged):
        unpack(kept(tmp_path, bytes(content)), tmp_path / "to")
    assert tree(tmp_path / "to") == {}
