from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation.own_data.masks import read_mask
from tests.evaluation.own_data.marked_drawings import Drawings, drawings
from wellbehaved.benchmark_masks import make_masks


@pytest.fixture
def drawn(tmp_path: Path) -> Drawings:
    return drawings(tmp_path / "own", per_class=2)


def test_masks_lie_below_the_data_folder_and_say_that_they_are_approximate(drawn: Drawings) -> None:
    before = sorted(drawn.folder.rglob("*"))
    source, told = drawn.source(), list[tuple[int, int]]()
    place = source.place(drawn.data)
    made = make_masks(source.clean, source.images_root, place, progress=lambda done, all_: told.append((done, all_)))
    assert (made.made, made.there, made.unreadable) == (8, 0, ())
    assert told == [(number, 8) for number in range(1, 9)]
    assert made.folder == place / "approximate-masks"
    assert "approximate: GrabCut" in (made.folder / "approximate-masks.txt").read_text()
    for name in drawn.classes:
        for number in range(2):
            assert read_mask(made.folder / name / f"{number:02d}.png", (64, 64)).any()
    assert made.contact_sheet.is_file()
    assert made.contact_sheet.parent == place / "contact-sheets"
    assert sorted(drawn.folder.rglob("*")) == before


def test_what_somebody_corrected_by_hand_stays(drawn: Drawings, tmp_path: Path) -> None:
    source = drawn.source()
    mine = tmp_path / "mine" / drawn.classes[0] / "00.png"
    mine.parent.mkdir(parents=True)
    corrected = np.zeros((64, 64), dtype=np.uint8)
    corrected[5:9, 5:9] = 1
    Image.fromarray(corrected).save(mine)
    before = mine.read_bytes()
    made = make_masks(source.clean, source.images_root, source.place(drawn.data), to=tmp_path / "mine")
    assert (made.made, made.there, made.folder) == (7, 1, tmp_path / "mine")
    assert mine.read_bytes() == before
    again = make_masks(source.clean, source.images_root, source.place(drawn.data), to=tmp_path / "mine")
    assert (again.made, again.there) == (0, 8)


def test_an_image_that_cannot_be_read_has_no_mask_and_is_named(drawn: Drawings) -> None:
    (drawn.folder / "val" / drawn.classes[1] / "01.png").write_bytes(b"no picture")
    # A mask of another size shows as an empty tile.
    odd = drawn.source().place(drawn.data) / "approximate-masks" / drawn.classes[0] / "01.png"
    odd.parent.mkdir(parents=True)
    Image.fromarray(np.ones((3, 3), dtype=np.uint8)).save(odd)
    source = drawn.source()
    made = make_masks(source.clean, source.images_root, source.place(drawn.data))
    assert (made.made, made.there) == (6, 1)
    assert made.unreadable[0].startswith(str(drawn.folder / "val" / drawn.classes[1] / "01.png"))
    assert not (made.folder / drawn.classes[1] / "01.png").exists()


def test_without_a_readable_image_there_is_no_contact_sheet(drawn: Drawings) -> None:
    for path in (drawn.folder / "val").rglob("*.png"):
        path.write_bytes(b"no picture")
    source = drawn.source()
    made = make_masks(source.clean, source.images_root, source.place(drawn.data))
    assert (made.made, len(made.unreadable)) == (0, 8)
    assert not made.contact_sheet.exists()
