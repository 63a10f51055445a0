from pathlib import Path

import pytest

import backend.api
from backend.api import routers
from backend.app import create_app
from backend.settings import Settings

OPERATIONS = {
    (method.upper(), path): operation
    for path, operations in create_app(Settings(data_dir=Path("nowhere"), database_url=None, _env_file=None))
    .openapi()["paths"]
    .items()
    for method, operation in operations.items()
}
# What needs neither parameters nor the store.
PLAIN = {"/v1/health", "/metrics"}
WITHOUT_PARAMETERS = PLAIN | {"/v1/ready", "/v1/version"}
WITHOUT_STORE = PLAIN | {"/v1/architectures", "/v1/dimensions", "/v1/presets"}
# Answers that take seconds are given to few at a time, and evaluations wait in a queue that can be full.
HEAVY = {
    "/v1/decision-record", "/v1/findings", "/v1/group-comparisons", "/v1/rank-intervals", "/v1/rank-spread",
    "/v1/stability", "/v1/what-if/{model_id}",
}  # fmt: skip
BY_METHOD = {
    ("GET", "/v1/rankings"): {406, 409},
    ("POST", "/v1/rankings"): {400, 406, 409, 413},
    ("GET", "/v1/models"): {406, 409},
    ("GET", "/v1/findings"): {304, 404},
    ("POST", "/v1/group-comparisons"): {400, 413},
    ("POST", "/v1/checkpoints"): {400, 413, 415, 507},
    ("POST", "/v1/imports"): {400, 413, 415},
    ("POST", "/v1/evaluations"): {400, 404, 410, 413, 415, 429, 507},
    ("POST", "/v1/evaluations/{evaluation_id}/cancel"): {409},
    ("POST", "/v1/evaluations/{evaluation_id}/retry"): {409},
    ("POST", "/v1/models/{model_id}/unpublish"): {409},
}
SUCCESSES = {
    ("POST", "/v1/checkpoints"): 201, ("POST", "/v1/imports"): 201, ("POST", "/v1/evaluations"): 202,
    ("POST", "/v1/evaluations/{evaluation_id}/cancel"): 202, ("POST", "/v1/evaluations/{evaluation_id}/retry"): 202,
}  # fmt: skip


def test_every_file_of_the_folder_is_served_rankings_first() -> None:
    files = {path.stem for path in Path(backend.api.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == {
        "architectures", "benchmarks", "checkpoints", "comparisons", "constraints", "correlations", "decision_record",
        "dimensions", "evaluation_events", "evaluations", "explanations", "facets", "findings", "flags",
        "group_comparisons", "headline", "health", "improvements", "imports", "models", "pareto", "presets",
        "publications", "rank_intervals", "rank_spread", "rankings", "removals", "results", "stability", "what_if",
        "workers",
    }  # fmt: skip
    found = routers()
    assert len(found) == len(files)
    assert [getattr(route, "path", None) for route in found[0].routes] == ["/v1/rankings"] * 2


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_route_declares_the_answers_that_its_kind_has(method: str, path: str) -> None:
    operation = OPERATIONS[method, path]
    pooled = any(parameter["name"] == "benchmark" for parameter in operation.get("parameters", ()))
    expected = {SUCCESSES.get((method, path), 200)} | BY_METHOD.get((method, path), set())
    expected |= set() if path in WITHOUT_PARAMETERS else {422}
    expected |= set() if path in WITHOUT_STORE else {401, 503}
    expected |= {404} if pooled or "{" in path or path in HEAVY or path == "/v1/rankings" else set()
    expected |= {304} if method == "GET" and pooled else set()
    expected |= {429} if path in HEAVY else set()
    expected |= {409} if method == "DELETE" else set()
    assert {int(status) for status in operation["responses"]} == expected
