"""Every data set on a tree in its public layout: what is read, how outputs are decided, what the entries promise."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.datasets import DATA_SETS
from evaluation.datasets.class_maps import CATEGORIES, IMAGENET_9, IMAGENET_9_FOLDERS, IMAGENET_R, WNIDS
from evaluation.datasets.dataset import DataSet, DataSetDamaged, DataSetMissing, Images
from evaluation.datasets.layouts import ClassFolders
from evaluation.toy.shapes import CLASSES
from quba.dimension import Pass

TOY = tuple(key for key, each in DATA_SETS.items() if each.benchmark == "toy-shapes")
REAL = tuple(key for key, each in DATA_SETS.items() if each.benchmark == "imagenet-1k")
SIXTEEN = list(CATEGORIES)


def touch(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def one_hot(chosen: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    logits = np.zeros((len(chosen), classes), dtype=np.float32)
    logits[np.arange(len(chosen)), chosen] = 20
    return logits


# ---- what the entries promise --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", DATA_SETS)
def test_an_entry_says_everything_that_a_reader_needs(key: str) -> None:
    each = DATA_SETS[key]
    assert each.label
    assert each.licence
    assert "`wellbehaved datasets " in each.how_to_get
    assert each.how_to_get.endswith(".")
    assert not Path(each.folder).is_absolute()
    assert len(set(each.variants)) == len(each.variants) > 0


@pytest.mark.parametrize("key", DATA_SETS)
def test_a_missing_set_says_how_to_get_it(key: str, tmp_path: Path) -> None:
    each = DATA_SETS[key]
    with pytest.raises(DataSetMissing, match=r"is not there|holds no images") as caught:
        each.read(tmp_path, each.variants[0])
    assert each.how_to_get.rstrip(".") in str(caught.value)


@pytest.mark.parametrize("key", REAL)
def test_an_archive_comes_over_a_safe_connection_into_the_data_folder(key: str) -> None:
    for archive in DATA_SETS[key].archives:
        assert archive.url.startswith("https://")
        assert ".." not in archive.unpacks_to
        assert DATA_SETS[key].folder.startswith(archive.unpacks_to.removeprefix("."))
        assert archive.digest is None or archive.digest.partition(":")[0] in ("md5", "sha256")


def test_what_may_not_be_fetched_has_no_archive() -> None:
    assert {key for key, each in DATA_SETS.items() if not each.archives} == {"imagenet-val", *TOY}


def test_imagenet_c_has_its_published_parts() -> None:
    each = DATA_SETS["imagenet-c"]
    assert len(each.variants) == 75
    assert len(each.variants) * each.image_count == 3_750_000
    assert sum(archive.size or 0 for archive in each.archives) == 50_233_328_436
    assert each.variants[0] == "gaussian_noise/1"
    assert "jpeg_compression/5" in each.variants


# ---- the study's sets, in their public layouts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "counts"), [("imagenet-val", (50_000, 1000)), ("imagenet-c", (50_000, 1000)), ("imagenet-r", (30_000, 200))]
)
def test_the_large_sets_have_a_folder_per_identifier(key: str, counts: tuple[int, int], tmp_path: Path) -> None:
    each = DATA_SETS[key]
    assert isinstance(each.read, ClassFolders)
    assert (each.image_count, each.label_count) == (each.read.image_count, len(each.read.names)) == counts
    names = each.read.names
    # Two images each instead of all of them: the rest of the reader is the same.
    small = replace(each.read, image_count=2 * len(names))
    variant = each.variants[-1]
    for name in names:
        touch(tmp_path / each.folder / variant / name, ["a.JPEG", "b.JPEG"])
    images = small(tmp_path, variant)
    expected = IMAGENET_R if key == "imagenet-r" else np.arange(1000)
    assert [WNIDS[index] for index in expected.tolist()] == [path.parent.name for path in images.paths[::2]]
    assert each.decide(one_hot(np.repeat(expected, 2), 1000)).tolist() == images.labels.tolist()


def test_copies_of_imagenet_c_that_keep_the_groups_are_read(tmp_path: Path) -> None:
    reader = DATA_SETS["imagenet-c"].read
    assert isinstance(reader, ClassFolders)
    small = replace(reader, names=WNIDS[:2], image_count=2)
    for group, variant in (("weather", "fog/3"), ("digital", "pixelate/1")):
        for wnid in WNIDS[:2]:
            touch(tmp_path / "imagenet-c" / group / variant / wnid, ["a.JPEG"])
        assert len(small(tmp_path, variant).paths) == 2


def _sessions(root: Path, key: str) -> None:
    names = [f"{number:04d}_abc_dnn_0_{SIXTEEN[number % 16]}_00_n0_{number}.png" for number in range(800)]
    touch(root / "modelvshuman" / key / "dnn" / "session-1", names)


def _renditions(root: Path, key: str) -> None:
    for name in SIXTEEN:
        touch(root / "modelvshuman" / key / name, [f"{name}{number}.png" for number in range(1, 11)])


def _conflicts(root: Path, key: str) -> None:
    for name in SIXTEEN:
        files = [f"{name}{number + 1}-{SIXTEEN[number % 16]}{number // 16 + 1}.png" for number in range(80)]
        touch(root / "modelvshuman" / key / name, files)


def _mixed(root: Path, key: str) -> None:
    for name in IMAGENET_9_FOLDERS:
        touch(root / "bg_challenge" / key.replace("-", "_") / "val" / name, [f"{n}.JPEG" for n in range(450)])


SIXTEEN_SETS: dict[str, Callable[[Path, str], None]] = {
    "sketch": _sessions, "stylized": _sessions, "edge": _renditions, "silhouette": _renditions,
    "cue-conflict": _conflicts,
}  # fmt: skip


@pytest.mark.parametrize("key", SIXTEEN_SETS)
def test_the_sets_of_sixteen_categories_are_read_and_decided(key: str, tmp_path: Path) -> None:
    SIXTEEN_SETS[key](tmp_path, key)
    each = DATA_SETS[key]
    images = each.read(tmp_path, "")
    assert len(images.paths) == each.image_count
    assert each.label_count == 16
    assert np.bincount(images.labels).tolist() == [each.image_count // 16] * 16
    # Sure of one class of the right category, an oracle is right although the category may have many.
    sure = np.array([members[0] for members in CATEGORIES.values()])[images.labels]
    assert each.decide(one_hot(sure, 1000)).tolist() == images.labels.tolist()


def test_a_twelfth_of_cue_conflict_does_not_conflict(tmp_path: Path) -> None:
    _conflicts(tmp_path, "cue-conflict")
    images = DATA_SETS["cue-conflict"].read(tmp_path, "")
    assert images.textures is not None
    assert (len(images.labels), int((images.labels != images.textures).sum())) == (1280, 1200)


def test_only_cue_conflict_lets_the_last_of_equals_win() -> None:
    # Airplane and oven have one class each, so that no rounding of means comes between them.
    tied = one_hot(CATEGORIES["airplane"], 1000) + one_hot(CATEGORIES["oven"], 1000)
    assert {key: SIXTEEN[int(DATA_SETS[key].decide(tied)[0])] for key in SIXTEEN_SETS} == {
        "sketch": "airplane", "stylized": "airplane", "edge": "airplane", "silhouette": "airplane",
        "cue-conflict": "oven",
    }  # fmt: skip


@pytest.mark.parametrize("key", ["mixed-same", "mixed-rand"])
def test_the_mixed_sets_are_read_and_decided(key: str, tmp_path: Path) -> None:
    _mixed(tmp_path, key)
    each = DATA_SETS[key]
    images = each.read(tmp_path, "")
    assert (len(images.paths), each.label_count) == (4050, 9)
    first = np.array([int(np.flatnonzero(label == IMAGENET_9)[0]) for label in range(9)])
    assert each.decide(one_hot(first[images.labels], 1000)).tolist() == images.labels.tolist()
    # Tench is a fish; class 500 belongs to none.
    assert each.decide(one_hot(np.array([0, 500]), 1000)).tolist() == [8, -1]


def test_a_half_copied_set_is_damaged(tmp_path: Path) -> None:
    _renditions(tmp_path, "edge")
    (tmp_path / "modelvshuman/edge/truck/truck1.png").unlink()
    with pytest.raises(DataSetDamaged, match="truck 9"):
        DATA_SETS["edge"].read(tmp_path, "")


# ---- the toy sets, as they are drawn -------------------------------------------------------------------------------


@pytest.mark.parametrize("key", TOY)
def test_the_toy_sets_are_read_and_decided(key: str, toy_root: Path) -> None:
    each = DATA_SETS[key]
    images = each.read(toy_root, "")
    assert (len(images.paths), each.label_count) == (each.image_count, 16)
    assert each.decide(one_hot(images.labels, 16)).tolist() == images.labels.tolist()
    # The class is told by the name of a folder or of the file itself.
    last = images.paths[-1]
    assert CLASSES[int(images.labels[-1])] in f"{last.parent.name} {last.name}"


def cue_conflict(root: Path) -> tuple[DataSet, Images, NDArray[np.int64]]:
    each = DATA_SETS["toy-cue-conflict"]
    images = each.read(root, "")
    assert images.textures is not None
    return each, images, images.textures


def test_the_toy_conflicts_have_every_shape_with_every_texture(toy_root: Path) -> None:
    _, images, textures = cue_conflict(toy_root)
    pairs = set(zip(images.labels.tolist(), textures.tolist(), strict=True))
    assert len(pairs) == len(CLASSES) ** 2
    assert int((images.labels == textures).sum()) == len(CLASSES)


def test_models_that_see_one_cue_are_told_apart(toy_root: Path) -> None:
    """A decision for the shape is never one for the texture where they conflict, whichever the model goes by."""
    each, images, textures = cue_conflict(toy_root)
    conflict = images.labels != textures
    by_shape, by_texture = (each.decide(one_hot(cue, 16)) for cue in (images.labels, textures))
    assert (by_shape == images.labels)[conflict].all()
    assert not (by_texture == images.labels)[conflict].any()
    assert (by_texture == textures).all()


def test_the_toy_benchmark_makes_its_corruptions_while_it_runs() -> None:
    assert Pass.CORRUPTIONS not in {DATA_SETS[key].source for key in TOY}
