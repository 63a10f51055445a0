import json
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from evaluation.datasets.reading import Exif
from evaluation.own_data import kept_sets
from evaluation.own_data.kept_sets import Job, contact_sheet_path, kept_set, report_making, write_png
from evaluation.own_data.working_size import Pixels, read_pixels


class Maker:
    """Jobs that count how often they are done."""

    def __init__(self, instead: str = "") -> None:
        self.made = 0
        self.instead = instead
        self.lock = threading.Lock()

    def _make(self, number: int) -> Pixels | None:
        with self.lock:
            self.made += 1
        return None if number == 2 else np.full((5, 7, 3), 10 * number, dtype=np.uint8)

    def __call__(self) -> Sequence[Job]:
        return [
            Job(make=partial(self._make, number), label=number % 3, caption=f"{number}",
                instead=self.instead)
            for number in range(6)
        ]  # fmt: skip


def test_a_set_is_made_once_and_found_again(tmp_path: Path) -> None:
    maker = Maker()
    first, again = kept_set(tmp_path, "edge", maker), kept_set(tmp_path, "edge", maker)
    assert maker.made == 6
    assert first.paths == again.paths
    # What could not be made is left out.
    assert (first.labels.tolist(), again.labels.tolist()) == ([0, 1, 0, 1, 2],) * 2
    assert first.textures is None
    assert [int(np.asarray(read_pixels(path, exif=Exif.IGNORE))[0, 0, 0]) for path in first.paths] == [
        0,
        10,
        30,
        40,
        50,
    ]
    assert contact_sheet_path(tmp_path, "edge").is_file()
    assert [each.name for each in tmp_path.iterdir() if "unfinished" in each.name] == []


def test_whoever_waits_is_told_how_far_a_set_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_sets, "_EVERY_SECONDS", 0.0)
    told: list[str] = []
    with report_making(told.append):
        kept_set(tmp_path, "edge", Maker(), "edges of pictures")
        kept_set(tmp_path, "edge", Maker(), "edges of pictures")
    shares = (0, 17, 33, 50, 67, 83, 100)
    assert told == [f"making edges of pictures: {share} %" for share in shares]
    kept_set(tmp_path, "other", Maker())
    assert len(told) == len(shares)
    # The database is not to be written to for each image.
    monkeypatch.setattr(kept_sets, "_EVERY_SECONDS", 1000.0)
    with report_making(told.append):
        kept_set(tmp_path, "rare", Maker())
    assert told[len(shares) :] == ["making rare: 0 %"]


def test_what_could_not_be_made_may_keep_its_place(tmp_path: Path) -> None:
    found = kept_set(tmp_path, "edge", Maker(instead=str(tmp_path / "broken.jpg")))
    assert len(found.paths) == 6
    assert found.paths[2] == tmp_path / "broken.jpg"
    assert kept_set(tmp_path, "edge", Maker()).paths == found.paths


@pytest.mark.parametrize("harm", ["file", "list", "recipe", "sheet"])
def test_what_was_lost_is_made_again(tmp_path: Path, harm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = kept_set(tmp_path, "edge", Maker())
    before = [path.read_bytes() for path in kept.paths]
    maker = Maker()
    if harm == "file":
        kept.paths[0].unlink()
    elif harm == "list":
        (tmp_path / "edge" / "images.json").write_text("{")
    elif harm == "recipe":
        monkeypatch.setattr(kept_sets, "_RECIPE", 99)
    else:
        contact_sheet_path(tmp_path, "edge").unlink()
    again = kept_set(tmp_path, "edge", maker)
    assert maker.made == (0 if harm == "sheet" else 6)
    assert [path.read_bytes() for path in again.paths] == before
    assert contact_sheet_path(tmp_path, "edge").is_file()


def test_a_half_made_set_counts_as_none(tmp_path: Path) -> None:
    def stopping() -> Sequence[Job]:
        def stop() -> Pixels | None:
            raise KeyboardInterrupt

        return [Job(make=stop, label=0, caption="")]

    with pytest.raises(KeyboardInterrupt):
        kept_set(tmp_path, "edge", stopping)
    assert not (tmp_path / "edge").exists()
    assert len(kept_set(tmp_path, "edge", Maker()).paths) == 5


def test_two_at_once_make_it_once(tmp_path: Path) -> None:
    maker = Maker()
    threads = [threading.Thread(target=kept_set, args=(tmp_path, "edge", maker)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert maker.made == 6


def test_textures_are_kept_too_and_a_set_of_nothing_has_no_sheet(tmp_path: Path) -> None:
    def conflicting() -> Sequence[Job]:
        return [Job(make=lambda: np.zeros((4, 4, 3), dtype=np.uint8), label=1, texture=0, caption="")]

    assert kept_set(tmp_path, "cues", conflicting).textures is not None
    found = kept_set(tmp_path, "cues", conflicting).textures
    assert found is not None
    assert found.tolist() == [0]
    nothing = kept_set(tmp_path, "nothing", lambda: [Job(make=lambda: None, label=0, caption="")])
    assert nothing.paths == ()
    assert not contact_sheet_path(tmp_path, "nothing").exists()
    assert json.loads((tmp_path / "nothing" / "images.json").read_text())["images"] == []


def test_a_picture_is_written_without_loss_or_said_not_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = np.random.default_rng(0).integers(0, 256, (9, 5, 3), dtype=np.uint8)
    for pixels, mode in ((coloured, "RGB"), (coloured[..., :1].repeat(3, axis=2), "L")):
        write_png(tmp_path / "a.png", pixels)
        with Image.open(tmp_path / "a.png") as file:
            assert file.mode == mode
            assert np.array_equal(np.asarray(file.convert("RGB")), pixels)
    monkeypatch.setattr(cv2, "imencode", lambda *_: (False, None))
    with pytest.raises(OSError, match="could not be encoded"):
        write_png(tmp_path / "b.png", pixels)


def test_where_the_system_has_no_locks_the_set_is_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert len(kept_set(tmp_path, "edge", Maker()).paths) == 5
