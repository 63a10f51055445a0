import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from fastapi import Response
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import SecretStr

import backend.api
from backend.api import routers
from backend.app import create_app
from backend.ranking.responses import JsonAnswer
from backend.settings import Settings

DOCUMENT = create_app(Settings(data_dir=Path("nowhere"), database_url=None, _env_file=None)).openapi()
OPERATIONS = {
    (method.upper(), path): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
# What needs neither parameters nor the store.
PLAIN = {"/v1/health", "/metrics"}
WITHOUT_PARAMETERS = PLAIN | {"/v1/ready", "/v1/version"}
WITHOUT_STORE = PLAIN | {"/v1/architectures", "/v1/dimensions", "/v1/presets"}
# Answers that take seconds are given to few at a time, and evaluations wait in a queue that can be full.
HEAVY = {
    "/v1/decision-record", "/v1/findings", "/v1/group-comparisons", "/v1/rank-intervals", "/v1/rank-spread",
    "/v1/stability", "/v1/standardised-scores", "/v1/what-if/{model_id}",
}  # fmt: skip
BY_METHOD = {
    ("GET", "/v1/rankings"): {206, 409, 416},
    ("POST", "/v1/rankings"): {400, 409, 413},
    ("GET", "/v1/models"): {206, 409, 416},
    ("GET", "/v1/findings"): {304, 404},
    ("GET", "/v1/reproductions"): {206, 304, 404, 409, 416},
    ("GET", "/v1/differences/flips"): {409},
    ("POST", "/v1/group-comparisons"): {400, 413},
    ("POST", "/v1/checkpoints"): {400, 409, 413, 415, 507},
    ("GET", "/v1/checkpoints/{checkpoint_id}/architectures"): {410, 415},
    ("GET", "/v1/benchmarks/{key}/contact-sheets/{name}"): {410},
    ("POST", "/v1/imports"): {400, 409, 413, 415, 507},
    ("GET", "/v1/results"): {206, 304, 416, 507},
    ("POST", "/v1/evaluations"): {400, 404, 409, 410, 413, 415, 507},
    ("POST", "/v1/evaluations/{evaluation_id}/cancel"): {409},
    ("POST", "/v1/evaluations/{evaluation_id}/retry"): {409, 410, 507},
    ("POST", "/v1/models/{model_id}/unpublish"): {409},
    ("POST", "/v1/benchmarks"): {200, 400, 409, 413, 415},
    ("POST", "/v1/benchmarks/{key}/frozen-norms"): {409},
    ("POST", "/v1/dimensions"): {200, 400, 409, 413, 415},
    ("POST", "/v1/presets"): {200, 400, 409, 413, 415},
}
SUCCESSES = {
    ("POST", "/v1/benchmarks"): 201, ("POST", "/v1/dimensions"): 201, ("POST", "/v1/presets"): 201,
    ("POST", "/v1/checkpoints"): 201, ("POST", "/v1/imports"): 201, ("POST", "/v1/evaluations"): 202,
    ("POST", "/v1/evaluations/{evaluation_id}/cancel"): 202, ("POST", "/v1/evaluations/{evaluation_id}/retry"): 202,
}  # fmt: skip

VERBS = "cancel|compare|create|delete|export|get|list|publish|query|retry|stream|unpublish|upload"
# A text that begins so completes another sentence, which OpenAPI shows nowhere.
_DANGLING = {
    "After", "Also", "Among", "As", "By", "Each", "From", "How", "If", "In", "Its", "Null", "Of", "On", "See", "So",
    "That", "Their", "They", "This", "Those", "Under", "Until", "What", "When", "Where", "Which", "Who", "Why", "With",
}  # fmt: skip


def test_every_file_of_the_folder_is_served_rankings_first() -> None:
    files = {path.stem for path in Path(backend.api.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == {
        "architecture_guesses", "architectures", "benchmarks", "checkpoints", "class_reports", "comparisons",
        "constraints", "contact_sheets", "correlations", "decision_record", "differences", "dimensions",
        "earlier_measurements", "evaluation_events", "evaluations",
        "explanations", "facets", "findings", "flags", "flips", "group_comparisons", "headline", "health", "imports",
        "improvements", "models", "own_benchmarks", "own_dimensions", "own_presets", "pareto", "presets",
        "publications",
        "rank_intervals", "rank_spread", "rankings", "removals", "reproductions", "results", "stability",
        "standardised_scores", "study", "what_if", "workers",
    }  # fmt: skip
    found = routers()
    assert len(found) == len(files)
    assert [getattr(route, "path", None) for route in found[0].routes] == ["/v1/rankings"] * 2


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_route_declares_the_answers_that_its_kind_has(method: str, path: str) -> None:
    operation = OPERATIONS[method, path]
    pooled = any(parameter["name"] == "benchmark" for parameter in operation.get("parameters", ()))
    # An Accept that nothing satisfies, and a rate that an operator sets, may meet any of them.
    expected = {SUCCESSES.get((method, path), 200), 406, 429} | BY_METHOD.get((method, path), set())
    expected |= set() if path in WITHOUT_PARAMETERS else {422}
    expected |= set() if path in WITHOUT_STORE and method == "GET" else {401, 503}
    expected |= {404} if pooled or "{" in path or path in HEAVY or path == "/v1/rankings" else set()
    expected |= {304} if method == "GET" and pooled else set()
    expected |= {409} if method == "DELETE" else set()
    assert {int(status) for status in operation["responses"]} == expected


def test_operation_ids_are_a_verb_and_its_object_and_name_one_operation_each() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert [name for name in ids if not re.fullmatch(rf"({VERBS})(_[a-z]+)+", name)] == []
    assert len(set(ids)) == len(ids)


def test_operations_are_grouped_by_the_subject_that_they_are_about() -> None:
    tags = {tag for operation in OPERATIONS.values() for tag in operation["tags"]}
    assert tags == {"catalogue", "decisions", "evaluations", "imports", "models", "rankings", "service", "trade-offs"}


def _descriptions(part: Any, place: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Every text of a part of the document that describes a parameter, a field or a schema, with its place."""
    if isinstance(part, dict):
        if isinstance(part.get("description"), str):
            yield place, part["description"]
        for name, inner in part.items():
            if name not in ("example", "examples", "default", "responses"):
                yield from _descriptions(inner, f"{place}/{name}")
    elif isinstance(part, list):
        for position, inner in enumerate(part):
            yield from _descriptions(inner, f"{place}/{position}")


def _stands_alone(text: str) -> bool:
    words = text.split()
    return text[:1].isupper() and text.endswith(".") and len(words) >= 3


def test_every_description_is_a_whole_sentence() -> None:
    parts = {"paths": DOCUMENT["paths"], "schemas": DOCUMENT["components"]["schemas"]}
    assert [(place, text) for place, text in _descriptions(parts) if not _stands_alone(text)] == []


def test_descriptions_of_fields_and_parameters_stand_alone() -> None:
    fields = {
        f"{name}.{field}": schema["description"]
        for name, model in DOCUMENT["components"]["schemas"].items()
        for field, schema in model.get("properties", {}).items()
        if "description" in schema
    }
    parameters = {
        f"{operation[1]} {parameter['name']}": parameter["description"]
        for operation, described in OPERATIONS.items()
        for parameter in described.get("parameters", ())
        if "description" in parameter
    }
    bodies = {
        f"{operation[1]}{place}": text
        for operation, described in OPERATIONS.items()
        for place, text in _descriptions(described.get("requestBody", {}))
    }
    found = {**fields, **parameters, **bodies}
    assert {place: text for place, text in found.items() if text.split()[0] in _DANGLING} == {}


# Answers in several formats, and the byte templates of a ranking, are written without a model of the whole answer.
_WRITTEN_BY_HAND = {
    "create_import",
    "get_decision_record",
    "get_ranking",
    "list_models",
    "list_reproductions",
    "query_ranking",
}


def test_a_handler_returns_the_schema_that_its_route_declares() -> None:
    """So that the type checker holds what it computes against what OpenAPI says."""
    untyped = set()
    for route in (route for router in routers() for route in router.routes):
        assert isinstance(route, APIRoute)
        returned = get_type_hints(route.endpoint)["return"]
        if get_origin(returned) is JsonAnswer:
            assert get_args(returned) == (route.response_model,), route.name
        elif isinstance(returned, type) and issubclass(returned, Response):
            untyped |= set() if route.response_model is None else {route.name}
        else:
            assert returned is route.response_model, route.name
    assert untyped == _WRITTEN_BY_HAND


def test_a_process_that_asks_few_resources_loads_no_others(study_sqlite_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(study_sqlite_url), _env_file=None)
    with TestClient(create_app(settings, resources=("dimensions", "rankings"))) as client:
        assert client.get("/v1/rankings?limit=1").json()["total"] == 326
        assert client.get("/v1/presets").status_code == 404
    everything = [route.name for router in routers() for route in router.routes if isinstance(route, APIRoute)]
    few = [route.name for router in routers(("presets",)) for route in router.routes if isinstance(route, APIRoute)]
    assert set(few) < set(everything)
    assert len(few) == 1
