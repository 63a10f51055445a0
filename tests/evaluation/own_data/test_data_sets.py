from pathlib import Path

import pytest

from evaluation.datasets.class_maps import WNIDS
from evaluation.datasets.dataset import DataSetMissing
from evaluation.own_data import data_sets as module
from evaluation.own_data.data_sets import own_data_sets
from evaluation.own_data.definition import definition_of
from evaluation.own_data.image_sets import image_sets
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES
from quba.dimension import Pass
from tests.evaluation.own_data.conftest import Folder


def test_corruptions_of_the_study_count_only_as_a_whole(empty: Folder) -> None:
    definition = definition_of({"layout": "imagenet-1k"})
    empty.draw(f"imagenet/val/{WNIDS[3]}/a.png", 0, 1)
    empty.draw(f"imagenet-c/fog/1/{WNIDS[3]}/a.png", 0, 1)
    found = own_data_sets("part", empty.path, definition, image_sets(empty.path, definition))
    assert set(found) == {Pass.CLEAN}
    for corruption in PUBLISHED_CORRUPTIONS:
        for severity in SEVERITIES:
            empty.draw(f"imagenet-c/{corruption}/{severity}/{WNIDS[3]}/a.png", 0, 1)
    found = own_data_sets("part", empty.path, definition, image_sets(empty.path, definition))
    assert found[Pass.CORRUPTIONS].image_count == 1
    assert len(found[Pass.CORRUPTIONS].variants) == 75


def test_a_folder_that_goes_while_it_is_listed(
    flowers: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = definition_of({"clean": {"folder": "val"}})
    found = own_data_sets("flowers", flowers.path, definition, image_sets(flowers.path, definition))

    def vanish(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "val/daisy")

    monkeypatch.setattr(module, "listing_of", vanish)
    with pytest.raises(DataSetMissing, match="val/daisy cannot be read"):
        found[Pass.CLEAN].read(tmp_path, "")
