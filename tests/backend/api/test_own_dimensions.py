from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import JsonValue

from quba.dimensions import MEASURES, STUDY_DIMENSIONS
from tests.backend.conftest import TOKEN
from tests.backend.own_dimension import THROUGHPUT, described

Serve = Callable[[str], httpx.Client]
VALUES = {"eva02-b-21k": 100, "hiera-b-plus": 120, "convnextv2-b-21k": 90, "alexnet": 500}


@pytest.fixture
def service(serve: Serve, study_sqlite_url: str) -> httpx.Client:
    own = serve(study_sqlite_url)
    own.headers["Authorization"] = f"Bearer {TOKEN}"
    return own


@pytest.fixture
def filled(service: httpx.Client) -> httpx.Client:
    """A service that has the dimension, with values of four models."""
    assert service.post("/v1/dimensions", json=THROUGHPUT).status_code == 201
    rows = "".join(f"{model_id},{value}\n" for model_id, value in VALUES.items())
    answer = service.post(
        "/v1/imports", content=f"model_id,throughput\n{rows}".encode(), headers={"Content-Type": "text/csv"}
    )
    assert answer.json()["added"] == len(VALUES)
    return service


def get(service: httpx.Client, path: str) -> Any:  # noqa: ANN401 - any JSON
    answer = service.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def keys(service: httpx.Client) -> dict[str, str]:
    return {item["key"]: item["origin"] for item in get(service, "/v1/dimensions")["items"]}


def test_it_is_added_and_there_at_once(service: httpx.Client) -> None:
    answer = service.post("/v1/dimensions", json=THROUGHPUT)
    assert (answer.status_code, answer.json()["changed"]) == (201, True)
    assert answer.headers["location"] == "/v1/dimensions"
    assert keys(service) == {
        **dict.fromkeys(MEASURES, "built-in"), "macs_billions": "facts", "activations_millions": "facts",
        "throughput": "own",
    }  # fmt: skip
    again = service.post("/v1/dimensions", json=THROUGHPUT)
    assert (again.status_code, again.json()["changed"]) == (200, False)
    assert again.json()["data_version"] == answer.json()["data_version"] == get(service, "/v1/ready")["data_version"]


def test_no_published_score_moves_by_one_bit(service: httpx.Client) -> None:
    def scores(query: str) -> list[tuple[str, float, int]]:
        items = get(service, f"/v1/rankings?limit=1000&{query}")["items"]
        return [(item["model_id"], item["score"], item["rank"]) for item in items]

    queries = ("", "preset=edge", "normalisation=zscore", "normalisation=percentile", "quality=screened")
    before = [scores(query) for query in queries]
    service.post("/v1/dimensions", json=THROUGHPUT)
    assert [scores(query) for query in queries] == before
    rows = "model_id,throughput\n" + "".join(f"{model_id},{value}\n" for model_id, value in VALUES.items())
    service.post("/v1/imports", content=rows.encode(), headers={"Content-Type": "text/csv"})
    assert [scores(query) for query in queries] == before
    assert {item["key"]: item["weights"]["throughput"] for item in get(service, "/v1/presets")["items"]}.keys()


def test_a_weight_ranks_the_models_that_have_a_value(filled: httpx.Client) -> None:
    found = get(filled, "/v1/rankings?w.throughput=100&limit=10")
    ranked = [item for item in found["items"] if item["rank"]]
    assert {item["model_id"] for item in ranked} == set(VALUES)
    assert ranked[0]["model_id"] == "alexnet"
    assert ranked[0]["contributions"]["throughput"] > 0
    assert {"dimension": "throughput", "reason": "not_measured"} in found["items"][-1]["missing"]
    only = get(filled, "/v1/rankings?throughput.gte=100&sort=-throughput")
    assert [item["scores"]["throughput"] for item in only["items"]] == [500, 120, 100]


def test_the_body_of_a_question_takes_it_too(filled: httpx.Client) -> None:
    asked: JsonValue = {"weights": {"throughput": 1, "shape_bias": None}, "filters": {"throughput.lte": 150}}
    answer = filled.post("/v1/rankings", json=asked).json()
    assert {item["model_id"] for item in answer["items"]} == set(VALUES) - {"alexnet"}
    refused = filled.post("/v1/rankings", json={"weights": {"throughput": -1}})
    assert problem(refused) == (422, "invalid_weight")
    groups = {"a": {"throughput.gte": 100}, "b": {"architecture": ["cnn"]}}
    assert filled.post("/v1/group-comparisons", json=groups).status_code in (200, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/rankings/alexnet/explanation?w.throughput=1", "/v1/what-if/eva02-b-21k?w.throughput=1",
        "/v1/stability?w.throughput=1&draws=100", "/v1/rank-intervals?w.throughput=1&draws=100",
        "/v1/pareto?dimensions=throughput,accuracy", "/v1/correlations", "/v1/comparisons?models=alexnet,eva02-b-21k",
        "/v1/constraints?throughput.gte=100", "/v1/improvements/eva02-b-21k?w.throughput=1",
        "/v1/rank-spread?w.throughput=1", "/v1/standardised-scores", "/v1/headline?w.throughput=1",
        "/v1/models/alexnet", "/v1/differences?a=alexnet&b=eva02-b-21k", "/v1/decision-record?w.throughput=1",
    ],
)  # fmt: skip
def test_every_question_follows(filled: httpx.Client, path: str) -> None:
    answer = filled.get(path)
    assert answer.status_code == 200, answer.text
    assert "throughput" in answer.text.lower()


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_exports_have_its_columns(filled: httpx.Client, form: str) -> None:
    text = filled.get(f"/v1/rankings?format={form}&limit=1").text
    assert "throughput" in text
    assert "percentile.throughput" in text


