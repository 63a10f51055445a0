"""`wellbehaved preset`: from a file to a ranking, and back."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.backend.own_dimension import toml_of
from tests.backend.own_preset import preset_toml

Run = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "cameras.toml"
    file.write_text(preset_toml(), encoding="utf-8")
    return file


def test_a_preset_is_added_ranks_and_is_removed(run: Run, study: Path, file: Path) -> None:
    added = run("preset", "add", str(file))
    assert (added.exit_code, added.stderr) == (0, "")
    assert "wellbehaved rank --preset cameras" in added.stdout
    assert "is there already" in run("preset", "add", str(file)).stdout
    ranked = json.loads(run("rank", "--preset", "cameras", "--json", "--limit", "1").stdout)
    assert ranked["preset"] == "cameras"
    listed = run("preset", "list")
    assert "Our cameras" in listed.stdout
    items = json.loads(run("preset", "list", "--json").stdout)["items"]
    assert (items[-1]["key"], items[-1]["origin"]) == ("cameras", "own")
    assert "removed cameras" in run("preset", "remove", "cameras").stdout
    assert json.loads(run("preset", "add", str(file), "--json").stdout)["changed"] is True
    assert json.loads(run("preset", "remove", "cameras", "--json").stdout)["deleted"] == "cameras"
    assert run("preset", "remove", "cameras").exit_code == 2


def test_a_file_that_is_none_ends_with_the_rule_and_the_next_step(run: Run, study: Path, file: Path) -> None:
    file.write_text(preset_toml(weights=None), encoding="utf-8")
    refused = run("preset", "add", str(file))
    assert refused.exit_code == 1
    assert "write a table [weights]" in refused.stderr
    assert "docs/dimensions.md" in refused.stderr


def test_files_of_the_data_folder_are_taken_and_refused_ones_named(run: Run, study: Path, file: Path) -> None:
    dimensions, folder = study / "dimensions", study / "presets"
    dimensions.mkdir()
    folder.mkdir()
    (dimensions / "throughput.toml").write_text(toml_of(), encoding="utf-8")
    (folder / "cameras.toml").write_text(preset_toml(weights={"throughput": 1, "accuracy": 1}), encoding="utf-8")
    (folder / "bad.toml").write_text("key =", encoding="utf-8")
    listed = run("preset", "list")
    assert "presets/bad.toml was not taken" in listed.stderr
    assert "Our cameras" in listed.stdout
    (dimensions / "throughput.toml").unlink()
    assert "cameras weighs Throughput, removed from this service" in run("preset", "list").stderr


def test_the_recipe_of_the_guide_runs_as_written(
    run: Run, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "dimensions.md").read_text(encoding="utf-8")
    section = text.partition("## A preset of your own")[2].partition("\n## ")[0]
    blocks = dict(re.findall(r"```(toml|bash)\n(.*?)```", section, re.DOTALL))
    monkeypatch.chdir(tmp_path)
    Path("our-cameras.toml").write_text(blocks["toml"], encoding="utf-8")
    commands = [shlex.split(line) for line in blocks["bash"].splitlines()]
    assert [program for program, *_ in commands] == ["wellbehaved"] * 4
    for _, *words in commands:
        done = run(*words)
        assert done.exit_code == 0, f"{words}: {done.stdout}{done.stderr}"
