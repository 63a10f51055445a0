import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from evaluation.own_data.definition import (
    FILE_NAME,
    Definition,
    checked_key,
    definition_of,
    key_of,
    read_definition,
    toml_text,
)
from quba.benchmarks import BUILT_IN
from quba.errors import Refusal

WHOLE = """
key = "flowers"
label = "Flowers"
description = "Flowers of one meadow."
[classes]
file = "classes.txt"
[clean]
folder = "val"
exif = "ignore"
unreadable_share = 0.02
unreadable_most = 5
[shifted.night]
folder = "night"
[shifted.phone]
table = "phone.csv"
[masks]
folder = "masks"
[generated]
renditions = ["edge", "sketch"]
[dimensions]
use = ["accuracy", "ood_robustness"]
"""


def write(folder: Path, text: str) -> Path:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return folder


def test_every_key_is_read(tmp_path: Path) -> None:
    found = read_definition(write(tmp_path, WHOLE))
    assert (found.key, found.label, found.layout) == ("flowers", "Flowers", "folders")
    assert found.classes.file == "classes.txt"
    assert found.clean is not None
    clean = found.clean
    assert (clean.folder, clean.exif, clean.unreadable_share, clean.unreadable_most) == ("val", "ignore", 0.02, 5)
    assert {name: each.folder or each.table for name, each in found.shifted.items()} == {
        "night": "night", "phone": "phone.csv",
    }  # fmt: skip
    assert found.masks is not None
    assert found.masks.folder == "masks"
    assert found.generated.renditions == ["edge", "sketch"]
    assert found.dimensions.use == ["accuracy", "ood_robustness"]


def test_all_but_clean_may_be_left_out_and_stays_out(tmp_path: Path) -> None:
    found = read_definition(write(tmp_path, '[clean]\nfolder = "val"\n'))
    assert (found.key, found.classes.order, found.dimensions.use) == (None, "names", "available")
    assert found.clean is not None
    assert (found.clean.unreadable_share, found.clean.unreadable_most) == (0.01, 3)
    assert toml_text(found) == '[clean]\nfolder = "val"\n'


def test_what_is_written_is_read_as_the_same(tmp_path: Path) -> None:
    found = read_definition(write(tmp_path, WHOLE))
    assert read_definition(write(tmp_path, toml_text(found))) == found
    assert definition_of(found.model_dump(mode="json", exclude_unset=True)) == found


def test_words_of_any_script_and_quotes_survive(tmp_path: Path) -> None:
    named = Definition.model_validate({"label": 'Цветы "2024"\\', "clean": {"folder": "prüfung é"}})
    assert read_definition(write(tmp_path, toml_text(named))) == named


BAD: Mapping[str, tuple[str, str]] = {
    "an unknown key": ('colour = 1\n[clean]\nfolder = "val"', "the key colour is unknown"),
    "an unknown key of a table": ('[clean]\nfolder = "val"\nfolders = 1', "the key clean.folders is unknown"),
    "a wrong type": ('[clean]\nfolder = "val"\nunreadable_most = "3"', "clean.unreadable_most is '3'"),
    "a share of one": ('[clean]\nfolder = "val"\nunreadable_share = 1.0', "clean.unreadable_share is '1.0'"),
    "no clean set": ('label = "x"', "the table [clean] is absent"),
    "two sets of one name": ('[clean]\nfolder = "v"\n[shifted.a]\nfolder = "a"\n[shifted.a]\nfolder = "b"', "TOML"),
    "names alike but for case": (
        '[clean]\nfolder = "v"\n[shifted.a]\nfolder = "a"\n[shifted.A]\nfolder = "b"', "upper and lower case",
    ),
    "a set's name with a slash": ('[clean]\nfolder = "v"\n[shifted."a/b"]\nfolder = "a"', "'a/b' must be named"),
    "folder and table": ('[clean]\nfolder = "v"\ntable = "a.csv"', "either folder or table"),
    "neither folder nor table": ('[clean]\nexif = "apply"', "either folder or table"),
    "a table of another kind": ('[clean]\ntable = "a.xlsx"', ".csv or .jsonl"),
    "a way out": ('[clean]\nfolder = "../secrets"', "below the folder"),
    "an absolute path": ('[clean]\nfolder = "/etc"', "below the folder"),
    "an empty path": ('[clean]\nfolder = ""', "below the folder"),
    "order and file": ('[classes]\norder = "names"\nfile = "c.txt"\n[clean]\nfolder = "v"', "both order and file"),
    "another order": ('[classes]\norder = "size"\n[clean]\nfolder = "v"', "classes.order is 'size'"),
    "no dimension": ('[dimensions]\nuse = ["speed"]\n[clean]\nfolder = "v"', "'speed' is no dimension"),
    "none of the dimensions": ("[dimensions]\nuse = []\n[clean]\nfolder = 'v'", "use names none"),
    "another word for them": ('[dimensions]\nuse = "all"\n[clean]\nfolder = "v"', "dimensions.use"),
    "a rendition nobody makes": ('[generated]\nrenditions = ["oil"]\n[clean]\nfolder = "v"', "'oil'"),
    "a key that is none": ('key = "My Key"\n[clean]\nfolder = "v"', "'My Key' is none"),
    "an empty label": ('label = ""\n[clean]\nfolder = "v"', "label is ''"),
    "a layout with sets": ('layout = "imagenet-1k"\n[clean]\nfolder = "v"', "leave out [clean]"),
    "no TOML": ("clean folder", "is not valid TOML"),
    "many faults": ("a = 1\nb = 2\nc = 3\nd = 4\n[clean]\nfolder = 'v'", "and 1 more faults"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named_with_its_place_and_the_next_step(case: str, tmp_path: Path) -> None:
    text, sentence = BAD[case]
    with pytest.raises(Refusal) as refused:
        read_definition(write(tmp_path, text))
    assert refused.value.code == "bad_definition"
    assert sentence in refused.value.message
    assert "Correct benchmark.toml" in refused.value.hint


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_definition(tmp_path)
    assert refused.value.code == "no_definition"
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe")
    with pytest.raises(Refusal, match="UTF-8"):
        read_definition(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(b"#" * 1_000_001)
    with pytest.raises(Refusal, match="larger than"):
        read_definition(tmp_path)
    (tmp_path / FILE_NAME).unlink()
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(Refusal, match="cannot be read"):
        read_definition(tmp_path)


@pytest.mark.parametrize("key", BUILT_IN)
def test_the_benchmarks_that_come_with_the_program_are_described_by_the_same_kind_of_file(key: str) -> None:
    told = tomllib.loads((files("quba") / "built_in" / f"{key}.toml").read_text(encoding="utf-8"))
    assert told.pop("built_in").keys() <= {"class_count", "reference", "default_protocol"}
    assert (definition_of(told).key, definition_of(told).layout) == (key, key)


def test_the_studys_layout_needs_no_tables() -> None:
    assert definition_of({"layout": "imagenet-1k", "label": "A part"}).clean is None


@pytest.mark.parametrize(("name", "key"), [("Flowers", "flowers"), ("my set (2)", "my-set-2"), ("Цветы", "")])
def test_a_folders_name_gives_a_key(name: str, key: str) -> None:
    assert key_of(name) == key


def test_a_key_is_checked() -> None:
    assert checked_key("flowers-2.1_x") == "flowers-2.1_x"
    shown: Any
    for shown in ("", "-a", "A", "a b", "a/b", "a" * 65):
        with pytest.raises(Refusal, match="is none"):
            checked_key(shown)
