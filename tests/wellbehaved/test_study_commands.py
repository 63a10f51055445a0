"""`wellbehaved study status` and `wellbehaved study plan`."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from backend.store.engine import create_store_engine, writing
from backend.store.tables import Evaluation
from backend.store.waits import WAITS_FOR_WEIGHTS_ROOM
from evaluation.errors import WeightsUnavailable
from evaluation.models import loading
from evaluation.study_facts import rate
from evaluation.study_facts.rate import Rate
from wellbehaved import evaluate_command
from wellbehaved.cli import app
from wellbehaved.study_commands import _largest, _print_status


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("WELLBEHAVED_DATABASE_URL", raising=False)


def test_the_status_has_every_model_with_what_loads_it_or_why_nothing_does() -> None:
    done = CliRunner().invoke(app, ["study", "status", "--json"])
    assert done.exit_code == 0, done.output
    assert "What was measured here is not known" in done.stderr
    items = {each["model_id"]: each for each in json.loads(done.stdout)["items"]}
    assert len(items) == 326
    assert sum(each["loader"] is not None for each in items.values()) == 313
    hiera = items["hiera-t"]
    assert (hiera["loader"], hiera["reason"], hiera["licence"]) == ("hiera", None, "cc-by-nc-4.0")
    assert hiera["megabytes"] == pytest.approx(27.9 * 4)
    assert (hiera["measured"], hiera["differences"], hiera["subsets"]) == ({}, {}, [])
    assert hiera["evaluation"] is None
    assert hiera["flagged"] == ["calibration_error", "class_balance"]
    assert items["hiera-t-lp"]["loader"] is None
    assert items["hiera-t-lp"]["reason"].startswith("The authors of the study")


def test_the_status_shows_what_the_queue_has(tmp_path: Path, study_file: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    shutil.copyfile(study_file, tmp_path / "home" / "wellbehaved.db")
    assert CliRunner().invoke(app, ["study", "submit", "--models", "hiera-t,alexnet"]).exit_code == 0
    engine = create_store_engine(f"sqlite:///{tmp_path / 'home' / 'wellbehaved.db'}")
    error = {"code": "weights_unavailable", "message": "No network.", "hint": "Retry."}
    with writing(engine) as session:
        failed = update(Evaluation).where(Evaluation.model == "study:alexnet").values(state="failed", error=error)
        session.execute(failed)
    engine.dispose()
    done = CliRunner().invoke(app, ["study", "status", "--json"])
    items = {each["model_id"]: each["evaluation"] for each in json.loads(done.stdout)["items"]}
    assert (items["hiera-t"]["state"], items["hiera-t"]["reason"]) == ("queued", None)
    assert items["hiera-t"]["evaluation_id"].startswith("ev-")
    assert (items["alexnet"]["state"], items["alexnet"]["reason"]) == ("failed", "No network.")
    assert items["resnet50"] is None
    room = {"worker_id": "gpu-0", "folder": "/cache", "needed_bytes": None, "tries": 1}
    engine = create_store_engine(f"sqlite:///{tmp_path / 'home' / 'wellbehaved.db'}")
    with writing(engine) as session:
        waits = {"stage": WAITS_FOR_WEIGHTS_ROOM, "room": room}
        session.execute(update(Evaluation).where(Evaluation.model == "study:hiera-t").values(progress=waits))
    engine.dispose()
    table = CliRunner().invoke(app, ["study", "status"]).stdout
    assert "hiera-t waits: The disk that gpu-0 keeps fetched weights on, in /cache, has no room" in table
    assert re.search(r"hiera-t +│.*│ queued +│", table)
    assert re.search(r"alexnet +│.*│ failed +│", table)
    assert "Evaluations by workers: 1 failed, 1 queued." in table


def test_the_status_as_a_table_says_how_many_and_why_not() -> None:
    done = CliRunner().invoke(app, ["study", "status"])
    assert done.exit_code == 0, done.output
    assert "313 of 326 models can be measured; 0 are cached, 0 measured here." in done.stdout
    assert "No loader: mobileclip-s0. open_clip has no architecture" in done.stdout


def test_the_largest_difference_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    difference = {"in_standard_errors": -4.25}
    assert (
        _largest({"accuracy": {"in_standard_errors": 1.0}, "shape_bias": difference})
        == "shape_bias -4.2 standard errors"
    )
    assert _largest({"accuracy": {"in_standard_errors": None}}) == ""
    row = {
        "model_id": "a", "loader": "timm", "reason": None, "licence": "mit", "megabytes": None, "cached": True,
        "evaluation": None,
    }  # fmt: skip
    found = {"accuracy": difference, "shape_bias": difference, "parameters_millions": difference}
    measured = {**row, "measured": {"corrected": tuple(found)}, "differences": found, "flagged": ()}
    _print_status([{**measured, "subsets": ("accuracy",)}])
    shown = capsys.readouterr().out
    assert "1 of 1 models can be measured; 1 are cached, 1 measured here." in shown
    # Neither the subset nor what is counted.
    assert "Of 1 value without a quality flag of the published one, measured on all images, 1 lies more" in shown
    assert "with a quality flag" not in shown
    _print_status([{**measured, "subsets": ("accuracy",), "flagged": ("shape_bias",)}])
    assert "Of 1 value with a quality flag of the published one, measured on all images, 1 lies more" in (
        capsys.readouterr().out
    )
    _print_status([{**measured, "subsets": ("accuracy", "shape_bias")}])
    assert "chance alone" not in capsys.readouterr().out


def test_the_plan_rests_on_the_measured_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Rate(macs_per_second=1e12, how="ResNet-50 forward")
    monkeypatch.setattr(rate, "measured_rate", lambda *_, **__: found)
    done = CliRunner().invoke(app, ["study", "plan", "--devices", "2", "--device", "cpu", "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["macs_per_second"], answer["measured_by"]) == (1e12, "ResNet-50 forward")
    first, second = answer["devices"]
    models = first["models"] + second["models"]
    assert len(models) == len(set(models)) == 313 - len(answer["not_estimated"])
    assert "clip-openai-rn50" in answer["not_estimated"]
    # Half of the whole each, but for one model.
    assert first["hours"] == pytest.approx(second["hours"], rel=0.05)
    one = CliRunner().invoke(app, ["study", "plan", "--device", "cpu"])
    assert "1,000 billion multiply-accumulates a second: ResNet-50 forward." in one.stdout
    assert f"{len(models)} models" in one.stdout
    assert "Left out, for what an image costs them is not known: " in one.stdout


def test_the_commands_of_the_guide_run_as_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def unavailable(name: str, **_: object) -> None:
        asked.append(name)
        raise WeightsUnavailable("no network")

    monkeypatch.setattr(loading, "load", unavailable)
    # As where the study's images lie: without them no weights are asked for.
    monkeypatch.setattr(evaluate_command, "require_images", lambda *_: None)
    monkeypatch.setattr(rate, "measured_rate", lambda *_, **__: Rate(macs_per_second=1e12, how="ResNet-50 forward"))
    page = (Path(__file__).parents[2] / "docs" / "study.md").read_text(encoding="utf-8")
    block = re.search(r"```\n(.*?)```", page, re.DOTALL)
    assert block is not None
    commands = [shlex.split(line, comments=True) for line in block[1].splitlines()]
    assert [words[:2] for words in commands] == [
        ["wellbehaved", "study"], ["wellbehaved", "study"], ["wellbehaved", "evaluate"], ["wellbehaved", "evaluate"],
    ]  # fmt: skip
    codes = [CliRunner().invoke(app, words[1:]).exit_code for words in commands]
    # Nothing can be fetched here, which is told of each model, and the next one follows.
    assert codes == [0, 0, 1, 1]
    assert asked[:2] == ["study:hiera-t", "study:alexnet"]
    assert len(asked) == 2 + 313


def test_the_page_counts_what_the_table_holds() -> None:
    from evaluation.models.study.table import study_models

    page = (Path(__file__).parents[2] / "docs" / "study.md").read_text(encoding="utf-8")
    numbers = [
        int(number)
        for row in page.splitlines()
        if re.match(r"\| (`|none)", row)
        for number in row.split("|")[2].split(",")
    ]
    assert sum(numbers) == len(study_models())
    assert numbers[-1] == sum(each.loader is None for each in study_models().values())
