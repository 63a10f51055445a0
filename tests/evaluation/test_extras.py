import re
import shlex
import sys
from pathlib import Path

import pytest

from evaluation.extras import installing, way_to_install


def test_the_command_installs_into_the_environment_that_runs() -> None:
    assert shlex.split(installing("evaluation")) == [sys.executable, "-m", "pip", "install", "wellbehaved[evaluation]"]
    assert shlex.split(installing("server", "zero-shot"))[-1] == "wellbehaved[server,zero-shot]"
    assert "'wellbehaved[evaluation]'" in installing("evaluation"), "quoted for a shell"


def test_in_an_image_another_one_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert way_to_install("study") == f"Run `{installing('study')}`"
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    place = tmp_path / "image-extras"
    place.write_text("\n")
    assert "`docker build --build-arg EXTRAS=study .`" in way_to_install("study")
    place.write_text("evaluation,study\n")
    said = way_to_install("study", "onnx")
    assert "with `docker build --build-arg EXTRAS=evaluation,study,onnx .`" in said
    assert "EXTRAS=evaluation,study,onnx in `.env` and `docker compose up --build`" in said
    assert "pip" not in said


def test_the_image_says_which_extras_it_has() -> None:
    dockerfile = (Path(__file__).parents[2] / "Dockerfile").read_text(encoding="utf-8")
    (folder,) = re.findall(r"python -m venv (\S+)", dockerfile)
    assert f'echo "${{EXTRAS}}" > {folder}/image-extras' in dockerfile
