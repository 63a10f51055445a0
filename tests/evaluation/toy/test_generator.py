"""The generated tree: the same bytes from the same seed, whatever else is drawn; cues as often as they should be."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.toy import generator
from evaluation.toy.drawing import Cues
from evaluation.toy.generator import make_toy
from evaluation.toy.shapes import CLASSES

DRAWS = 4000
LABEL = 3


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One image of each kind, so that drawing them takes no time."""
    for name in ("TRAIN_PER_CLASS", "VAL_PER_CLASS", "FEW_PER_CLASS"):
        monkeypatch.setattr(generator, name, 1)


def content(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.png"))}


@pytest.mark.usefixtures("few")
def test_the_same_seed_draws_the_same_bytes_and_another_draws_others(tmp_path: Path) -> None:
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        make_toy(tmp_path / folder, seed=seed)
    one, again, other = (content(tmp_path / folder) for folder in "abc")
    assert one == again
    assert set(one) == set(other)
    # Line art has little to differ in; nothing else is the same by chance.
    assert sum(one[name] == other[name] for name in one) == 0


@pytest.mark.usefixtures("few")
def test_no_image_depends_on_which_others_are_drawn(tmp_path: Path, toy_root: Path) -> None:
    make_toy(tmp_path)
    for name in (
        "train/heart/0000.png",
        "val/ring/0000.png",
        "val/star/0000.png",
        "mixed_rand/val/15_triangle/0000.png",
    ):
        few, many = tmp_path / "toy-shapes" / name, toy_root / "toy-shapes" / name
        assert few.exists() == many.exists() == (name != "val/ring/0000.png")
        if few.exists():
            assert few.read_bytes() == many.read_bytes()


@pytest.mark.usefixtures("few")
def test_drawing_again_repairs_and_changes_nothing_else(tmp_path: Path) -> None:
    place = make_toy(tmp_path)
    before = content(tmp_path)
    (place / "val/star/0000.png").write_bytes(b"broken")
    assert make_toy(tmp_path) == place == tmp_path / "toy-shapes"
    assert content(tmp_path) == before


@pytest.mark.usefixtures("few")
def test_progress_is_told_image_by_image(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    make_toy(tmp_path, progress=lambda done, total: told.append((done, total)))
    count = len(content(tmp_path))
    assert told == [(number + 1, count) for number in range(count)]


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="seed is -1; use 0 or more"):
        make_toy(tmp_path, seed=-1)
    assert list(tmp_path.iterdir()) == []


def test_the_whole_benchmark_stays_small(toy_root: Path) -> None:
    sizes = [path.stat().st_size for path in toy_root.rglob("*.png")]
    training = [path.stat().st_size for path in (toy_root / "toy-shapes/train").rglob("*.png")]
    expected = sum(sizes) + np.mean(training) * generator.TRAIN_PER_CLASS * len(CLASSES)
    assert expected < 200e6


def drawn(choose: generator.Choose) -> list[Cues]:
    rng = np.random.default_rng(0)
    return [choose(rng) for _ in range(DRAWS)]


def test_cues_beside_the_shape_agree_with_the_class_as_often_as_they_should() -> None:
    cues = drawn(generator._natural(LABEL))
    # A cue that was drawn at random hits the class now and then; .04 are five standard errors.
    texture, background = (
        share + (1 - share) / len(CLASSES) for share in (generator.TEXTURE_AGREES, generator.BACKGROUND_AGREES)
    )
    assert {each.shape for each in cues} == {LABEL}
    assert np.mean([each.texture == LABEL for each in cues]) == pytest.approx(texture, abs=0.04)
    assert np.mean([each.background == LABEL for each in cues]) == pytest.approx(background, abs=0.04)
    both = np.mean([each.texture == each.background == LABEL for each in cues])
    assert both == pytest.approx(texture * background, abs=0.04)


def test_mixed_images_differ_in_the_background_alone() -> None:
    same, other = drawn(generator._same(LABEL)), drawn(generator._other(LABEL))
    assert {each.background for each in same} == {LABEL}
    assert {each.background for each in other} == set(range(len(CLASSES))) - {LABEL}
    assert [each.texture == LABEL for each in same].count(True) == pytest.approx(
        [each.texture == LABEL for each in other].count(True), rel=0.1
    )


def test_foreign_styles_tell_nothing_of_the_class_beside_the_shape() -> None:
    cues = drawn(generator._any_texture(LABEL))
    for name in ("texture", "background"):
        counts = np.bincount([getattr(each, name) for each in cues], minlength=len(CLASSES))
        assert counts.max() < 1.4 * DRAWS / len(CLASSES)


def test_conflicts_have_the_texture_that_was_asked_for() -> None:
    assert {(each.shape, each.texture) for each in drawn(generator._conflict(LABEL, 9))} == {(LABEL, 9)}
