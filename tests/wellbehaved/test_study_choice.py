"""Which models of the study are measured: chosen, and not finished yet."""

import contextlib
import io
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from backend.settings import Settings
from backend.store.engine import create_store_engine
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.run import Absent, Result
from evaluation.engine.stages import Precision, Protocol, Request
from evaluation.errors import WeightsUnavailable
from evaluation.models.study.table import study_models
from evaluation.worker.recording import Circumstances, record
from quba.benchmarks import STUDY_BENCHMARK
from quba.dimension import Missing
from quba.measuring.observations import Measured
from wellbehaved.cli import app
from wellbehaved.processes import migrate_store
from wellbehaved.study_choice import names_left, require_study, study_names

REQUEST = Request(
    benchmark=BENCHMARKS[STUDY_BENCHMARK],
    dimensions=("accuracy",),
    protocol=Protocol.AS_PUBLISHED,
    samples_per_class=None,
    seed=0,
    precision=Precision.FP32,
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("WELLBEHAVED_DATABASE_URL", raising=False)
    return Settings()


def store(settings: Settings, model_id: str, result: Result) -> None:
    migrate_store(settings)
    engine = create_store_engine(settings.resolved_database_url)
    identity, found = study_models()[model_id].identity, Circumstances(device="cpu", unreadable={})
    record(engine, identity, {"accuracy": result}, request=REQUEST, circumstances=found)
    engine.dispose()


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ("hiera-t,nope", "--models names 'nope', which is no model of the study"),
        ("hiera-t-lp", "--models names hiera-t-lp, which cannot be measured here: The authors of the study"),
        ("", "name each model once"),
        ("hiera-t,hiera-t", "name each model once"),
    ],
)
def test_wrong_choices_end_the_command(chosen: str, message: str) -> None:
    said = io.StringIO()
    with contextlib.redirect_stderr(said), pytest.raises(typer.Exit) as ended:
        study_names(chosen)
    assert ended.value.exit_code == 2
    assert message in said.getvalue()


@pytest.mark.parametrize(("chosen", "continued"), [("hiera-t", False), (None, True), ("", False)])
def test_options_of_the_study_need_it(chosen: str | None, continued: bool) -> None:
    require_study(True, chosen=chosen, continued=continued)
    with pytest.raises(typer.Exit) as ended:
        require_study(False, chosen=chosen, continued=continued)
    assert ended.value.exit_code == 2


def test_that_nothing_is_left_is_said(settings: Settings) -> None:
    store(settings, "hiera-t", Measured(value=0.83, parts={}, sample_count=50_000, standard_error=0.0017))
    chosen = ["--study", "--models", "hiera-t", "--dimensions", "accuracy", "--protocol", "as-published"]
    done = CliRunner().invoke(app, ["evaluate", *chosen, "--continue"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "nothing is left to measure" in done.stderr


def test_without_any_images_no_weights_are_fetched(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def unavailable(name: str, **_: object) -> None:
        asked.append(name)
        raise WeightsUnavailable("no network")

    monkeypatch.setattr("evaluation.models.loading.load", unavailable)
    chosen = ["evaluate", "--study", "--models", "hiera-t,alexnet", "--data", str(tmp_path / "nothing")]
    done = CliRunner().invoke(app, chosen)
    assert (done.exit_code, done.stdout, asked) == (1, "", [])
    assert f"{tmp_path / 'nothing'} holds none of the" in done.stderr
    assert "no weights were fetched. `wellbehaved datasets status` says how to get them" in done.stderr
    # What is counted needs no images.
    CliRunner().invoke(app, [*chosen, "--dimensions", "parameters_millions"])
    assert asked == ["study:hiera-t", "study:alexnet"]


def test_names_are_told_apart_from_timms() -> None:
    assert study_names(" hiera-t, study:resnet50") == ["study:hiera-t", "study:resnet50"]
    assert len(study_names(None)) == 313


def test_where_nothing_was_stored_all_is_names_left(settings: Settings) -> None:
    assert names_left(["study:hiera-t"], REQUEST, settings) == ["study:hiera-t"]


def test_what_was_stored_is_finished_and_shown_with_its_difference(settings: Settings) -> None:
    store(settings, "hiera-t", Measured(value=0.83, parts={}, sample_count=50_000, standard_error=0.0017))
    assert names_left(["study:hiera-t", "study:alexnet"], REQUEST, settings) == ["study:alexnet"]
    more = Request(
        benchmark=REQUEST.benchmark,
        dimensions=("accuracy", "shape_bias"),
        protocol=REQUEST.protocol,
        samples_per_class=None,
        seed=0,
        precision=REQUEST.precision,
    )
    assert names_left(["study:hiera-t"], more, settings) == ["study:hiera-t"]
    said = CliRunner().invoke(app, ["study", "status", "--json"]).stdout
    items = {each["model_id"]: each for each in json.loads(said)["items"]}
    assert items["hiera-t"]["measured"] == {"as-published": ["accuracy"]}
    found = items["hiera-t"]["differences"]["accuracy"]
    assert found["difference"] == pytest.approx(0.83 - 0.8253)
    assert found["in_standard_errors"] == pytest.approx((0.83 - 0.8253) / found["standard_error"])
    assert (items["alexnet"]["measured"], items["alexnet"]["differences"]) == ({}, {})


@pytest.mark.parametrize(
    ("reason", "finished"),
    [(Missing.NOT_APPLICABLE, True), (Missing.FAILED, False), (Missing.DATA_SET_MISSING, False)],
)
def test_what_a_data_set_was_missing_for_is_measured_once_it_may_have_come(
    settings: Settings, reason: Missing, finished: bool
) -> None:
    store(settings, "hiera-t", Absent(reason=reason, detail="", parts={}))
    assert names_left(["study:hiera-t"], REQUEST, settings) == ([] if finished else ["study:hiera-t"])
