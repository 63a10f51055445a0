"""The readers on small trees: what they find, in which order, and what they say of every way to be wrong."""

from pathlib import Path

import pytest

from evaluation.datasets.dataset import DataSetDamaged, DataSetMissing
from evaluation.datasets.layouts import ClassFolders, SessionFiles, count_images, image_files

NEXT = "Run this."
NAMES = ("cat", "dog")
PAIR = ClassFolders(folder="set", names=NAMES, image_count=4, how_to_get=NEXT)
GROUPED = ClassFolders(folder="set", names=NAMES, image_count=2, how_to_get=NEXT, groups={"fog": "weather"})
CUES = ClassFolders(folder="set", names=NAMES, image_count=4, how_to_get=NEXT, textures=True)
SESSION = SessionFiles(folder="set", names=NAMES, image_count=4, how_to_get=NEXT)


def fill(root: Path, *files: str) -> Path:
    for file in files:
        path = root / "set" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def four(root: Path) -> Path:
    return fill(root, "dog/2.png", "dog/10.png", "cat/b.JPEG", "cat/a.jpg")


# ---- one folder per label ------------------------------------------------------------------------------------------


def test_images_come_label_by_label_and_then_by_name(tmp_path: Path) -> None:
    images = PAIR(four(tmp_path), "")
    assert [path.relative_to(tmp_path / "set").as_posix() for path in images.paths] == [
        "cat/a.jpg", "cat/b.JPEG", "dog/10.png", "dog/2.png",
    ]  # fmt: skip
    assert images.labels.tolist() == [0, 0, 1, 1]
    assert images.textures is None


def test_what_is_no_image_is_passed_over(tmp_path: Path) -> None:
    fill(four(tmp_path), "README.txt", ".DS_Store", "cat/._a.jpg", "cat/Thumbs.db", ".git/x", "dog/deep/er.png")
    assert len(PAIR(tmp_path, "").paths) == 4


def test_avif_and_jpeg_2000_are_images_by_their_names(tmp_path: Path) -> None:
    assert len(PAIR(fill(tmp_path, "cat/a.avif", "cat/b.JP2", "dog/c.j2k", "dog/d.jfif"), "").paths) == 4


def test_a_link_that_leads_nowhere_is_no_image(tmp_path: Path) -> None:
    (four(tmp_path) / "set/cat/a.jpg").unlink()
    (tmp_path / "set/cat/a.jpg").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DataSetDamaged, match="cat 1"):
        PAIR(tmp_path, "")


@pytest.mark.parametrize("files", [(), ("README.txt",), ("cat/x.txt", "dog/x.txt")])
def test_a_set_without_images_is_missing(tmp_path: Path, files: tuple[str, ...]) -> None:
    with pytest.raises(DataSetMissing, match=NEXT):
        PAIR(fill(tmp_path, *files), "")


def test_a_file_in_the_place_of_the_folder_is_a_missing_set(tmp_path: Path) -> None:
    (tmp_path / "set").touch()
    with pytest.raises(DataSetMissing, match="is not there"):
        PAIR(tmp_path, "")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (("1.png", "2.png"), "holds 2 images and no folders"),
        (("cat/1.png", "cat/2.png"), "lacks 1 class folders: dog"),
        (("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png", "cow/1.png"), "must not have, 1 class folders: cow"),
        (("cat/1.png", "cat/2.png", "dog/1.png"), "2 images of each label, and of 1 it has more or fewer: dog 1"),
        (("cat/1.png", "cat/2.png", "cat/3.png", "dog/1.png"), "of 2 it has more or fewer: cat 3, dog 1"),
    ],
)
def test_a_set_that_is_not_as_it_must_be_is_damaged(tmp_path: Path, files: tuple[str, ...], told: str) -> None:
    with pytest.raises(DataSetDamaged, match=told):
        PAIR(fill(tmp_path, *files), "")


def test_many_faults_are_counted_and_few_are_named(tmp_path: Path) -> None:
    reader = ClassFolders(folder="set", names=tuple("abcdef"), image_count=6, how_to_get=NEXT)
    with pytest.raises(DataSetDamaged, match="lacks 5 class folders: b, c, d and 2 more"):
        reader(fill(tmp_path, "a/1.png"), "")


def test_where_labels_differ_in_size_only_the_whole_is_counted(tmp_path: Path) -> None:
    reader = ClassFolders(folder="set", names=NAMES, image_count=3, how_to_get=NEXT, balanced=False)
    fill(tmp_path, "cat/1.png", "cat/2.png", "dog/1.png")
    assert reader(tmp_path, "").labels.tolist() == [0, 0, 1]
    with pytest.raises(DataSetDamaged, match="has 4 images and must have 3"):
        reader(fill(tmp_path, "dog/2.png"), "")


