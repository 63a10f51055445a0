import hashlib
from pathlib import Path

import pytest
from PIL import Image

from evaluation.toy import generator
from evaluation.toy.shapes import CLASSES


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.png"))
    }


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in (("TRAIN_PER_CLASS", 1), ("VAL_PER_CLASS", 2), ("FEW_PER_CLASS", 1)):
        monkeypatch.setattr(generator, name, count)


@pytest.mark.usefixtures("few")
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    one = digest(generator.make_toy(tmp_path / "1", progress=lambda done, total: told.append((done, total))))
    two = digest(generator.make_toy(tmp_path / "2"))
    three = digest(generator.make_toy(tmp_path / "3", seed=1))
    assert one == two
    assert one.keys() == three.keys()
    assert all(one[name] != three[name] for name in one)
    assert told == [(number + 1, len(one)) for number in range(len(one))]


@pytest.mark.usefixtures("few")
def test_an_image_does_not_depend_on_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = digest(generator.make_toy(tmp_path / "1"))
    monkeypatch.setattr(generator, "TRAIN_PER_CLASS", 2)
    large = digest(generator.make_toy(tmp_path / "2"))
    assert small.items() <= large.items()


def test_the_layout_is_that_of_the_real_sets(toy_root: Path) -> None:
    place = toy_root / generator.ROOT
    assert sorted(each.name for each in place.iterdir()) == [
        "cue-conflict", "edge", "mixed_rand", "mixed_same", "renditions", "silhouette", "sketch",
        "stylized", "train", "val",
    ]  # fmt: skip
    assert len(list((place / "val").rglob("*.png"))) == 16 * generator.VAL_PER_CLASS
    assert len(list((place / "cue-conflict").rglob("*.png"))) == 16 * 16
    assert (place / "cue-conflict" / "heart" / "heart3-circle11.png").is_file()
    assert (place / "mixed_rand" / "val" / "02_circle" / "0000.png").is_file()
    with Image.open(place / "val" / CLASSES[0] / "0000.png") as image:
        assert image.mode == "RGB"


def test_bad_seed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"seed is -1; use 0 or more"):
        generator.make_toy(tmp_path, seed=-1)
