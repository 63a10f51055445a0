"""The service against its own description: what it says it takes and answers is what it takes and answers."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import numpy as np
import pytest
import schemathesis
from fastapi import FastAPI, Response
from hypothesis import HealthCheck, settings
from pydantic import BaseModel, JsonValue, SecretStr
from safetensors.numpy import save
from schemathesis import Case
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import ignored_auth, missing_required_header, positive_data_acceptance

from backend.app import create_app
from backend.settings import Settings
from backend.store import class_reports
from backend.store.engine import create_store_engine, writing
from backend.store.opened_files import EVIDENCE
from backend.store.tables import Worker
from evaluation.checkpoints.confined_check import ConfinedCheck
from quba.benchmarks import contact_sheet_folder
from tests.backend.api.test_flips import FakeListing
from tests.backend.conftest import FakeInspection, fill
from tests.backend.evidence import keep_flowers
from tests.backend.measured_again import again, store_again
from tests.backend.own_dimension import THROUGHPUT
from tests.backend.own_preset import CAMERAS
from wellbehaved.in_process import InProcessTransport

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]

TOKEN = "a-token-for-tests"
DOCUMENT = create_app(Settings(data_dir=Path("nowhere"), database_url=None, _env_file=None)).openapi()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
# What each path's example answers; what needs the token has tests of its own.
QUESTIONS = {
    "GET /v1/architectures": "/v1/architectures?q=resnet18",
    "GET /v1/benchmarks": "/v1/benchmarks",
    "GET /v1/comparisons": "/v1/comparisons?models=resnet50,alexnet",
    "GET /v1/constraints": "/v1/constraints?accuracy.gte=0.85&parameters_millions.lte=5",
    "GET /v1/correlations": "/v1/correlations",
    "GET /v1/decision-record": "/v1/decision-record?limit=2&w.accuracy=2",
    "GET /v1/dimensions": "/v1/dimensions",
    "GET /v1/facets": "/v1/facets",
    "GET /v1/findings": "/v1/findings",
    "GET /v1/flags": "/v1/flags",
    "GET /v1/headline": "/v1/headline?q=resnet50",
    "GET /v1/health": "/v1/health",
    "GET /v1/improvements/{model_id}": "/v1/improvements/resnet50?target_rank=10",
    "GET /v1/models": "/v1/models?limit=2",
    "GET /v1/models/{model_id}": "/v1/models/resnet50",
    "GET /v1/pareto": "/v1/pareto?dimensions=accuracy,parameters_millions",
    "GET /v1/presets": "/v1/presets",
    "GET /v1/rank-intervals": "/v1/rank-intervals?draws=100",
    "GET /v1/rank-spread": "/v1/rank-spread",
    "GET /v1/rankings": "/v1/rankings?limit=2",
    "GET /v1/rankings/{model_id}/explanation": "/v1/rankings/resnet50/explanation",
    "GET /v1/ready": "/v1/ready",
    "GET /v1/stability": "/v1/stability?draws=100",
    "GET /v1/standardised-scores": "/v1/standardised-scores",
    "GET /v1/version": "/v1/version",
    "GET /v1/what-if/{model_id}": "/v1/what-if/convnextv2-b-21k",
    "POST /v1/rankings": "/v1/rankings?limit=2",
}
BODIES = {
    "POST /v1/group-comparisons": {"b": {"head": ["zero-shot"]}, "draws": 100},
}
POOLED = {
    operation: address
    for operation, address in QUESTIONS.items()
    if any(parameter["name"] == "benchmark" for parameter in OPERATIONS[operation].get("parameters", ()))
}
_BY_CHANCE = ("evaluation_id", "import_id")
_FUZZ = settings(
    max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
# A schema cannot tell which backbones, cursors and sort keys there are, nor that one weight must be above 0. The fuzzer
# sends the token always, to get as far as the file; tests/backend/test_security.py asks without it.
_NOT_CHECKED = [positive_data_acceptance, ignored_auth, missing_required_header]


def short_form(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """An answer as an example shows it: the first two of everything."""
    if isinstance(value, dict):
        return {key: short_form(part) for key, part in value.items()}
    return [short_form(part) for part in value[:2]] if isinstance(value, list) else value


def example(operation: str) -> Any:  # noqa: ANN401 - any JSON
    content = {status: answer.get("content", {}) for status, answer in OPERATIONS[operation]["responses"].items()}
    status = next(status for status in ("202", "201", "200") if status in content)
    return content[status]["application/json"]["example"]


@pytest.mark.parametrize("operation", QUESTIONS)
def test_examples_are_true_answers(client: httpx.Client, operation: str) -> None:
    answer = client.get(QUESTIONS[operation]).json()
    if operation == "GET /v1/version":
        answer |= {name: example(operation)[name] for name in ("python", "wellbehaved", "schema_revision")}
    assert short_form(answer) == example(operation)


@pytest.mark.parametrize("operation", BODIES)
def test_examples_of_answers_to_a_body_are_true(client: httpx.Client, operation: str) -> None:
    answer = client.post(operation.removeprefix("POST "), json=BODIES[operation]).json()
    assert short_form(answer) == example(operation)


def test_the_example_of_an_import_is_a_true_answer(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_sqlite_url)
    answer = service.post("/v1/imports?filename=mine.csv", content=results_csv({}), headers=writing_headers)
    assert without_times(answer.json()) == without_times(example("POST /v1/imports"))
    listed = service.get("/v1/imports", headers=writing_headers)
    assert without_times(listed.json()) == without_times(example("GET /v1/imports"))


def test_the_examples_of_evaluating_are_true_answers(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_sqlite_url)
    service.headers["Authorization"] = writing_headers["Authorization"]
    service.post("/v1/imports", content=results_csv({}), headers=writing_headers)
    weights = save({"weight": np.ones(3, dtype=np.float32)})
    add_worker(study_sqlite_url)
    found = service.post("/v1/evaluations", json={"model": "resnet18.a1_in1k", "name": "Mine"}).json()
    path = f"/v1/evaluations/{found['evaluation_id']}"
    answers = {
        "POST /v1/checkpoints": service.post("/v1/checkpoints?filename=mine.safetensors", content=weights).json(),
        "POST /v1/evaluations": found,
        "GET /v1/evaluations": service.get("/v1/evaluations").json(),
        "GET /v1/evaluations/{evaluation_id}": service.get(path).json(),
        "POST /v1/evaluations/{evaluation_id}/cancel": service.post(f"{path}/cancel").json(),
        "POST /v1/evaluations/{evaluation_id}/retry": service.post(f"{path}/retry").json(),
        "GET /v1/workers": service.get("/v1/workers").json(),
        "POST /v1/models/{model_id}/publish": service.post("/v1/models/mine/publish").json(),
    }
    for operation, answer in answers.items():
        assert without_times(short_form(answer)) == without_times(example(operation)), operation


def test_the_examples_of_a_benchmark_of_ones_own_are_true_answers(
    study_sqlite_url: str, tmp_path: Path, writing_headers: dict[str, str]
) -> None:
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 3)
    report: dict[str, JsonValue] = {"classes": [{"recall": 0.85, "precision": 0.9, "count": 20}] * 3}
    with writing(engine) as session:
        which = ("mine-0", "flowers", "sha256:1", "corrected")
        class_reports.keep(session, which, report, evaluation_id=None, measured_at=datetime.now(UTC))
    for number in (0, 1):
        keep_flowers(engine, tmp_path / EVIDENCE, number)
    engine.dispose()
    settings = Settings(
        data_dir=tmp_path, database_url=SecretStr(study_sqlite_url), token=SecretStr(TOKEN), data_roots=("/data",),
        _env_file=None,
    )  # fmt: skip
    sheets = tmp_path / "datasets" / contact_sheet_folder("flowers", "sha256:1")
    sheets.mkdir(parents=True)
    for name in ("mixed-rand", "cue-conflict"):
        (sheets / f"{name}.png").write_bytes(b"")
    transport = InProcessTransport(create_app(settings, inspection=FakeInspection(), listing=FakeListing()))
    headers = {"Authorization": writing_headers["Authorization"]}
    with httpx.Client(transport=transport, base_url="http://service", headers=headers) as service:
        norms = "/v1/benchmarks/flowers/frozen-norms"
        answers = {
            "GET /v1/benchmarks/{key}": service.get("/v1/benchmarks/flowers"),
            "GET /v1/benchmarks/{key}/contact-sheets": service.get("/v1/benchmarks/flowers/contact-sheets"),
            "POST /v1/benchmarks": service.post("/v1/benchmarks", json={"path": "/data/herbs", "key": "herbs"}),
            "GET /v1/differences": service.get("/v1/differences?a=mine-0&b=mine-1&benchmark=flowers"),
            "GET /v1/differences/flips": service.get("/v1/differences/flips?a=mine-0&b=mine-1&benchmark=flowers"),
            "GET /v1/models/{model_id}/class-report": service.get("/v1/models/mine-0/class-report?benchmark=flowers"),
            "POST /v1/benchmarks/{key}/frozen-norms": service.post(norms),
            "DELETE /v1/benchmarks/{key}/frozen-norms": service.delete(norms),
            "DELETE /v1/benchmarks/{key}": service.delete("/v1/benchmarks/herbs"),
        }
    for operation, answer in answers.items():
        assert without_versions(short_form(answer.json())) == without_versions(example(operation)), operation


def test_the_example_of_reproductions_is_a_true_answer(serve: Serve, study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    store_again(engine, [again("resnet50-evaluated", "accuracy", 0.761)])
    engine.dispose()
    answer = short_form(serve(study_sqlite_url).get("/v1/reproductions").json())
    assert answer == example("GET /v1/reproductions")


def test_the_example_of_the_study_is_a_true_answer(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str]
) -> None:
    engine = create_store_engine(study_sqlite_url)
    store_again(engine, [again("alexnet-evaluated", "accuracy", 0.565)])
    engine.dispose()
    service = serve(study_sqlite_url)
    service.headers["Authorization"] = writing_headers["Authorization"]
    service.post("/v1/evaluations", json={"model": "study:alexnet"})
    answer = short_form(service.get("/v1/study").json())
    assert without_times(answer) == without_times(example("GET /v1/study"))


def test_the_examples_of_own_dimensions_and_presets_are_true_answers(serve: Serve, study_sqlite_url: str) -> None:
    service = serve(study_sqlite_url)
    service.headers["Authorization"] = f"Bearer {TOKEN}"
    answers = {
        "POST /v1/dimensions": service.post("/v1/dimensions", json=THROUGHPUT),
        "DELETE /v1/dimensions/{key}": service.delete("/v1/dimensions/throughput"),
        "POST /v1/presets": service.post("/v1/presets", json=CAMERAS),
        "DELETE /v1/presets/{key}": service.delete("/v1/presets/cameras"),
    }
    for operation, answer in answers.items():
        assert without_versions(answer.json()) == without_versions(example(operation)), operation


def test_the_example_of_earlier_measurements_is_a_true_answer(serve: Serve, study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 2)
    fill(engine, 0, digest="sha256:2")
    engine.dispose()
    answer = serve(study_sqlite_url).get("/v1/benchmarks/flowers/earlier-measurements").json()
    assert without_times(short_form(answer)) == without_times(example("GET /v1/benchmarks/{key}/earlier-measurements"))


def without_versions(answer: Any) -> Any:  # noqa: ANN401 - any JSON
    """An answer less what is another in every run, here also the data version, which a time is in."""
    told = without_times(answer)
    told.pop("data_version", None)
    return told


def add_worker(url: str) -> None:
    """A worker that has just been heard of."""
    engine, now = create_store_engine(url), datetime.now(UTC)
    with writing(engine) as session:
        session.add(
            Worker(
                worker_id="host-0", device="cuda:0", version="0.1.0", started_at=now, beat_at=now, state="idle",
                evaluation_id=None, benchmarks=["imagenet-1k"],
            )
        )  # fmt: skip
    engine.dispose()


def without_times(answer: Any) -> Any:  # noqa: ANN401 - any JSON
    """An answer less what is another in every run: times, and identifiers made by chance."""
    if isinstance(answer, list):
        return [without_times(part) for part in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        key: type(part).__name__ if key.endswith("_at") or key in _BY_CHANCE else without_times(part)
        for key, part in answer.items()
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_path_says_what_it_does_and_answers(operation: str) -> None:
    described = OPERATIONS[operation]
    assert described["summary"]
    assert described["description"]
    assert described["tags"]
    assert all(
        parameter.get("description") for parameter in described.get("parameters", ()) if parameter["in"] != "path"
    )
    for status, answer in described["responses"].items():
        assert answer["description"]
        for media_type, content in answer.get("content", {}).items():
            if status.startswith("2") and media_type == "application/json":
                jsonschema_rs.validate({**content["schema"], "components": DOCUMENT["components"]}, content["example"])
            elif media_type == "text/event-stream":
                assert content["example"].startswith("id: ")
            elif not status.startswith("2"):
                assert (media_type, content["schema"]) == (
                    "application/problem+json",
                    {"$ref": "#/components/schemas/Problem"},
                )


def test_every_field_of_every_answer_is_described_in_a_sentence() -> None:
    """A reader of the document sees a field without the ones around it."""
    fields = {
        f"{schema}.{field}": about.get("description", "")
        for schema, shape in DOCUMENT["components"]["schemas"].items()
        for field, about in shape.get("properties", {}).items()
    }
    assert len(fields) > 400
    loose = [name for name, text in fields.items() if not (text[:1].isupper() and text.endswith("."))]
    assert loose == [], (
        "Say what each is, with unit and range; shared quantities stand in backend/ranking/quantities.py."
    )


def test_every_question_about_a_ranking_is_about_the_models_that_its_filters_keep() -> None:
    """A ranking on screen is a filtered one, and an answer about all models beside it answers another question."""
    lists = {"GET /v1/rankings", "GET /v1/facets", "GET /v1/correlations"}
    weighed = {
        operation: {parameter["name"] for parameter in described["parameters"]}
        for operation, described in OPERATIONS.items()
        if any(parameter["name"] == "w.accuracy" for parameter in described.get("parameters", ()))
    }
    assert len(weighed) > len(lists)
    for operation, names in weighed.items():
        assert {"architecture", "q", "accuracy.gte", "parameters_millions.lte"} <= names, operation
        assert operation in lists or "among" in names, operation


def test_bounds_are_said_in_the_words_of_json_schema() -> None:
    """A bound behind another check comes out as `ge`, which no reader of the document knows."""

    def foreign(part: Any, path: str) -> list[str]:  # noqa: ANN401 - any part of a JSON document
        if isinstance(part, list):
            return [each for number, one in enumerate(part) for each in foreign(one, f"{path}/{number}")]
        if not isinstance(part, dict):
            return []
        own = [
            f"{path}/{key}"
            for key, one in part.items()
            if key in ("ge", "gt", "le", "lt") and not isinstance(one, dict)
        ]
        return own + [each for key, one in part.items() for each in foreign(one, f"{path}/{key}")]

    assert foreign(DOCUMENT, "") == []


def test_examples_of_single_fields_are_valid() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            for each in field.get("examples", ()):
                jsonschema_rs.validate({**field, "components": DOCUMENT["components"]}, each)


@pytest.mark.parametrize(("path", "told"), [("/v1/rankings", "total"), ("/v1/group-comparisons", "models_a")])
def test_the_example_of_a_question_is_answered(client: httpx.Client, path: str, told: str) -> None:
    examples = OPERATIONS[f"POST {path}"]["requestBody"]["content"]["application/json"]["examples"]
    for each in examples.values():
        assert client.post(path, json=each["value"]).json()[told] > 0


def test_the_example_of_a_file_is_imported(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str]
) -> None:
    service = serve(study_sqlite_url)
    file = OPERATIONS["POST /v1/imports"]["requestBody"]["content"]["text/csv"]["example"]
    for added in (1, 0):
        answer = service.post("/v1/imports", content=file.encode(), headers=writing_headers)
        assert (answer.status_code, answer.json()["added"]) == (201, added)


@pytest.mark.parametrize(
    ("operation", "address", "status"),
    [
        *(
            (path, f"{address}{'&' if '?' in address else '?'}benchmark=nothing", 404)
            for path, address in POOLED.items()
        ),
        ("GET /v1/comparisons", "/v1/comparisons?models=nobody,noone", 404),
        ("GET /v1/models/{model_id}", "/v1/models/nobody", 404),
        ("GET /v1/rankings", "/v1/rankings?limit=0", 422),
        ("GET /v1/dimensions", "/v1/dimensions?x=1", 422),
        ("GET /v1/presets", "/v1/presets?x=1", 422),
        ("GET /v1/flags", "/v1/flags?x=1", 422),
        ("GET /v1/benchmarks", "/v1/benchmarks?x=1", 422),
    ],
)
def test_refusals_that_fuzzing_seldom_meets_are_described(
    client: httpx.Client, operation: str, address: str, status: int
) -> None:
    assert client.get(address).status_code == status
    assert str(status) in OPERATIONS[operation]["responses"]


@pytest.mark.parametrize("path", ["/v1/rankings", "/v1/models"])
def test_formats_that_there_are_not_are_described(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"Accept": "image/png"}).status_code == 406
    assert "406" in OPERATIONS[f"GET {path}"]["responses"]


def test_problems_are_as_described(client: httpx.Client) -> None:
    schema = {"$ref": "#/components/schemas/Problem", "components": DOCUMENT["components"]}
    for path in ("/v1/rankings?limit=0", "/v1/models/nobody", "/nothing"):
        jsonschema_rs.validate(schema, client.get(path).json())


@pytest.fixture(scope="session")
def fuzz_client(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service of the fuzzer's own, which it may write to."""
    folder = tmp_path_factory.mktemp("fuzzed")
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    settings = Settings(data_dir=folder, database_url=None, token=SecretStr(TOKEN), _env_file=None)
    app = create_app(settings, ConfinedCheck())
    with httpx.Client(transport=InProcessTransport(app), base_url="http://service") as service:
        yield service