def test_a_variant_is_found_in_its_customary_place(tmp_path: Path) -> None:
    fill(tmp_path, "fog/1/cat/1.png", "fog/1/dog/1.png")
    assert GROUPED.group(tmp_path, "fog/1") == ""
    assert len(GROUPED(tmp_path, "fog/1").paths) == 2


def test_a_variant_is_found_under_its_group_as_well(tmp_path: Path) -> None:
    fill(tmp_path, "weather/fog/1/cat/1.png", "weather/fog/1/dog/1.png")
    assert GROUPED.group(tmp_path, "fog/1") == "weather"
    assert len(GROUPED(tmp_path, "fog/1").paths) == 2


def test_the_customary_place_goes_before_the_group(tmp_path: Path) -> None:
    fill(tmp_path, "weather/fog/1/cat/1.png", "fog/1/cat/1.png", "fog/1/dog/1.png")
    assert GROUPED(tmp_path, "fog/1").paths[0] == tmp_path / "set/fog/1/cat/1.png"


def test_a_missing_variant_is_named_in_its_customary_place(tmp_path: Path) -> None:
    with pytest.raises(DataSetMissing, match="set/fog/2 is not there"):
        GROUPED(tmp_path, "fog/2")


# ---- textures in names ---------------------------------------------------------------------------------------------


def test_textures_are_read_from_the_end_of_the_name(tmp_path: Path) -> None:
    fill(tmp_path, "cat/cat1-dog12.png", "cat/cat1-cat2.png", "dog/some_rest_dog7-cat1.png", "dog/dog7-dog.png")
    images = CUES(tmp_path, "")
    assert images.textures is not None
    assert {path.name: texture for path, texture in zip(images.paths, images.textures.tolist(), strict=True)} == {
        "cat1-cat2.png": 0, "cat1-dog12.png": 1, "dog7-dog.png": 1, "some_rest_dog7-cat1.png": 0,
    }  # fmt: skip
    assert images.labels.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("name", ["cat1-cow2.png", "cat1.png", "cat1-.png", "cat1-2dog.png"])
def test_a_name_without_a_known_texture_is_damage(tmp_path: Path, name: str) -> None:
    fill(tmp_path, f"cat/{name}", "cat/cat1-dog2.png", "dog/dog1-cat1.png", "dog/dog2-cat1.png")
    with pytest.raises(DataSetDamaged, match="does not name its texture"):
        CUES(tmp_path, "")


# ---- labels in names -----------------------------------------------------------------------------------------------


def session_names(*labels: str) -> list[str]:
    return [f"{number:04d}_exp_dnn_0_{label}_00_rest_of_it.png" for number, label in enumerate(labels)]


def test_labels_are_read_from_the_fifth_part_of_the_name(tmp_path: Path) -> None:
    images = SESSION(fill(tmp_path, *session_names("dog", "cat", "cat", "dog")), "")
    assert images.labels.tolist() == [1, 0, 0, 1]
    assert images.paths == tuple(sorted(images.paths))


def test_a_session_without_images_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataSetMissing, match=NEXT):
        SESSION(tmp_path, "")
    with pytest.raises(DataSetMissing, match="holds no images"):
        SESSION(fill(tmp_path, "README.md"), "")


@pytest.mark.parametrize("name", ["0001_exp_dnn_0_cow_00_x.png", "dog.png", "1_2_3_4.png"])
def test_a_name_without_a_known_category_is_damage(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataSetDamaged, match="does not name its category"):
        SESSION(fill(tmp_path, name), "")


def test_a_session_with_too_few_of_a_category_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(DataSetDamaged, match="of 1 it has more or fewer: dog 1"):
        SESSION(fill(tmp_path, *session_names("dog", "cat", "cat")), "")


# ---- listing and counting ------------------------------------------------------------------------------------------


def test_images_are_listed_by_name(tmp_path: Path) -> None:
    assert image_files(four(tmp_path) / "set/cat") == [tmp_path / "set/cat/a.jpg", tmp_path / "set/cat/b.JPEG"]


def test_images_are_counted_at_every_depth(tmp_path: Path) -> None:
    assert count_images(tmp_path / "set") == 0
    assert count_images(fill(four(tmp_path), "x/y/z.png", "._z.png", "z.txt") / "set") == 5
