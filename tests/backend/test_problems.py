import hashlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from backend.problems import ProblemError, install_error_handlers, responses
from backend.store.engine import create_store_engine, reading
from backend.store.errors import StoreUnavailable
from backend.store.tables import Base
from quba.dimensions import DIMENSIONS
from wellbehaved.in_process import InProcessTransport

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]
Edit = Callable[[bytes], bytes]


def contents(url: str) -> str:
    """Digest of every row of every table."""
    engine, digest = create_store_engine(url), hashlib.sha256()
    with reading(engine) as session:
        for name, table in sorted(Base.metadata.tables.items()):
            rows = session.execute(select(table).order_by(*table.primary_key.columns))
            digest.update(repr([name, *rows]).encode())
    engine.dispose()
    return digest.hexdigest()


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = response.json()
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert set(problem) == {
        "type",
        "title",
        "status",
        "detail",
        "code",
        "next_step",
        "instance",
        "request_id",
        "errors",
    }
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"/problems/{code}")
    assert problem["title"] == code.replace("_", " ").capitalize()
    assert problem["detail"]
    assert problem["next_step"].endswith((".", "?"))
    assert problem["instance"].isascii()
    return problem


ALL_0 = "&".join(f"w.{key}=0" for key in DIMENSIONS)
QUESTIONS = [
    ("/v1/rankings?w.accuracy=-1", 422, "invalid_weight"),
    ("/v1/rankings?w.accuracy=inf", 422, "invalid_weight"),
    ("/v1/rankings?w.accuracy=1e999", 422, "invalid_weight"),
    ("/v1/rankings?w.accuracy=nan", 422, "invalid_weight"),
    ("/v1/rankings?w.fairness=1", 422, "unknown_dimension"),
    ("/v1/rankings?w.accuracy=1&w.accuracy=1", 422, "repeated_parameter"),
    (f"/v1/rankings?{ALL_0}", 422, "invalid_weight"),
    ("/v1/rankings?colour=red", 422, "unknown_parameter"),
    ("/v1/rankings?architecture=perceptron", 422, "invalid_parameter"),
    ("/v1/rankings?preset=paperr", 422, "invalid_parameter"),
    ("/v1/rankings?beauty.gte=1", 422, "unknown_parameter"),
    ("/v1/pareto?dimensions=accuracy,beauty", 422, "invalid_parameter"),
    ("/v1/rankings?cursor=abc", 422, "invalid_cursor"),
    ("/v1/models?cursor=abc", 422, "invalid_cursor"),
    ("/v1/rankings?limit=0", 422, "invalid_parameter"),
    ("/v1/rankings?limit=10000000", 422, "invalid_parameter"),
    ("/v1/models?limit=0", 422, "invalid_parameter"),
    ("/v1/models?limit=10000000", 422, "invalid_parameter"),
    ("/v1/models/nobody", 404, "unknown_model"),
    ("/v1/comparisons?models=resnet50,nobody", 404, "unknown_model"),
    ("/v1/rankings?benchmark=nothing", 404, "unknown_benchmark"),
]
BODIES = [
    (b'{"weights": {"accuracy": -1}}', "invalid_weight"),
    (b'{"weights": {"accuracy": Infinity}}', "invalid_weight"),
    (b'{"weights": {"fairness": 1}}', "unknown_dimension"),
    (b'{"weights": {"accuracy": 1, "accuracy": 1}}', "repeated_parameter"),
    (b'{"weights": {%b}}' % b",".join(b'"%b": 0' % key.encode() for key in DIMENSIONS), "invalid_weight"),
    (b'{"filters": {"colour": "red"}}', "unknown_parameter"),
    (b'{"preset": "paperr"}', "invalid_parameter"),
    (b'{"cursor": "abc"}', "invalid_cursor"),
    (b'{"limit": 0}', "invalid_parameter"),
    (b'{"limit": 10000000}', "invalid_parameter"),
    (b"{", "invalid_json"),
]
# How each file differs from a good one, and the columns that the answer must name.
FILES: dict[str, tuple[list[dict[str, str]], Edit, str | None]] = {
    "a column is missing": ([{}], lambda data: data.replace(b"model_id,name,", b"model_id,", 1), "name"),
    "a value is out of range": ([{"accuracy": "1.5"}], lambda data: data, "accuracy"),
    "a value is per cent": ([{"corruption_robustness": "53"}], lambda data: data, "corruption_robustness"),
    "a value is infinite": ([{"parameters_millions": "inf"}], lambda data: data, "parameters_millions"),
    "an id stands twice": ([{}, {"name": "Other"}], lambda data: data, "model_id"),
    "a name stands twice": ([{}, {"model_id": "other"}], lambda data: data, "name"),
    "an id is taken": ([{"model_id": "resnet50"}], lambda data: data, "accuracy"),
    "the encoding is Latin-1": ([{"name": "Modèle"}], lambda data: data.decode().encode("latin-1"), None),
    "the encoding is UTF-16": ([{}], lambda data: data.decode().encode("utf-16"), None),
    "a BOM stands inside": ([{}], lambda data: data.replace(b"model_id", b"model_id\xef\xbb\xbf", 1), None),
    "a name is a formula": ([{"name": "=1+1"}], lambda data: data, "name"),
    "a name is a command": ([{"name": "@SUM(A1)"}], lambda data: data, "name"),
    "it is empty": ([], lambda _: b"", None),
}


