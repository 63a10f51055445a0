"""The pictures of the documents: each that is shown is there, drawn by `make pictures` in the size that is stated.

Pixels are not compared: fonts and the browser's version move them without a change of ours.
"""

import re
from pathlib import Path

import pytest
from PIL import Image

from tests.architecture.house import ROOT
from tests.browser.growth_picture import NAME as GROWTH
from tests.browser.pictures import DRAG_PICTURE, FOLDER, PICTURES, Picture
from tests.evaluation.own_data.pictures import NAME as GENERATED_SETS

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_picture_is_drawn_by_the_command() -> None:
    drawn = {DRAG_PICTURE, GENERATED_SETS, GROWTH, *(picture.name for picture in PICTURES)}
    assert {path.name for path in FOLDER.iterdir()} == drawn


def test_the_picture_of_a_drag_moves_and_is_small() -> None:
    path = FOLDER / DRAG_PICTURE
    assert path.stat().st_size < 500_000
    with Image.open(path) as drawn:
        assert getattr(drawn, "n_frames", 1) > 20


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_has_the_stated_size(picture: Picture) -> None:
    with Image.open(FOLDER / picture.name) as drawn:
        assert drawn.size == (picture.width - picture.left, picture.height)
        colours = drawn.convert("RGB").getcolors(1 << 24)
    assert colours is not None
    assert len(colours) > 50, f"{picture.name} is an empty page."


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_picture_that_a_document_shows_is_there(document: Path) -> None:
    shown = set(re.findall(r"images/([\w-]+\.(?:png|webp))", document.read_text(encoding="utf-8")))
    assert shown <= {path.name for path in FOLDER.iterdir()}
