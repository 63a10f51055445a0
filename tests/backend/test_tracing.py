"""Traces: off unless a collector is named, as the variables say, and of a request with all that it asked for."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from backend import tracing
from backend.logs import IdentifierFilter, JsonLines
from backend.tracing import endpoint_variable, unspoken_protocol
from tests.otlp_collector import Collector

Serve = Callable[[str], httpx.Client]
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OFF = """
import sys
import backend.app, evaluation.worker.worker, evaluation.worker.measuring
backend.app.create_app()
print(sorted(each for each in sys.modules if each.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))))
"""


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, None),
        ({"OTEL_SERVICE_NAME": "mine"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t"},
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "TRUE"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "no"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
    ],
)
def test_the_standard_variables_switch_it_on_and_off(environment: dict[str, str], named: str | None) -> None:
    assert endpoint_variable(environment) == named


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, None),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_TRACES_EXPORTER": "otlp"}, None),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")),
        # The narrower one counts.
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, None),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, ("OTEL_TRACES_EXPORTER", "zipkin")),
    ],
)
def test_what_is_not_spoken_is_found(environment: dict[str, str], found: tuple[str, str] | None) -> None:
    assert unspoken_protocol(environment) == found


def test_without_a_collector_no_library_of_it_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", OFF], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_without_a_collector_nothing_is_made() -> None:
    assert tracing.tracer_provider() is None
    with tracing.span("anything", parent={"traceparent": PARENT}):
        tracing.mark_failed("code")
        assert (tracing.carrier(), tracing.trace_identifiers()) == ({}, None)
    tracing.flush()


def test_a_span_goes_on_with_that_of_another_process_and_is_gone_on_with(traced: Collector) -> None:
    with tracing.span("outer", {"a": 1, "b": True}, kind="consumer", parent={"traceparent": PARENT}):
        carried = tracing.carrier()
        found = tracing.trace_identifiers()
    with tracing.span("inner", parent=carried):
        pass
    assert (tracing.carrier(), tracing.trace_identifiers()) == ({}, None)
    tracing.flush()
    outer, inner = traced.await_named("outer"), traced.await_named("inner")
    assert (outer.service, outer.trace_id, outer.parent_id) == ("tests", PARENT[3:35], PARENT[36:52])
    assert (outer.kind, outer.attributes, outer.failed) == ("consumer", {"a": "1", "b": "True"}, False)
    assert (inner.trace_id, inner.parent_id) == (outer.trace_id, outer.span_id)
    assert found == tracing.TraceIdentifiers(outer.trace_id, outer.span_id)


def test_a_failed_span_says_what_failed_and_not_why(traced: Collector) -> None:
    with pytest.raises(ValueError, match="secret"), tracing.span("fails"):
        raise ValueError("secret")
    tracing.flush()
    found = traced.await_named("fails")
    assert (found.failed, found.attributes) == (True, {"error.type": "ValueError"})


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "wellbehaved-service"),
        ({"OTEL_SERVICE_NAME": "mine"}, "mine"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=ours"}, "ours"),
    ],
)
def test_the_variables_say_what_it_is_called(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str
) -> None:
    for key, value in variables.items():
        monkeypatch.setenv(key, value)
    tracing.start(tracing.SERVICE, instance="one")
    with tracing.span("any"):
        pass
    tracing.stop()
    assert collector.await_named("any").service == name


def test_a_collector_that_takes_nothing_holds_nobody_up(traced: Collector, caplog: pytest.LogCaptureFixture) -> None:
    traced.status = 400
    with tracing.span("lost"):
        pass
    tracing.stop()
    assert traced.spans == []
    assert "opentelemetry" in {each.name.partition(".")[0] for each in caplog.records}


def record_of(message: str) -> dict[str, Any]:
    record = logging.LogRecord("backend.any", logging.INFO, "file.py", 1, message, (), None)
    IdentifierFilter().filter(record)
    found: dict[str, Any] = json.loads(JsonLines().format(record))
    return found


def test_a_line_of_the_log_names_the_trace_within_and_not_beyond(traced: Collector) -> None:
    with tracing.span("any"):
        line, found = record_of("said"), tracing.trace_identifiers()
    assert found is not None
    assert (line["trace_id"], line["span_id"]) == (found.trace_id, found.span_id)
    assert not {"trace_id", "span_id"} & record_of("said").keys()


def test_the_trace_of_a_request_has_its_statements_and_goes_on_with_the_callers(
    traced: Collector, serve: Serve, study_url: str
) -> None:
    service = serve(study_url)
    asked = {"w.accuracy": "2", "limit": "1"}
    assert service.get("/v1/rankings", params=asked, headers={"traceparent": PARENT}).status_code == 200
    assert service.get("/v1/health").status_code == 200
    assert service.get("/v1/models/no-such").status_code == 404
    tracing.flush()
    ranking, missing = traced.await_named("GET /v1/rankings"), traced.await_named("GET /v1/models/{model_id}")
    assert (ranking.trace_id, ranking.parent_id, ranking.kind) == (PARENT[3:35], PARENT[36:52], "server")
    assert (ranking.attributes["http.response.status_code"], ranking.failed) == ("200", False)
    assert missing.attributes["http.response.status_code"] == "404"
    # Of the version, and of the pool, which a thread of its own reads.
    statements = [each for each in traced.spans if each.parent_id == ranking.span_id]
    texts = [each.attributes["db.query.text"] for each in statements]
    assert any("data_version" in each for each in texts)
    assert any("measurement" in each for each in texts)
    system = study_url.partition("+")[0].partition(":")[0]
    assert {each.attributes["db.system.name"] for each in statements} == {system}
    assert {each.kind for each in statements} == {"client"}
    assert "SELECT" in {each.name for each in statements}
    # Machines ask for it all day long.
    assert not [each for each in traced.spans if "health" in each.name]


def test_values_of_a_statement_are_not_in_it(traced: Collector, serve: Serve, study_sqlite_url: str) -> None:
    serve(study_sqlite_url).get("/v1/evaluations/ev-secret", headers={"Authorization": "Bearer a-token-for-tests"})
    tracing.flush()
    traced.await_named("GET /v1/evaluations/{evaluation_id}")
    statements = [each for each in traced.spans if "db.query.text" in each.attributes]
    assert any("evaluation" in each.attributes["db.query.text"] for each in statements)
    assert not any("secret" in str(each.attributes) or "token" in str(each.attributes) for each in statements)


def test_a_submission_is_queued_within_the_trace_of_its_request(
    traced: Collector, serve: Serve, study_sqlite_url: str
) -> None:
    service = serve(study_sqlite_url)
    headers = {"Authorization": "Bearer a-token-for-tests"}
    answer = service.post("/v1/evaluations", json={"model": "resnet18.a1_in1k"}, headers=headers)
    assert answer.status_code == 202, answer.text
    tracing.flush()
    request, queued = traced.await_named("POST /v1/evaluations"), traced.await_named("queue evaluation")
    assert (queued.trace_id, queued.parent_id, queued.kind) == (request.trace_id, request.span_id, "producer")
    assert queued.attributes[tracing.EVALUATION_ID] == answer.json()["evaluation_id"]
