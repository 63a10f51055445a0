from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation.own_data.contact_sheet import picture_of, share_contact_sheets, write_contact_sheet
from evaluation.own_data.working_size import Pixels
from quba.benchmarks import contact_sheet_folder

COLOURS = [np.full((20, 30, 3), number, dtype=np.uint8) for number in range(100)]


def shown(number: int) -> Pixels | None:
    return COLOURS[number]


@pytest.mark.parametrize(("count", "tiles"), [(1, 1), (7, 7), (24, 24), (100, 24)])
def test_at_most_twenty_four_at_equal_distances(tmp_path: Path, count: int, tiles: int) -> None:
    asked: list[int] = []

    def show(number: int) -> Pixels | None:
        asked.append(number)
        return shown(number)

    write_contact_sheet(tmp_path / "new" / "sheet.png", [(partial(show, each), "a\nb") for each in range(count)])
    assert len(asked) == tiles
    assert (asked[0], asked[-1]) == (0, count - 1)
    with Image.open(tmp_path / "new" / "sheet.png") as sheet:
        assert sheet.size[0] > 900


def test_the_same_images_give_the_same_bytes_whatever_their_captions_are(tmp_path: Path) -> None:
    images = [(partial(shown, each), f"tülip 花 {each}\n{'long ' * 30}\nleft out") for each in range(3)]
    for name in ("a.png", "b.png"):
        write_contact_sheet(tmp_path / name, images)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_what_cannot_be_read_is_an_empty_tile(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert picture_of(tmp_path / "broken.png") is None
    write_contact_sheet(tmp_path / "sheet.png", [(partial(picture_of, tmp_path / "broken.png"), "gone")])
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert set(np.unique(sheet[10:160, 10:160])) == {224}


def test_large_pictures_are_made_small_and_small_ones_enlarged(tmp_path: Path) -> None:
    large, small = np.full((400, 200, 3), 9, dtype=np.uint8), np.full((20, 40, 3), 9, dtype=np.uint8)
    write_contact_sheet(tmp_path / "sheet.png", [(lambda: large, ""), (lambda: small, "")])
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))[..., 0] == 9
    assert (sheet[:, :168].any(axis=1).sum(), sheet[:, :168].any(axis=0).sum()) == (160, 80)
    assert (sheet[:, 176:].any(axis=1).sum(), sheet[:, 176:].any(axis=0).sum()) == (80, 160)


def test_sheets_that_were_made_elsewhere_are_laid_where_the_service_looks(tmp_path: Path) -> None:
    made, service = tmp_path / "big-disk", tmp_path / "data" / "datasets"
    source, target = (folder / contact_sheet_folder("flowers", "sha256:1") for folder in (made, service))

    def share(shown: Path = service) -> None:
        share_contact_sheets("flowers", "sha256:1", made=made, shown=shown)

    share()
    share_contact_sheets("toy-shapes", None, made=made, shown=service)
    assert not target.exists()
    source.mkdir(parents=True)
    (source / "edge.png").write_bytes(b"first")
    (source / "images.json").write_bytes(b"no sheet")
    share()
    assert [(each.name, each.read_bytes()) for each in target.iterdir()] == [("edge.png", b"first")]
    inode = (target / "edge.png").stat().st_ino
    share()
    assert (target / "edge.png").stat().st_ino == inode
    (source / "edge.png").write_bytes(b"made anew")
    share()
    assert [(each.name, each.read_bytes()) for each in target.iterdir()] == [("edge.png", b"made anew")]
    share(shown=made)
    assert sorted(each.name for each in source.iterdir()) == ["edge.png", "images.json"]
