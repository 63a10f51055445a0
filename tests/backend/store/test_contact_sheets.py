"""Contact sheets are found in the folder and in what machines share, each under its own benchmark, version and name."""

from pathlib import Path

import pytest

from backend.store.contact_sheets import ContactSheets
from backend.store.file_store import FileGone
from backend.store.local_files import LocalFiles
from quba.benchmarks import contact_sheet_folder

DIGEST, OTHER = "sha256:90b75c38e42d0011", "sha256:11111111111100"


def put(folder: Path, name: str, content: bytes, key: str = "flowers", digest: str = DIGEST) -> Path:
    place = folder / contact_sheet_folder(key, digest)
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(content)
    return place / name


@pytest.fixture
def bucket(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "bucket")


def test_without_a_store_that_is_shared_there_is_the_folder_alone(tmp_path: Path) -> None:
    sheets = ContactSheets(tmp_path / "here", None)
    put(sheets.folder, "edge.png", b"edge")
    for other in ("notes.txt", ".hidden.png", "Edge.png"):
        put(sheets.folder, other, b"no sheet")
    sheets.send("flowers", DIGEST, tmp_path / "here")
    assert sheets.names("flowers", DIGEST) == ["edge"]
    assert sheets.picture("flowers", DIGEST, "edge") == b"edge"
    with pytest.raises(FileGone, match="flowers has no contact sheet sketch"):
        sheets.picture("flowers", DIGEST, "sketch")


def test_another_machine_finds_what_was_sent_and_its_own_goes_first(tmp_path: Path, bucket: LocalFiles) -> None:
    worker, service = (ContactSheets(tmp_path / each, bucket) for each in ("worker", "service"))
    for name in ("edge", "sketch"):
        put(tmp_path / "made", f"{name}.png", name.encode())
    put(tmp_path / "made", "notes.txt", b"no sheet")
    worker.send("flowers", DIGEST, tmp_path / "made")
    put(service.folder, "edge.png", b"its own")
    assert service.names("flowers", DIGEST) == ["edge", "sketch"]
    assert service.picture("flowers", DIGEST, "sketch") == b"sketch"
    assert service.picture("flowers", DIGEST, "edge") == b"its own"
    # Nothing is left half-written.
    assert all(each.suffix == ".png" for each in bucket.folder.iterdir())


def test_no_sheet_is_taken_for_that_of_another_benchmark_or_version(tmp_path: Path, bucket: LocalFiles) -> None:
    sheets = ContactSheets(tmp_path / "here", bucket)
    places = [("a", DIGEST), ("a", OTHER), ("a.b", DIGEST), ("a-b", DIGEST), ("a_b", DIGEST)]
    for number, (key, digest) in enumerate(places):
        put(tmp_path / "made", "b-edge.png", b"%d" % number, key, digest)
        sheets.send(key, digest, tmp_path / "made")
    for number, (key, digest) in enumerate(places):
        assert sheets.names(key, digest) == ["b-edge"]
        assert sheets.picture(key, digest, "b-edge") == b"%d" % number
    assert sheets.names("flowers", DIGEST) == []
    with pytest.raises(FileGone):
        sheets.picture("flowers", DIGEST, "b-edge")


def test_a_sheet_is_sent_where_it_is_new_or_another(tmp_path: Path, bucket: LocalFiles) -> None:
    sheets = ContactSheets(tmp_path / "here", bucket)
    sheet = put(tmp_path / "made", "edge.png", b"first")
    kept: list[list[tuple[str, int]]] = []
    for content in (b"first", b"first", b"made anew"):
        sheet.write_bytes(content)
        sheets.send("flowers", DIGEST, tmp_path / "made")
        assert sheets.picture("flowers", DIGEST, "edge") == content
        kept.append([(each.name, each.stat().st_ino) for each in bucket.folder.iterdir()])
    assert kept[0] == kept[1]
    assert [name for name, _ in kept[2]] == [name for name, _ in kept[0]] == ["flowers~90b75c38e42d~edge.png"]
