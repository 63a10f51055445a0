from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import JsonValue

from quba.ranking.presets import BUILT_IN_PRESETS
from tests.backend.conftest import TOKEN
from tests.backend.own_dimension import THROUGHPUT
from tests.backend.own_preset import CAMERAS, told

Serve = Callable[[str], httpx.Client]


@pytest.fixture
def service(serve: Serve, study_sqlite_url: str) -> httpx.Client:
    own = serve(study_sqlite_url)
    own.headers["Authorization"] = f"Bearer {TOKEN}"
    return own


def get(service: httpx.Client, path: str) -> Any:  # noqa: ANN401 - any JSON
    answer = service.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def order(service: httpx.Client, query: str) -> list[tuple[str, float]]:
    return [(item["model_id"], item["score"]) for item in get(service, f"/v1/rankings?limit=50&{query}")["items"]]


def test_it_is_listed_behind_the_built_in_ones_and_ranks_at_once(service: httpx.Client) -> None:
    answer = service.post("/v1/presets", json=CAMERAS)
    assert (answer.status_code, answer.json()["changed"], answer.headers["location"]) == (201, True, "/v1/presets")
    again = service.post("/v1/presets", json=CAMERAS)
    assert (again.status_code, again.json()["changed"]) == (200, False)
    items = get(service, "/v1/presets")["items"]
    assert [item["key"] for item in items] == [*BUILT_IN_PRESETS, "cameras"]
    assert {item["origin"] for item in items[:-1]} == {"built-in"}
    assert (items[-1]["origin"], items[-1]["removed_dimensions"]) == ("own", [])
    assert (items[-1]["weights"]["corruption_robustness"], items[-1]["weights"]["shape_bias"]) == (2.5, 0)
    same = "preset=accuracy&w.accuracy=1&w.corruption_robustness=2.5"
    assert order(service, "preset=cameras") == order(service, same)
    found = get(service, "/v1/rankings?preset=cameras&limit=1")
    assert found["preset"] == "cameras"
    body: dict[str, JsonValue] = {"preset": "cameras", "limit": 1}
    asked = service.post("/v1/rankings", json=body)
    assert (asked.status_code, asked.json()["items"]) == (200, found["items"]), asked.text
    model = get(service, f"/v1/models/{found['items'][0]['model_id']}")
    assert {"preset": "cameras", "rank": 1, "score": found["items"][0]["score"]} in model["ranks"]


def test_others_stay_as_they_are(service: httpx.Client) -> None:
    before = order(service, "")
    service.post("/v1/presets", json=CAMERAS)
    assert order(service, "") == before


def test_the_document_has_it_among_the_choices(service: httpx.Client) -> None:
    def choices() -> list[str]:
        parameters = get(service, "/openapi.json")["paths"]["/v1/rankings"]["get"]["parameters"]
        [preset] = [each for each in parameters if each["name"] == "preset"]
        return list(preset["schema"]["enum"])

    assert choices() == list(BUILT_IN_PRESETS)
    service.post("/v1/presets", json=CAMERAS)
    assert choices() == [*BUILT_IN_PRESETS, "cameras"]


def test_it_is_removed_and_then_unknown(service: httpx.Client) -> None:
    service.post("/v1/presets", json=CAMERAS)
    assert service.delete("/v1/presets/cameras").json()["deleted"] == "cameras"
    assert problem(service.delete("/v1/presets/cameras")) == (404, "unknown_preset")
    assert problem(service.delete("/v1/presets/paper")) == (409, "built_in_preset")
    assert problem(service.get("/v1/rankings?preset=cameras")) == (422, "invalid_parameter")


def test_what_breaks_a_rule_is_refused(service: httpx.Client) -> None:
    assert problem(service.post("/v1/presets", json=told(weights={}))) == (422, "bad_preset")
    assert problem(service.post("/v1/presets", json=told(weights={"throughput": 1}))) == (422, "bad_preset")
    service.post("/v1/presets", json=CAMERAS)
    assert problem(service.post("/v1/presets", json=told(label="Others"))) == (409, "preset_exists")


def test_a_removed_dimension_gives_a_notice_and_no_error(service: httpx.Client) -> None:
    service.post("/v1/dimensions", json=THROUGHPUT)
    answer = service.post("/v1/presets", json=told(weights={"accuracy": 1, "throughput": 2}))
    assert answer.status_code == 201
    service.delete("/v1/dimensions/throughput")
    found = get(service, "/v1/rankings?preset=cameras&limit=1")
    assert found["items"][0]["rank"] == 1
    assert any("Throughput was removed from this service" in notice for notice in found["notices"])
    [item] = [item for item in get(service, "/v1/presets")["items"] if item["key"] == "cameras"]
    assert item["removed_dimensions"] == ["Throughput"]
    assert get(service, "/v1/rankings?limit=1")["notices"] == []


def test_one_that_weighs_removed_dimensions_alone_is_listed_and_names_no_leader(service: httpx.Client) -> None:
    service.post("/v1/dimensions", json=THROUGHPUT)
    service.post("/v1/presets", json=told(weights={"throughput": 2}))
    service.delete("/v1/dimensions/throughput")
    [item] = [item for item in get(service, "/v1/presets")["items"] if item["key"] == "cameras"]
    assert set(item["weights"].values()) == {0}
    assert problem(service.get("/v1/rankings?preset=cameras")) == (422, "invalid_weight")
    assert get(service, "/v1/models/resnet50")["model_id"] == "resnet50"
