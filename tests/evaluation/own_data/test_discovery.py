import os

import pytest

from evaluation.own_data.definition import definition_of, toml_text
from evaluation.own_data.discovery import found_definition, unused_sets
from quba.errors import Refusal
from tests.evaluation.own_data.conftest import Folder


@pytest.mark.parametrize("name", ["val", "validation", "valid", "test"])
def test_the_images_not_trained_on_are_the_clean_ones(name: str, empty: Folder) -> None:
    empty.draw(f"{name}/daisy/a.png", 0, 1)
    empty.draw("train/daisy/a.png", 0, 1)
    assert toml_text(found_definition(empty.path, "folders")) == f'[clean]\nfolder = "{name}"\n'


def test_masks_a_table_and_bare_class_folders(empty: Folder) -> None:
    empty.draw("daisy/a.png", 0, 1)
    assert toml_text(found_definition(empty.path, "folders")) == '[clean]\nfolder = "."\n'
    empty.write("labels.csv", b"")
    empty.draw("masks/daisy/a.png", 0, 1)
    assert toml_text(found_definition(empty.path, "folders")) == (
        '[clean]\ntable = "labels.csv"\n\n[masks]\nfolder = "masks"\n'
    )


def test_training_images_alone_are_refused(empty: Folder) -> None:
    empty.draw("train/daisy/a.png", 0, 1)
    with pytest.raises(Refusal) as refused:
        found_definition(empty.path, "folders")
    assert refused.value.code == "no_clean_set"


def test_another_layout_needs_no_look(empty: Folder) -> None:
    assert toml_text(found_definition(empty.path, "imagenet-1k")) == 'layout = "imagenet-1k"\n'
    with pytest.raises(Refusal, match="not a folder"):
        found_definition(empty.path / "gone", "folders")


def test_a_folder_that_may_not_be_read(empty: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(Refusal, match="Permission denied"):
        found_definition(empty.path, "folders")


def test_sets_that_nobody_named(flowers: Folder) -> None:
    for name in ("night", "fog", "train", "other/x"):
        flowers.draw(f"{name}/daisy/a.png", 0, 1)
    definition = definition_of({"clean": {"folder": "val"}, "shifted": {"night": {"folder": "night"}}})
    assert unused_sets(flowers.path, definition, ("daisy", "rose")) == ("fog",)
    assert unused_sets(flowers.path, definition_of({"clean": {"folder": "."}}), ("daisy",)) == ()
    assert unused_sets(flowers.path, definition_of({"layout": "imagenet-1k"}), ("daisy",)) == ()
