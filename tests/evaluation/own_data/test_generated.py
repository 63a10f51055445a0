import errno
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from evaluation.datasets.dataset import DataSet, DataSetDamaged, Images
from evaluation.own_data import generated, kept_sets
from evaluation.own_data.generated import data_sets, generated_folder, sampled_images
from quba.dimension import Pass
from tests.evaluation.own_data.marked_drawings import Drawings, drawings

WITH_MASKS = {Pass.MIXED_SAME, Pass.MIXED_RAND, Pass.CUE_CONFLICT}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawings:
    return drawings(tmp_path_factory.mktemp("drawings") / "own")


@pytest.fixture
def mine(tmp_path: Path) -> Drawings:
    return drawings(tmp_path / "own")


def contents(images: Images) -> list[bytes]:
    return [path.read_bytes() for path in images.paths]


def read(data_set: DataSet, drawn: Drawings, variant: str = "") -> Images:
    return data_set.read(drawn.data, variant)


def test_sets_are_there_for_what_there_is(drawn: Drawings) -> None:
    source = drawn.source(renditions=["edge", "sketch"])
    found = data_sets(source)
    assert set(found) == {*WITH_MASKS, Pass.GENERATED}
    assert found[Pass.GENERATED].variants == ("edge", "sketch")
    assert set(data_sets(replace(source, masks=None))) == {Pass.GENERATED}
    assert data_sets(replace(source, masks=None, renditions=())) == {}
    for kind, data_set in found.items():
        assert data_set.source is kind
        assert data_set.label.startswith("Generated")
        assert data_set.own
        assert data_set.image_count == 40


def test_every_object_is_in_every_set_and_nothing_is_written_to_the_users_folder(drawn: Drawings) -> None:
    before = sorted(drawn.folder.rglob("*"))
    for kind, data_set in data_sets(drawn.source(renditions=["edge"])).items():
        for variant in data_set.variants:
            images = read(data_set, drawn, variant)
            assert np.bincount(images.labels).tolist() == [10, 10, 10, 10]
            assert (images.textures is not None) == (kind is Pass.CUE_CONFLICT)
            if images.textures is not None:
                assert (images.textures != images.labels).all()
                assert np.bincount(images.textures).min() > 5
            assert all(
                path.is_relative_to(drawn.data / "benchmarks" / "drawings" / "0123456789ab") for path in images.paths
            )
    assert sorted(drawn.folder.rglob("*")) == before


def test_neither_the_order_of_the_files_nor_the_machine_changes_a_byte(
    mine: Drawings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backwards(root: Path, variant: str) -> Images:
        images = mine.read(root, variant)
        return Images(paths=images.paths[::-1], labels=images.labels[::-1])

    monkeypatch.setattr("os.cpu_count", lambda: 1)
    ordered = {kind: each.read(tmp_path / "one", "") for kind, each in data_sets(mine.source()).items()}
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    for kind, data_set in data_sets(mine.source(read=backwards)).items():
        other = data_set.read(tmp_path / "other", "")
        assert contents(other) == contents(ordered[kind])
        assert other.labels.tolist() == ordered[kind].labels.tolist()
    sheets = [sorted((tmp_path / name).rglob("contact-sheets/*.png")) for name in ("one", "other")]
    assert [each.read_bytes() for each in sheets[0]] == [each.read_bytes() for each in sheets[1]]
    assert len(sheets[0]) == 3


def test_renditions_hold_the_same_images_as_the_clean_set_unreadable_ones_too(mine: Drawings) -> None:
    broken = mine.folder / "val" / mine.classes[1] / "03.png"
    broken.write_bytes(b"no picture")
    images = read(data_sets(mine.source(renditions=["sketch"]))[Pass.GENERATED], mine, "sketch")
    clean = mine.read(mine.folder, "")
    assert images.labels.tolist() == clean.labels.tolist()
    assert images.paths[clean.paths.index(broken)] == broken
    assert sum(path.is_relative_to(mine.data) for path in images.paths) == 39


def test_an_image_that_cannot_be_read_to_the_end_is_in_no_pair(mine: Drawings) -> None:
    cut = mine.folder / "val" / mine.classes[1] / "03.png"
    cut.write_bytes(cut.read_bytes()[:2000])
    for kind, data_set in data_sets(mine.source()).items():
        images = read(data_set, mine)
        # As the object, and as the background or the texture where it is somebody's.
        assert 38 <= len(images.paths) <= 39, kind
        assert all(path.is_relative_to(mine.data) for path in images.paths)


def test_too_few_masks_are_told_and_cost_the_set(mine: Drawings) -> None:
    (mine.folder / "masks" / mine.classes[2] / "00.png").unlink()
    for data_set in data_sets(mine.source()).values():
        with pytest.raises(
            DataSetDamaged, match="10 marked images of every class, and of 4 classes 1 has fewer: circle 9"
        ):
            read(data_set, mine)


def test_where_nothing_can_be_read_or_written_there_is_no_set(mine: Drawings, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed = data_sets(mine.source())[Pass.MIXED_SAME]
    mine.data.write_text("a file where a folder must be")
    with pytest.raises(DataSetDamaged, match="Allow writing there"):
        read(mixed, mine)
    mine.data.unlink()
    monkeypatch.setattr(generated._Objects, "before", lambda *_: None)
    with pytest.raises(DataSetDamaged, match="none of the images that it is made of can be read"):
        read(mixed, mine)


def test_a_full_disk_is_waited_for_and_not_taken_for_damage(mine: Drawings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_target: Path, _pixels: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    mixed = data_sets(mine.source())[Pass.MIXED_SAME]
    with monkeypatch.context() as patch:
        patch.setattr(kept_sets, "write_png", full)
        with pytest.raises(OSError, match="No space left"):
            read(mixed, mine)
    # Nothing is left that would keep the disk full, and there is nothing to mend once there is room.
    assert list((mine.data / "benchmarks").rglob("*.png")) == []
    assert len(read(mixed, mine).paths) == 40


def test_of_very_many_images_as_many_of_each_class_are_taken(drawn: Drawings, monkeypatch: pytest.MonkeyPatch) -> None:
    clean = drawn.read(drawn.folder, "")
    monkeypatch.setattr(generated, "MOST_IMAGES", 21)
    found = sampled_images(drawn.source(), clean)
    assert np.bincount(found.images.labels).tolist() == [6, 6, 6, 6]
    assert len(found.masks) == 24
    monkeypatch.setattr(generated, "MOST_IMAGES", 40)
    assert len(sampled_images(drawn.source(), clean).masks) == 40


def test_every_version_of_a_benchmark_has_a_folder_of_its_own() -> None:
    found = generated_folder(Path("/data"), "flowers", "sha256:0123456789abcdef")
    assert found == Path("/data/benchmarks/flowers/0123456789ab")


def test_the_background_of_a_pair_is_the_others_and_the_object_its_own(drawn: Drawings) -> None:
    images = read(data_sets(drawn.source())[Pass.MIXED_RAND], drawn)
    clean = drawn.read(drawn.folder, "")
    for number in (0, 15, 39):
        with Image.open(images.paths[number]) as made, Image.open(clean.paths[number]) as original:
            mask = drawn.folder / "masks" / clean.paths[number].relative_to(drawn.folder / "val")
            with Image.open(mask) as marked:
                inside = np.asarray(marked) > 0
            unlike = (np.asarray(made) != np.asarray(original)).any(axis=2)
        # The outline is soft.
        assert unlike[cv2.erode(inside.astype(np.uint8), np.ones((7, 7))) > 0].mean() < 0.02
        assert unlike[~inside].mean() > 0.9
