"""What a process counts of itself."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from backend import metrics
from backend.metrics import BUCKETS, OTHER, RequestMetrics, count_refusal
from backend.turns import Turns

Serve = Callable[[str], httpx.Client]


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"wellbehaved_{name}", labels) or 0.0


def test_buckets_begin_below_a_ranking(client: httpx.Client) -> None:
    assert BUCKETS[0] == 0.0005
    client.get("/v1/rankings")
    families = text_string_to_metric_families(client.get("/metrics").text)
    found = [
        sample.labels["le"]
        for family in families
        for sample in family.samples
        if sample.name == "wellbehaved_request_seconds_bucket" and sample.labels["route"] == "/v1/rankings"
    ]
    assert found[0] == "0.0005"
    assert found[-1] == "+Inf"


def test_a_refusal_is_counted_by_its_code(client: httpx.Client) -> None:
    before = value("refusals_total", code="invalid_parameter"), value("refusals_total", code="not_found")
    client.get("/v1/rankings?limit=0")
    client.get("/v1/nothing")
    client.get("/v1/rankings")
    after = value("refusals_total", code="invalid_parameter"), value("refusals_total", code="not_found")
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1]


@pytest.mark.parametrize("code", ["", "With Space", "a-b", "é", "x" * 65, '"', "a\n"])
def test_what_is_no_code_is_no_label(code: str) -> None:
    before = value("refusals_total", code=OTHER)
    count_refusal(code)
    assert value("refusals_total", code=OTHER) == before + 1
    assert REGISTRY.get_sample_value("wellbehaved_refusals_total", {"code": code}) is None


def test_so_many_codes_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_CODES", metrics._Codes(2))
    assert [metrics._CODES.label(code) for code in ("a", "b", "c", "a")] == ["a", "b", OTHER, "a"]


def test_heavy_questions_are_timed_and_so_is_their_wait() -> None:
    names = ("heavy_question_seconds_count", "heavy_question_wait_seconds_count")
    before = [value(name) for name in names]
    with Turns().one():
        pass
    assert [value(name) for name in names] == [each + 1 for each in before]


def test_errors_of_the_database_are_counted_by_kind(serve: Serve, tmp_path: Path) -> None:
    before = value("database_errors_total", kind="no_file")
    assert serve(f"sqlite:///{tmp_path / 'none.db'}").get("/v1/rankings").status_code == 503
    assert value("database_errors_total", kind="no_file") > before


def test_what_is_not_http_passes_uncounted() -> None:
    passed = []

    async def app(scope: object, receive: object, send: object) -> None:
        passed.append(scope)

    asyncio.run(RequestMetrics(app)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert passed == [{"type": "lifespan"}]
