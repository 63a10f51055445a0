import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.engine.stages import Request
from evaluation.toy_references import __main__ as program
from evaluation.toy_references import measuring

_request: Callable[..., Request] = measuring.request


def _small(*, seed: int) -> Request:
    return replace(_request(seed=seed, samples_per_class=2), dimensions=("accuracy", "parameters_millions"))


def test_one_reference_from_nothing_to_its_table_and_again(
    toy_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "make_toy", lambda data: data.symlink_to(toy_root))
    monkeypatch.setattr(measuring, "request", _small)
    table = tmp_path / "table.json"
    arguments = [str(tmp_path), "--only", "toy-linear", "--table", str(table)]
    program.main(arguments)
    first = json.loads(table.read_text())
    assert [each["identity"]["model_id"] for each in first["models"]] == ["toy-linear"]
    # The images, the weights and the steps are there now.
    monkeypatch.setattr(program, "make_toy", None)
    program.main(arguments)
    assert json.loads(table.read_text())["models"] == first["models"]


def test_without_a_table_nothing_is_measured(toy_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").symlink_to(toy_root)
    monkeypatch.setattr(measuring, "measure", None)
    program.main([str(tmp_path), "--only", "toy-linear"])
    assert [path.name for path in (tmp_path / "weights").iterdir()] == ["toy-linear.safetensors"]
