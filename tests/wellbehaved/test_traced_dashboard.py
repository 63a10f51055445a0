"""The dashboard with traces, where the variables ask for them: pages, and what they ask the service."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import tracing
from dashboard import page_spans
from tests.otlp_collector import Collector
from wellbehaved.traced_dashboard import DASHBOARD, run, with_traces

_COMMAND = ["python", "-P", "-m", "streamlit", "run", "server.py"]
_PROGRAM = """
import os, sys
import httpx
from dashboard import page_spans
from dashboard.page_spans import page_span

assert __name__ == "__main__", __name__
with page_span("Rank"), httpx.Client() as client:
    client.get(sys.argv[1] + "/v1/rankings?limit=1", headers={"Authorization": "Bearer secret"})
    trace = page_spans._SPANS.place()
# As a fragment of the page, which runs when the page is over.
with page_spans._span("part progress", trace):
    pass
sys.exit(7)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module that stands for Streamlit with the dashboard in it; what it was run with is undone."""
    (tmp_path / "stand_in.py").write_text(_PROGRAM)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(page_spans, "_SPANS", page_spans._Spans())
    yield "stand_in"
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

    if HTTPXClientInstrumentor().is_instrumented_by_opentelemetry:
        HTTPXClientInstrumentor().uninstrument()


def test_without_a_collector_the_command_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert with_traces(_COMMAND) == _COMMAND


def test_with_one_it_goes_through_this_module(collector: Collector) -> None:
    assert with_traces(_COMMAND) == [*_COMMAND[:3], "wellbehaved.traced_dashboard", *_COMMAND[3:]]


def test_what_a_page_asks_is_within_its_span(
    collector: Collector, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    with pytest.raises(SystemExit, match="7"):
        run(program, [collector.url])
    page, request = collector.await_named("page Rank"), collector.await_named("GET")
    assert (page.service, page.parent_id, page.failed) == (DASHBOARD, "", False)
    assert (request.trace_id, request.parent_id, request.kind) == (page.trace_id, page.span_id, "client")
    assert request.attributes["url.full"] == f"{collector.url}/v1/rankings?limit=1"
    assert "secret" not in str([each.attributes for each in collector.spans])
    part = collector.await_named("part progress")
    assert (part.trace_id, part.parent_id) == (page.trace_id, page.span_id)
    assert tracing.tracer_provider() is None


def test_where_none_can_be_sent_the_dashboard_runs_without(
    collector: Collector, program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    with pytest.raises(SystemExit, match="7"):
        run(program, [collector.url])
    assert "OTEL_TRACES_EXPORTER is console" in capsys.readouterr().err
    assert collector.spans == []


@pytest.mark.parametrize("lacking", ["opentelemetry.instrumentation", "opentelemetry.instrumentation.httpx"])
def test_pages_are_traced_where_what_joins_requests_is_not_installed(
    collector: Collector, program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    lacking: str,
) -> None:  # fmt: skip
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == lacking else find(name))
    with pytest.raises(SystemExit, match="7"):
        run(program, [collector.url])
    assert collector.await_named("page Rank").service == DASHBOARD
    assert "Joining the dashboard's requests to its traces needs the extra `telemetry`" in capsys.readouterr().err