def call_and_check(case: Case[Any], service: httpx.Client) -> httpx.Response:
    """Send a generated request and hold the answer against the document: status, media type, headers and body."""
    sent = case.as_transport_kwargs(base_url="http://service")
    content = sent.get("data")
    response = service.request(
        sent["method"], sent["url"], params=sent["params"], headers=sent["headers"], json=sent.get("json"),
        content=content if isinstance(content, bytes | str) else None,
    )  # fmt: skip
    response.elapsed = timedelta(0)
    case.validate_response(response, excluded_checks=_NOT_CHECKED)
    return response


@schemathesis.openapi.from_dict(DOCUMENT).parametrize()
@_FUZZ
def test_whatever_is_asked_gets_an_answer_that_is_described(case: Case[Any], fuzz_client: httpx.Client) -> None:
    case.headers["Authorization"] = f"Bearer {TOKEN}"
    assert call_and_check(case, fuzz_client).status_code < 500


class _Answer(BaseModel):
    number: int


def _broken_app() -> FastAPI:
    app = FastAPI()

    @app.get("/fails")
    def fails() -> _Answer:
        raise RuntimeError("on purpose")

    @app.get("/undeclared")
    def undeclared_answer() -> Response:
        return Response(b"{}", status_code=418, media_type="application/json")

    @app.get("/other-shape", response_model=_Answer)
    def other_shape() -> Response:
        return Response(b'{"number": null}', media_type="application/json")

    return app


@pytest.mark.parametrize(
    ("path", "fault"),
    [("/fails", "Server error"), ("/undeclared", "Undocumented status code"), ("/other-shape", "null")],
)
def test_the_check_finds_faults(path: str, fault: str) -> None:
    app = _broken_app()
    case = schemathesis.openapi.from_dict(app.openapi())[path]["GET"].Case()
    service = httpx.Client(transport=InProcessTransport(app), base_url="http://service")
    with service, pytest.raises(FailureGroup, match="distinct failure") as found:
        call_and_check(case, service)
    assert fault in str(found.value)


def test_the_document_names_the_licence() -> None:
    assert DOCUMENT["info"]["license"] == {"name": "Apache-2.0", "identifier": "Apache-2.0"}
