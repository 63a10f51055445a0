from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation.datasets import DATA_SETS
from evaluation.datasets.installation.status import State
from evaluation.datasets.installation.verify import Verified, verify
from evaluation.datasets.layouts import ClassFolders

READER = ClassFolders(folder="set", names=("cat", "dog"), image_count=8, how_to_get="Run this.")
ONE = replace(DATA_SETS["edge"], folder="set", image_count=8, label_count=2, read=READER)
TWO = replace(ONE, variants=("fog/1", "snow/1"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for variant in ("", "fog/1", "snow/1"):
        for name in READER.names:
            folder = tmp_path / ("one" if not variant else "two") / "set" / variant / name
            folder.mkdir(parents=True)
            for number in range(4):
                Image.effect_noise((16, 16), 50).save(folder / f"{number}.png")
    return tmp_path


def verified(root: Path, sample: int = 100, seed: int = 0) -> Verified:
    return verify(ONE, root / "one", sample=sample, rng=np.random.default_rng(seed))


def test_all_images_are_opened_where_there_are_fewer_than_asked_for(root: Path) -> None:
    found = verified(root)
    assert (found.status.state, found.opened, found.unreadable) == (State.COMPLETE, 8, ())


@pytest.mark.parametrize("sample", [0, 1, 5])
def test_no_more_are_opened_than_asked_for(root: Path, sample: int) -> None:
    assert verified(root, sample).opened == sample


@pytest.mark.parametrize("sample", [0, 1, 2, 7, 16, 99])
def test_a_sample_is_spread_over_the_variants(root: Path, sample: int) -> None:
    found = verify(TWO, root / "two", sample=sample, rng=np.random.default_rng(0))
    assert found.opened == min(sample, 16)


def damage(root: Path, names: Sequence[str]) -> None:
    for name in names:
        path = root / "one/set/cat" / name
        path.write_bytes(path.read_bytes()[:60])


def test_images_that_cannot_be_read_to_the_end_are_named(root: Path) -> None:
    damage(root, ["0.png", "1.png"])
    (root / "one/set/cat/2.png").write_text("<html>Not found</html>")
    found = verified(root)
    assert (found.status.state, found.opened) == (State.COMPLETE, 5)
    assert sorted(fault.partition(":")[0] for fault in found.unreadable) == [
        str(root / f"one/set/cat/{number}.png") for number in range(3)
    ]


def test_the_choice_depends_on_the_seed_alone(root: Path) -> None:
    damage(root, ["0.png", "1.png", "2.png"])
    chosen = [verified(root, 3, seed).unreadable for seed in range(20)]
    assert chosen == [verified(root, 3, seed).unreadable for seed in range(20)]
    assert len(set(chosen)) > 1


def test_a_set_that_cannot_be_listed_is_counted_and_not_opened(root: Path) -> None:
    (root / "one/set/cat/0.png").unlink()
    found = verified(root)
    assert (found.status.state, found.status.found, found.opened) == (State.DAMAGED, 7, 0)
    missing = verify(ONE, root / "nowhere", sample=5, rng=np.random.default_rng(0))
    assert (missing.status.state, missing.opened) == (State.MISSING, 0)


def test_a_negative_sample_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match="sample is -1; use 0 or more"):
        verified(root, -1)


def test_kinds_of_files_are_counted(root: Path) -> None:
    folder = root / "one/set/cat"
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (16, 16)).save(folder / "0.png", exif=turned)
    Image.fromarray(np.full((16, 16), 60_000, dtype=np.uint16)).save(folder / "1.png")
    Image.new("RGBA", (16, 16)).save(folder / "2.png")
    found = verified(root)
    # The other images are grey.
    assert found.kinds == {"exif_rotated": 1, "not_rgb": 6, "transparent": 1, "deep": 1, "animated": 0}
    assert found.exif == "ignore"


def test_what_would_be_refused_in_a_run_is_refused_here(root: Path) -> None:
    Image.fromarray(np.full((16, 16), 70_000, dtype=np.int32)).save(root / "one/set/cat/0.tif")
    (root / "one/set/cat/0.png").unlink()
    (fault,) = verified(root).unreadable
    assert "0.tif: holds whole numbers of 32 bits" in fault
