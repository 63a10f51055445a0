"""The images of a pass by their names, from a process apart."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from evaluation.own_data.image_listing import ProcessListing, answer
from evaluation.own_data.registration import Registration, inspect
from quba.errors import Refusal
from quba.measuring.evidence import Conditions
from tests.evaluation.own_data.conftest import Folder
from tests.evaluation.own_data.marked_drawings import drawings


def registered(folder: Path, tmp_path: Path) -> tuple[Registration, Conditions]:
    """What a store would keep of a folder, and under what a model was measured on it."""
    found = inspect(folder, cache=tmp_path / "cache")
    return found, Conditions(
        benchmark=found.key, digest=found.digest, protocol="corrected", seed=0, samples_per_class=None
    )


def request(found: Registration, conditions: Conditions, tmp_path: Path, name: str = "clean") -> Mapping[str, Any]:
    return {
        "conditions": asdict(conditions), "name": name, "folder": found.folder, "definition": found.definition,
        "classes": found.classes, "data": str(tmp_path / "data"), "cache": str(tmp_path / "cache"),
    }  # fmt: skip


def refusal(told: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = told["refusal"]
    return found


def test_another_process_names_them_below_the_benchmarks_folder(flowers: Folder, tmp_path: Path) -> None:
    found, conditions = registered(flowers.path, tmp_path)
    listed = ProcessListing(tmp_path / "data", tmp_path / "cache").paths(
        conditions, "clean", folder=found.folder, definition=found.definition, classes=found.classes
    )
    assert len(listed) == 40
    assert listed[0] == "val/daisy/image 00.jpg"
    assert all((flowers.path / each).is_file() for each in listed)
    with pytest.raises(Refusal) as refused:
        ProcessListing(tmp_path / "data", tmp_path / "cache").paths(
            conditions, "clean", folder=str(tmp_path / "gone"), definition={}, classes=()
        )
    assert (refused.value.code, bool(refused.value.hint)) == ("files_not_here", True)


def test_a_folder_with_other_files_is_refused(flowers: Folder, tmp_path: Path) -> None:
    found, conditions = registered(flowers.path, tmp_path)
    asked = request(found, conditions, tmp_path)
    assert len(json.loads(json.dumps(answer(asked)))["paths"]) == 40
    (flowers.path / "val" / "daisy" / "image 02.webp").unlink()
    told = refusal(answer(asked))
    assert told["code"] == "files_not_here"
    assert "1 file was removed" in told["message"]


def test_a_pass_that_there_is_not_is_refused(flowers: Folder, tmp_path: Path) -> None:
    found, conditions = registered(flowers.path, tmp_path)
    assert refusal(answer(request(found, conditions, tmp_path, "shifted:night")))["code"] == "pass_without_files"


@pytest.mark.parametrize("name", ["mixed_same", "generated:edge"])
def test_what_the_program_made_is_not_made_anew_for_a_question(name: str, tmp_path: Path) -> None:
    folder = drawings(tmp_path / "own").folder
    (folder / "benchmark.toml").write_text(
        '[clean]\nfolder = "val"\n[masks]\nfolder = "masks"\n[generated]\nrenditions = ["edge"]\n', encoding="utf-8"
    )
    found, conditions = registered(folder, tmp_path)
    assert refusal(answer(request(found, conditions, tmp_path, name)))["code"] == "generated_images"
    assert not (tmp_path / "data").exists()


def test_images_of_a_built_in_benchmark_are_named_below_the_data_sets(toy_root: Path, tmp_path: Path) -> None:
    asked: dict[str, Any] = {
        "conditions": {
            "benchmark": "toy-shapes", "digest": None, "protocol": "corrected", "seed": 0, "samples_per_class": 2,
        },
        "name": "clean", "folder": None, "definition": {}, "classes": [], "data": str(toy_root), "cache": "",
    }  # fmt: skip
    listed: Any = answer(asked)["paths"]
    assert len(listed) == 32
    assert all(each.startswith("toy-shapes/val/") and (toy_root / each).is_file() for each in listed)
    assert refusal(answer({**asked, "data": str(tmp_path)}))["code"] == "files_not_here"


def test_a_name_that_is_no_text_can_be_sent(flowers: Folder, tmp_path: Path) -> None:
    (flowers.path / "val" / "daisy" / "image 02.webp").rename(flowers.path / "val" / "daisy" / "image \udcff.webp")
    found, conditions = registered(flowers.path, tmp_path)
    listed: Any = answer(request(found, conditions, tmp_path))["paths"]
    assert "val/daisy/image \ufffd.webp" in listed


@pytest.mark.parametrize("output", [b"", b"Killed"])
def test_a_process_that_dies_is_a_refusal(output: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object, **__: object) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.CompletedProcess([], -9, stdout=output)

    monkeypatch.setattr(subprocess, "run", die)
    conditions = Conditions(benchmark="mine", digest="", protocol="corrected", seed=0, samples_per_class=None)
    with pytest.raises(Refusal) as refused:
        ProcessListing(tmp_path, tmp_path).paths(conditions, "clean", folder=None, definition={}, classes=())
    assert refused.value.code == "listing_failed"
