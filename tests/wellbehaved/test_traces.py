"""The start of traces by a command: nothing without a collector's address, and a sentence where they cannot be sent."""

import pytest

from backend import tracing
from backend.settings import Settings
from evaluation.extras import installing
from tests.otlp_collector import Collector
from wellbehaved.doctor import examine
from wellbehaved.traces import obstacle, start_traces


def test_without_a_collector_nothing_is_started_or_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    said: list[str] = []
    start_traces(said.append)
    assert (tracing.tracer_provider(), said) == (None, [])


def test_with_one_traces_are_sent(collector: Collector) -> None:
    said: list[str] = []
    start_traces(said.append)
    assert said == []
    with tracing.span("sent"):
        pass
    tracing.flush()
    assert collector.await_named("sent").service == tracing.SERVICE


def test_without_the_extra_it_says_how_to_get_it_and_goes_on(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    found: list[str] = []
    start_traces(found.append)
    (said,) = found
    assert said.startswith("OTEL_EXPORTER_OTLP_ENDPOINT is set, and sending traces needs the extra `telemetry`")
    assert f"Run `{installing('telemetry')}`." in said
    assert "OTEL_SDK_DISABLED=true" in said
    assert tracing.tracer_provider() is None


@pytest.mark.parametrize(
    ("name", "value", "spoken"),
    [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf"), ("OTEL_TRACES_EXPORTER", "console", "otlp")],
)
def test_what_is_not_spoken_is_said_with_what_is(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, name: str, value: str, spoken: str
) -> None:
    monkeypatch.setenv(name, value)
    assert obstacle() == f"{name} is {value}, and traces are sent by {spoken} alone. Set it to {spoken}."


def test_doctor_says_where_they_go(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), _env_file=None)

    def found() -> list[tuple[str, str]]:
        return [(each.state, each.text) for each in examine(settings) if each.subject == "traces"]

    assert found() == [("ok", "are sent to where OTEL_EXPORTER_OTLP_ENDPOINT says")]
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    assert found()[0][0] == "missing"
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert found() == []
