import json
import subprocess
from pathlib import Path

import pytest

from evaluation.own_data.inspection import FolderInspection, answer
from evaluation.own_data.registration import Registration
from quba.errors import Refusal
from tests.evaluation.own_data.conftest import Folder


def request(folder: Path, cache: Path, layout: str = "folders") -> dict[str, str | None]:
    return {"path": str(folder), "key": None, "label": "Meadow", "layout": layout, "cache": str(cache)}


def test_another_process_gives_the_registration(flowers: Folder, tmp_path: Path) -> None:
    inspection = FolderInspection(tmp_path / "cache")
    found = Registration.model_validate(inspection.inspect(flowers.path, key=None, label="Meadow", layout="folders"))
    assert (found.key, found.label, found.image_count) == ("flowers", "Meadow", 40)
    with pytest.raises(Refusal) as refused:
        inspection.inspect(tmp_path / "gone", key=None, label=None, layout="folders")
    assert (refused.value.code, bool(refused.value.hint)) == ("no_such_folder", True)


def test_what_the_process_answers_is_json(flowers: Folder, tmp_path: Path) -> None:
    told = answer(request(flowers.path, tmp_path / "cache"))
    assert Registration.model_validate(json.loads(json.dumps(told))["registration"]).label == "Meadow"


def test_a_layout_that_is_none_is_refused(flowers: Folder, tmp_path: Path) -> None:
    told = answer(request(flowers.path, tmp_path / "cache", layout="imagenet-21k"))
    refusal = told["refusal"]
    assert isinstance(refusal, dict)
    assert refusal["code"] == "bad_definition"
    assert "imagenet-21k" in str(refusal["message"])


@pytest.mark.parametrize("output", [b"", b"Killed"])
def test_a_process_that_dies_is_a_refusal(output: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], -9, stdout=output)

    monkeypatch.setattr(subprocess, "run", die)
    with pytest.raises(Refusal) as refused:
        FolderInspection(tmp_path).inspect(tmp_path, key=None, label=None, layout="folders")
    assert refused.value.code == "inspection_failed"
