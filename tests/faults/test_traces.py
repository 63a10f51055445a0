"""The trace of an evaluation: from what queued it over the worker to the steps of what measures, in three processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from backend import tracing
from tests.faults.queue_world import LIGHT, QueueWorld, queue_world
from tests.otlp_collector import Collector, Received
from tests.wellbehaved.conftest import await_answer, clean_environment, free_port

pytestmark = pytest.mark.usefixtures("traced")


@pytest.fixture
def world(study_sqlite_url: str, toy_root: Path, tmp_path: Path) -> Iterator[QueueWorld]:
    """A store with a queue and no worker."""
    with queue_world(study_sqlite_url, toy_root, tmp_path / "world") as made:
        yield made


@pytest.fixture
def worker(world: QueueWorld, traced: Collector, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command, as somebody starts it; it takes evaluations once it is up."""
    environment = {
        **os.environ,
        "WELLBEHAVED_DATABASE_URL": world.settings.resolved_database_url,
        "WELLBEHAVED_DATA_DIR": str(world.settings.data_dir),
        "WELLBEHAVED_WORKER_BEAT_SECONDS": "0.3",
        "WELLBEHAVED_LOG_FORMAT": "json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": traced.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    argv = ["worker", "--data", str(world.data), "--device", "cpu", "--workers", "0", "--name", "me"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-P", "-m", "wellbehaved.cli", *argv], env=environment, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def chain(spans: list[Received], last: Received) -> list[str]:
    """The names from the first span of a trace to one of its spans."""
    by_id = {each.span_id: each for each in spans}
    names = [last.name]
    while last.parent_id in by_id:
        last = by_id[last.parent_id]
        names.insert(0, last.name)
    return names


def test_it_reaches_from_the_request_to_each_stage(
    world: QueueWorld, traced: Collector, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with tracing.span("request"):
        (evaluation,) = world.submit(samples_per_class=1, dimensions=LIGHT[:1])
    tracing.flush()
    # Started only now: a worker that was up might have found the evaluation in the store, and queued it by itself.
    process: subprocess.Popen[bytes] = request.getfixturevalue("worker")
    world.await_states([evaluation], "succeeded", "failed")
    assert world.record(evaluation).state == "succeeded", (tmp_path / "log").read_text()
    stage, loading = traced.await_named("stage"), traced.await_named("load model")
    # The last to end. Asked to leave before, the worker would end within it.
    traced.await_named("evaluate")
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 0, (tmp_path / "log").read_text()
    above = ["request", "queue evaluation", "evaluate", "measure"]
    assert chain(traced.spans, stage) == [*above, "phase", "stage"]
    assert chain(traced.spans, loading) == [*above, "load model"]
    assert stage.attributes["wellbehaved.stage"]
    # The worker, too, queues what it finds waiting in the store: outside of the trace, and without effect.
    of_trace = [each for each in traced.spans if each.trace_id == stage.trace_id]
    for name in ("queue evaluation", "evaluate", "measure"):
        (found,) = [each for each in of_trace if each.name == name]
        assert (found.attributes[tracing.EVALUATION_ID], found.failed) == (evaluation, False)
    assert {each.service for each in traced.spans} == {"tests", tracing.WORKER}
    # What it writes about the evaluation is part of its trace, and its heartbeats are none.
    statements = [
        each for each in traced.spans if each.service == tracing.WORKER and "db.query.text" in each.attributes
    ]
    assert statements
    assert {each.trace_id for each in statements} == {stage.trace_id}


def test_one_that_fails_is_marked_with_its_code(
    world: QueueWorld, traced: Collector, worker: subprocess.Popen[bytes]
) -> None:
    (evaluation,) = world.submit(queued=False, samples_per_class=1, dimensions=LIGHT[:1], architecture="none")
    world.await_states([evaluation], "succeeded", "failed")
    measured = traced.await_named("measure")
    error = world.record(evaluation).error
    assert error is not None
    assert (measured.failed, measured.attributes["error.type"]) == (True, error["code"])
    # Put into the queue by the worker, in nobody's trace: one of its own, found by the evaluation.
    evaluate = traced.await_named("evaluate")
    assert chain(traced.spans, measured) == ["queue evaluation", "evaluate", "measure"]
    assert evaluate.attributes[tracing.EVALUATION_ID] == evaluation


def test_a_service_sends_what_is_left_when_it_ends(study_file: Path, traced: Collector, tmp_path: Path) -> None:
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")
    # What is made waits for an hour to be sent, unless the end comes first.
    environment = clean_environment(
        WELLBEHAVED_DATA_DIR=str(tmp_path), WELLBEHAVED_LOG_FORMAT="json", WELLBEHAVED_LOG_LEVEL="debug",
        OTEL_EXPORTER_OTLP_ENDPOINT=traced.url, OTEL_BSP_SCHEDULE_DELAY="3600000",
    )  # fmt: skip
    port = free_port()
    argv = [sys.executable, "-P", "-m", "wellbehaved.cli", "serve", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        await_answer(f"http://127.0.0.1:{port}/v1/ready", process, tmp_path / "log")
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/rankings?limit=1", trust_env=False)
        process.terminate()
        process.wait(120)
    finally:
        process.kill()
        process.wait()
    assert answer.status_code == 200
    asked = traced.await_named("GET /v1/rankings")
    assert asked.service == tracing.SERVICE
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    (line,) = [each for each in lines if "GET /v1/rankings" in each["message"]]
    assert (line["trace_id"], line["span_id"]) == (asked.trace_id, asked.span_id)
    assert line["request_id"] == answer.headers["X-Request-ID"]