def test_bad_questions_are_refused_and_change_nothing(serve: Serve, study_url: str) -> None:
    service, before = serve(study_url), contents(study_url)
    for address, status, code in QUESTIONS:
        problem = assert_problem(service.get(address), status, code)
        assert problem["instance"] == address.partition("?")[0]
    for body, code in BODIES:
        assert_problem(service.post("/v1/rankings", content=body), 422, code)
    assert contents(study_url) == before


def test_bad_files_are_refused_and_change_nothing(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service, before = serve(study_url), contents(study_url)
    for fault, (rows, edit, column) in FILES.items():
        # A faultless row before the faulty ones must not be kept either.
        data = edit(results_csv({"model_id": "good", "name": "Good"}, *rows))
        response = service.post("/v1/imports", content=data, headers=writing_headers)
        problem = assert_problem(response, 422, "import_rejected")
        assert problem["errors"], fault
        assert all(set(each) == {"line", "column", "value", "rule"} for each in problem["errors"])
        if column:
            assert column in {each["column"] for each in problem["errors"]} | {
                each["value"] for each in problem["errors"]
            }, fault
        assert contents(study_url) == before, fault
    good = results_csv({"model_id": "good", "name": "Good"})
    marked = b"\xef\xbb\xbf" + good  # spreadsheets write a byte order mark before UTF-8, so that one is taken
    assert service.post("/v1/imports", content=marked, headers=writing_headers).status_code == 201
    assert contents(study_url) != before


def broken_app() -> FastAPI:
    app = FastAPI()
    install_error_handlers(app)

    @app.get("/fails")
    def fails() -> None:
        raise RuntimeError("a secret of the inside")

    @app.get("/away")
    def away() -> None:
        raise StoreUnavailable("The database does not answer.")

    @app.get("/teapot")
    def teapot() -> None:
        raise ProblemError(418, "teapot", "No.", "Ask a pot.", errors=[{"a": 1}], headers={"X-Own": "kept"})

    @app.get("/number/{number}")
    def number(number: int) -> int:
        return number

    return app


@pytest.fixture(scope="module")
def broken_client() -> Iterator[httpx.Client]:
    with httpx.Client(transport=InProcessTransport(broken_app()), base_url="http://service") as service:
        yield service


def test_an_unexpected_error_keeps_its_secrets_and_is_logged(
    broken_client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    response = broken_client.get("/fails?token=hush")
    assert_problem(response, 500, "internal_error")
    assert "secret" not in response.text
    assert "hush" not in caplog.text
    record = next(record for record in caplog.records if record.name == "backend.problems")
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "unexpected error in GET /fails")
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "a secret of the inside"


def test_a_store_that_is_away_says_when_to_ask_again(broken_client: httpx.Client) -> None:
    response = broken_client.get("/away")
    problem = assert_problem(response, 503, "store_unavailable")
    assert (response.headers["retry-after"], problem["detail"]) == ("5", "The database does not answer.")


def test_own_problems_keep_their_parts(broken_client: httpx.Client) -> None:
    response = broken_client.get("/teapot")
    problem = assert_problem(response, 418, "teapot")
    assert (problem["errors"], problem["next_step"], response.headers["x-own"]) == ([{"a": 1}], "Ask a pot.", "kept")


def test_what_the_framework_refuses_is_a_problem_too(broken_client: httpx.Client) -> None:
    problem = assert_problem(broken_client.get("/number/many"), 422, "invalid_parameter")
    assert [fault["parameter"] for fault in problem["errors"]] == ["number"]
    assert problem["detail"].startswith("number is 'many': ")


def test_paths_that_do_not_exist(client: httpx.Client) -> None:
    assert "/docs" in assert_problem(client.get("/v2/rankings"), 404, "not_found")["next_step"]
    assert "slash" in assert_problem(client.get("/v1/rankings/"), 404, "not_found")["next_step"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/rankings", "GET, HEAD, POST"),
        ("DELETE", "/v1/presets", "GET, HEAD, POST"),
        ("PUT", "/v1/imports", "GET, HEAD, POST"),
        ("WORD", "/v1/health", "GET, HEAD"),
    ],
)
def test_methods_that_a_path_does_not_have(client: httpx.Client, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)
    problem = assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allowed
    assert problem["next_step"].startswith(f"Use {allowed};")


def test_an_address_of_anything_is_quoted_and_cut(client: httpx.Client) -> None:
    problem = assert_problem(client.get("/nothing/%00%E2%82%AC%22%3Cb%3E"), 404, "not_found")
    assert problem["instance"] == "/nothing/%00%E2%82%AC%22%3Cb%3E"
    assert len(assert_problem(client.get(f"/{'x' * 5000}"), 404, "not_found")["instance"]) == 500


def test_responses_declare_problems_and_304_without_a_body() -> None:
    declared = responses(304, 422)
    assert declared[304] == {"description": "Not Modified"}
    content = declared[422]["content"]
    assert isinstance(content, dict)
    assert list(content) == ["application/problem+json"]