def test_the_study_wide_stability_is_among_the_nine_as_before(filled: httpx.Client) -> None:
    found = get(filled, "/v1/stability?around=anything&draws=100&limit=1")
    assert found["scored"] == 326
    assert found["items"][0]["central_weights"]["throughput"] in (0, None)
    assert len(STUDY_DIMENSIONS) == 9


def test_an_error_of_its_own_is_unknown_unless_it_was_imported(filled: httpx.Client) -> None:
    [found] = [
        item
        for item in get(filled, "/v1/differences?a=alexnet&b=eva02-b-21k")["items"]
        if item["dimension"] == "throughput"
    ]
    assert (found["difference"], found["standard_error"], found["p"]) == (-400, None, None)


def test_a_removed_one_in_a_link_is_a_notice_and_its_values_return(filled: httpx.Client) -> None:
    link = "/v1/rankings?w.throughput=5&throughput.gte=100&limit=1000"
    answer = filled.delete("/v1/dimensions/throughput")
    assert (answer.status_code, answer.json()["deleted"]) == (200, "throughput")
    found = get(filled, link)
    assert found["notices"] == ["Throughput was removed from this service: its weight and limits count for nothing."]
    assert found["items"][0]["model_id"] == "eva02-b-21k"
    assert found["total"] == 326
    assert "throughput" not in found["items"][0]["scores"]
    assert get(filled, "/v1/rankings?w.throughput=0&limit=1")["notices"] == []
    filled.post("/v1/dimensions", json=THROUGHPUT)
    assert get(filled, link)["total"] == 3


def test_all_results_are_read_back_before_and_after_its_removal(filled: httpx.Client) -> None:
    def read_back() -> tuple[str, int]:
        written = filled.get("/v1/results").content
        answer = filled.post("/v1/imports", content=written, headers={"Content-Type": "text/csv"})
        assert answer.status_code in (200, 201), answer.text
        return written.decode(), answer.json()["added"]

    written, added = read_back()
    assert (written.count(",throughput,"), added) == (len(VALUES), 0)
    assert filled.delete("/v1/dimensions/throughput").status_code == 200
    written, added = read_back()
    assert (written.count(",throughput,"), added) == (0, 0)


def test_what_never_was_stays_an_error(filled: httpx.Client) -> None:
    assert problem(filled.get("/v1/rankings?w.throughputs=5")) == (422, "unknown_dimension")
    assert "Did you mean `w.throughput`?" in filled.get("/v1/rankings?w.throughputs=5").text
    assert problem(filled.get("/v1/pareto?dimensions=through,accuracy")) == (422, "invalid_parameter")
    assert problem(filled.delete("/v1/dimensions/through")) == (404, "unknown_dimension")
    assert problem(filled.delete("/v1/dimensions/accuracy")) == (409, "built_in_dimension")


def test_a_worker_is_not_asked_to_measure_it(filled: httpx.Client) -> None:
    asked = {"model": "resnet18.a1_in1k", "dimensions": ["throughput"]}
    refused = filled.post("/v1/evaluations", json=asked)
    assert problem(refused) == (422, "invalid_parameter")
    assert "throughput" not in filled.post("/v1/evaluations", json={**asked, "dimensions": None}).json()["dimensions"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"label": "=1+1"}, 422, "bad_dimension"),
        ({"higher_is_better": None}, 422, "bad_dimension"),
        ({"key": "accuracy"}, 422, "bad_dimension"),
        ({"decimals": 2}, 409, "dimension_exists"),
    ],
)
def test_what_is_refused_changes_nothing(
    filled: httpx.Client, changes: dict[str, JsonValue], status: int, code: str
) -> None:
    before = get(filled, "/v1/ready")
    answer = filled.post("/v1/dimensions", json=described(**changes))
    assert problem(answer) == (status, code)
    assert answer.json()["next_step"]
    assert get(filled, "/v1/ready") == before


def test_writing_needs_the_token(service: httpx.Client) -> None:
    del service.headers["Authorization"]
    assert service.post("/v1/dimensions", json=THROUGHPUT).status_code == 401
    assert service.delete("/v1/dimensions/throughput").status_code == 401


def test_where_nothing_but_a_removed_one_weighs_the_refusal_names_it(
    service: httpx.Client, writing_headers: dict[str, str]
) -> None:
    assert service.post("/v1/dimensions", json=described(), headers=writing_headers).status_code == 201
    assert service.delete("/v1/dimensions/throughput", headers=writing_headers).status_code == 200
    problem = service.get("/v1/rankings?preset=accuracy&w.accuracy=0&w.throughput=1").json()
    assert (problem["status"], problem["code"]) == (422, "invalid_weight")
    assert problem["detail"] == (
        "Throughput was removed from this service, and nothing else weighs: all weights are 0; at least one must be "
        "positive. Give one dimension a weight above 0."
    )
