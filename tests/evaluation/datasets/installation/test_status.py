from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.datasets import DATA_SETS
from evaluation.datasets.dataset import DataSet, Images
from evaluation.datasets.installation.status import State, status
from evaluation.datasets.layouts import ClassFolders

NAMES = ("cat", "dog")
READER = ClassFolders(folder="set", names=NAMES, image_count=2, how_to_get="Run this.", groups={"fog": "weather"})
ONE = replace(DATA_SETS["edge"], key="one", label="One", folder="set", image_count=2, label_count=2, read=READER)
TWO = replace(ONE, key="two", variants=("fog/1", "snow/1"))


def fill(root: Path, variant: str = "", *, names: tuple[str, ...] = NAMES) -> None:
    for name in names:
        place = root / "set" / variant / name
        place.mkdir(parents=True)
        (place / "1.png").touch()


def test_nothing_is_missing(tmp_path: Path) -> None:
    found = status(ONE, tmp_path)
    assert (found.state, found.found, found.expected) == (State.MISSING, 0, 2)
    assert found.detail == f"{tmp_path / 'set'} is not there. Run this."
    assert (found.key, found.label, found.benchmark, found.note) == ("one", "One", "imagenet-1k", "")
    assert found.place == str(tmp_path / "set")
    assert found.downloadable


def test_everything_is_complete(tmp_path: Path) -> None:
    fill(tmp_path)
    found = status(ONE, tmp_path)
    assert (found.state, found.found, found.expected, found.detail) == (State.COMPLETE, 2, 2, "")
    assert found.seen == ()


def test_something_is_damaged_and_counted(tmp_path: Path) -> None:
    fill(tmp_path, names=("cat",))
    found = status(ONE, tmp_path)
    assert (found.state, found.found) == (State.DAMAGED, 1)
    assert "lacks 1 class folders: dog" in found.detail


def test_one_variant_of_two_is_not_the_whole(tmp_path: Path) -> None:
    fill(tmp_path, "snow/1")
    found = status(TWO, tmp_path)
    assert (found.state, found.found, found.expected) == (State.DAMAGED, 2, 4)
    assert found.detail.startswith("1 of 2 parts are not as they must be; the first: ")
    assert "fog/1 is not there" in found.detail


def test_what_lies_there_instead_is_told_of_the_first_variant_at_fault(tmp_path: Path) -> None:
    fill(tmp_path, "snow/1", names=("cat", "Dog"))
    found = status(TWO, tmp_path)
    assert found.seen[0] == f"{tmp_path / 'set/snow/1'} has 1 of 2 class folders and 1 other folder: Dog."


def test_a_folder_that_may_not_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / "set"))

    monkeypatch.setattr("evaluation.datasets.installation.status.findings", denied)
    assert status(ONE, tmp_path).seen == (
        f"{tmp_path / 'set'} cannot be read: Permission denied. Correct its permissions.",
    )


def test_damage_is_told_before_absence(tmp_path: Path) -> None:
    fill(tmp_path, "snow/1", names=("cat",))
    assert "lacks 1 class folders: dog" in status(TWO, tmp_path).detail


def test_all_variants_missing_is_a_missing_set(tmp_path: Path) -> None:
    found = status(TWO, tmp_path)
    assert (found.state, found.found) == (State.MISSING, 0)
    assert found.detail.startswith("2 of 2 parts")


def test_a_level_that_authors_do_not_have_is_accepted_and_told(tmp_path: Path) -> None:
    fill(tmp_path, "weather/fog/1")
    fill(tmp_path, "snow/1")
    found = status(TWO, tmp_path)
    assert found.state is State.COMPLETE
    assert found.note == "Corruptions were found inside weather; that is accepted."


def test_a_folder_that_may_not_be_read_is_damage(tmp_path: Path) -> None:
    def denied(root: Path, variant: str) -> Images:
        raise PermissionError(13, "Permission denied", str(root / "set"))

    found = status(replace(ONE, read=denied), tmp_path)
    assert found.state is State.DAMAGED
    assert found.detail == f"{tmp_path / 'set'} cannot be read: Permission denied. Correct its permissions."


@pytest.mark.parametrize(("key", "expected"), [("imagenet-c", 3_750_000), ("toy-val", 400)])
def test_all_variants_are_expected(key: str, expected: int, tmp_path: Path) -> None:
    data_set: DataSet = DATA_SETS[key]
    found = status(data_set, tmp_path)
    assert (found.expected, found.downloadable) == (expected, key == "imagenet-c")
