import copy
import json
from collections.abc import Callable
from typing import Any

import httpx

from backend.own_dimensions_openapi import with_dimensions
from quba.dimensions import BUILT_IN, MEASURES
from tests.backend.conftest import TOKEN
from tests.backend.own_dimension import THROUGHPUT, defined
from tests.dimension_package import doubt_of

Serve = Callable[[str], httpx.Client]


def names(document: Any, path: str) -> set[str]:  # noqa: ANN401 - any JSON
    return {parameter["name"] for parameter in document["paths"][path]["get"]["parameters"]}


def test_the_document_follows_the_dimensions_and_comes_back(serve: Serve, study_sqlite_url: str) -> None:
    service = serve(study_sqlite_url)
    service.headers["Authorization"] = f"Bearer {TOKEN}"
    before = service.get("/openapi.json").json()
    service.post("/v1/dimensions", json=THROUGHPUT)
    after = service.get("/openapi.json").json()
    assert names(after, "/v1/rankings") - names(before, "/v1/rankings") == {
        "w.throughput", "throughput.gte", "throughput.lte",
    }  # fmt: skip
    assert names(after, "/v1/models") - names(before, "/v1/models") == {"throughput.gte", "throughput.lte"}
    assert service.get("/openapi.json").json() == after
    service.delete("/v1/dimensions/throughput")
    assert service.get("/openapi.json").json() == before


def test_parameters_bodies_and_choices_are_those_of_accuracy_with_its_own_name(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    kept = copy.deepcopy(document)
    found: Any = with_dimensions(document, [defined().dimension()])
    assert document == kept
    by_name = {each["name"]: each for each in found["paths"]["/v1/rankings"]["get"]["parameters"]}
    assert by_name["w.throughput"]["description"].startswith("Weight of throughput, 0 or more")
    assert by_name["throughput.gte"]["description"] == "Keep models whose throughput is at least this."
    body = found["paths"]["/v1/rankings"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert "throughput" in json.dumps(body["weights"])
    assert {"throughput.gte", "throughput.lte"} <= set(body["filters"]["properties"])
    pareto = {each["name"]: each for each in found["paths"]["/v1/pareto"]["get"]["parameters"]}
    assert pareto["dimensions"]["schema"]["items"]["enum"] == [*BUILT_IN, "throughput"]
    assert found["paths"]["/v1/evaluations"] == document["paths"]["/v1/evaluations"]


def test_what_a_package_measures_can_be_asked_to_be_measured(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    found: Any = with_dimensions(document, [defined().dimension(), doubt_of("one")])
    body = found["paths"]["/v1/evaluations"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert [*MEASURES, "doubt"] in enums(body["properties"]["dimensions"])


def enums(part: Any) -> list[list[str]]:  # noqa: ANN401 - any JSON
    parts = list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []
    own = [part["enum"]] if isinstance(part, dict) and "enum" in part else []
    return own + [each for inner in parts for each in enums(inner)]
