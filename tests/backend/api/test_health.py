import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.store.file_store import FilesUnavailable
from backend.store.local_files import LocalFiles
from backend.store.migration import head_revision

Serve = Callable[[str], httpx.Client]


def count_of(client: httpx.Client, **labels: str) -> float:
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = [
        sample for family in families for sample in family.samples if sample.name == "wellbehaved_requests_total"
    ]
    return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def test_alive_and_ready(client: httpx.Client) -> None:
    assert client.get("/v1/health").json() == {"status": "ok"}
    ready = client.get("/v1/ready").json()
    assert (ready["status"], ready["database"]) == ("ready", "ok")
    assert ready["files"] == "ok"
    assert re.fullmatch(r"\d+-[0-9a-f]{8}", ready["data_version"])


def test_alive_but_not_ready_without_a_database(serve: Serve, tmp_path: Path) -> None:
    service = serve(f"sqlite:///{tmp_path / 'none.db'}")
    assert service.get("/v1/health").status_code == 200
    assert service.get("/v1/ready").status_code == 503
    assert service.get("/metrics").status_code == 200


def test_rankings_are_ready_while_the_store_of_files_is_away(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise FilesUnavailable("It is away.", "Start it.")

    monkeypatch.setattr("backend.evaluations.checkpoint_files._ASK_AGAIN_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(LocalFiles, "check", away)
        answer = client.get("/v1/ready")
    assert answer.status_code == 200
    assert answer.json()["files"] == "unavailable"
    assert client.get("/v1/ready").json()["files"] == "ok"


def test_versions(client: httpx.Client) -> None:
    answer = client.get("/v1/version").json()
    assert answer["wellbehaved"] == version("wellbehaved")
    assert answer["schema_revision"] == head_revision()
    assert answer["data_version"] == client.get("/v1/rankings").json()["data_version"]


def test_requests_are_counted_by_route_and_status(client: httpx.Client) -> None:
    labels = {"method": "GET", "route": "/v1/models/{model_id}", "status": "404"}
    before = count_of(client, **labels)
    for number in range(3):
        client.get(f"/v1/models/nobody-{number}")
    assert count_of(client, **labels) == before + 3


def test_no_request_can_add_series_at_will(client: httpx.Client) -> None:
    for number in range(3):
        client.request(f"WORD{number}", "/v1/rankings")
        client.get(f"/nothing-{number}")
    text = client.get("/metrics").text
    assert "WORD" not in text
    assert "nothing-" not in text
    assert count_of(client, method="other", status="405") >= 3


def test_metrics_are_in_the_format_of_prometheus(client: httpx.Client) -> None:
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    names = {family.name for family in text_string_to_metric_families(response.text)}
    assert {"wellbehaved_requests", "wellbehaved_request_seconds", "process_resident_memory_bytes"} <= names
