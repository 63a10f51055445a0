"""`wellbehaved worker`: for which data it waits, and what it refuses before it starts."""

import socket
from pathlib import Path
from typing import Any

import pytest
from typer import Exit
from typer.testing import CliRunner

from backend.settings import Settings
from evaluation.worker import metrics
from evaluation.worker import worker as module
from evaluation.worker.own_files import OwnFiles
from wellbehaved import worker_command
from wellbehaved.cli import app


@pytest.fixture
def arriving(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Data that are there at the third look; gives the pauses between the looks."""
    answers = iter([(), ("imagenet-1k",), ("imagenet-1k", "toy-shapes")])
    pauses: list[float] = []
    monkeypatch.setattr(module, "measurable", lambda _: next(answers))
    monkeypatch.setattr("wellbehaved.worker_command.time.sleep", pauses.append)
    return pauses


@pytest.fixture
def settings(study: Path) -> Settings:
    """Of an instance with a store."""
    return Settings(data_dir=study, _env_file=None)


def test_it_waits_for_the_benchmark_that_was_asked_for_and_says_so_once(
    arriving: list[float], settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert worker_command._await_benchmarks(settings, tmp_path, ["toy-shapes"]) == ("toy-shapes",)
    assert len(arriving) == 2
    told = capsys.readouterr().err
    assert told.count("toy-shapes") >= 1
    assert told.count("\n") == 1
    assert str(tmp_path) in told


def test_without_a_wish_it_takes_what_is_there_first(arriving: list[float], settings: Settings, tmp_path: Path) -> None:
    assert worker_command._await_benchmarks(settings, tmp_path, None) == ("imagenet-1k",)
    assert len(arriving) == 1


def test_a_benchmark_that_does_not_exist_is_refused_with_those_that_do(
    settings: Settings,
) -> None:
    done = CliRunner().invoke(app, ["worker", "--benchmark", "no-such"])
    assert done.exit_code != 0
    assert "no-such" in done.output
    assert "toy-shapes" in done.output


def test_its_help_names_what_to_write_and_no_type_of_the_language() -> None:
    assert "list[" not in CliRunner().invoke(app, ["worker", "--help"]).output


def test_a_benchmark_of_ones_own_is_enough_to_start_with(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OwnFiles, "digests_here", lambda _: {"flowers": "sha256:1"})
    assert worker_command._await_benchmarks(settings, tmp_path, None) == ()


def test_a_port_for_metrics_that_is_taken_is_refused_with_the_next_step(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Exit) as caught:
            worker_command._export_metrics(settings.model_copy(update={"worker_metrics_port": port}))
    assert caught.value.exit_code == 1
    said = capsys.readouterr().err
    assert f"127.0.0.1, port {port}" in said
    assert "WELLBEHAVED_WORKER_METRICS_PORT" in said


def test_nothing_listens_unless_a_port_is_set(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(metrics, "export", lambda host, port: asked.append((host, port)))
    worker_command._export_metrics(settings)
    assert asked == []
    worker_command._export_metrics(settings.model_copy(update={"worker_metrics_port": 9101}))
    assert asked == [("127.0.0.1", 9101)]


@pytest.mark.parametrize(
    ("asked", "said"), [(("toaster", 1), "--device toaster"), (("cpu", 0), "--batch-size 0: batch size is 0")]
)
def test_a_device_that_is_not_there_is_refused_before_anything_starts(
    asked: tuple[str, int], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Exit) as caught:
        worker_command._means(*asked, workers=None)
    assert caught.value.exit_code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("asked", [
    (), ("--channels-last",), ("--compile",), ("--corrupt-on-device",), ("--decode-on-device",),
    ("--device", "cpu:0", "--workers", "0"),
])  # fmt: skip
def test_its_options_reach_what_measures_and_it_is_named_after_its_device(
    asked: tuple[str, ...], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[dict[str, Any]] = []

    class Made:
        def __init__(self, _: Settings, **given: Any) -> None:  # noqa: ANN401 - what a worker is made with
            made.append(given)

        def run(self) -> None: ...

    monkeypatch.setattr("evaluation.worker.worker.Worker", Made)
    monkeypatch.setattr(module, "measurable", lambda _: ("toy-shapes",))
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(settings.data_dir))
    done = CliRunner().invoke(app, ["worker", "--device", "cpu", *asked])
    assert done.exit_code == 0, done.output
    means = made[0]["means"]
    assert means.channels_last == ("--channels-last" in asked)
    assert means.compiled == ("--compile" in asked)
    assert means.corrupt_on_device == ("--corrupt-on-device" in asked)
    assert means.decode_on_device == ("--decode-on-device" in asked)
    # Two devices of a machine are two workers; each continues under its own name.
    assert made[0]["name"] == f"{socket.gethostname()}-{means.device.replace(':', '')}"
