"""`wellbehaved simulate`: a store of its own, filled once; the ranking then holds what it says."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def test_a_new_folder_is_filled_and_ranked(run: Run, data_dir: Path) -> None:
    found = run("simulate", "--models", "40", "--seed", "3")
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("40 simulated models beside the published ones, ")
    ranking = json.loads(run("rank", "--limit", "1000", "--json").stdout)
    names = [item["name"] for item in ranking["items"]]
    assert len(names) == 366
    assert sum(name.startswith("Simulated ") for name in names) == 40


def test_json_has_the_counts(run: Run, data_dir: Path) -> None:
    report = json.loads(run("simulate", "--models", "25", "--json").stdout)
    assert report["models"] == 25
    assert set(report) == {"models", "evaluations", "missing_values", "data_version"}


def test_a_second_time_says_what_to_do(run: Run, data_dir: Path) -> None:
    run("simulate", "--models", "5")
    found = run("simulate", "--models", "5")
    assert found.exit_code == 1
    assert "Set WELLBEHAVED_DATA_DIR to a new folder" in found.stderr


@pytest.mark.parametrize("count", ["0", "-1", "1000001", "many"])
def test_a_count_that_makes_no_store_is_wrong_usage(run: Run, data_dir: Path, count: str) -> None:
    assert run("simulate", "--models", count).exit_code == 2
    assert not (data_dir / "wellbehaved.db").exists()


def test_a_folder_that_cannot_be_made_is_said(run: Run, data_dir: Path) -> None:
    data_dir.write_text("a file in its place")
    found = run("simulate", "--models", "5")
    assert found.exit_code == 1
    assert str(data_dir) in found.stderr


def test_a_database_that_cannot_be_reached_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLBEHAVED_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    found = run("simulate", "--models", "5")
    assert found.exit_code == 1
    assert "database" in found.stderr
