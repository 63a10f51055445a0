from typing import Any

import httpx
import pytest

from backend.problems import ProblemError
from backend.ranking.parameters import CHOICE_FIELDS, Parameter, fields_of, within
from quba.dimensions import DIMENSIONS
from quba.vocabulary import Bounds

BAD = (
    # weights
    ({"w.accuracy": "-1"}, "invalid_weight", "'-1': weights must be 0 or more", "Use 0 to leave a dimension out"),
    ({"w.accuracy": "inf"}, "invalid_weight", "'inf': must be a plain decimal number", "w.accuracy=2"),
    ({"w.accuracy": "-Infinity"}, "invalid_weight", "must be a plain decimal number", "w.accuracy=2"),
    ({"w.accuracy": "nan"}, "invalid_weight", "'nan': must be a plain decimal number", "w.accuracy=2"),
    ({"w.accuracy": "1e400"}, "invalid_weight", "'1e400': must be a finite number", "w.accuracy=2"),
    ({"w.accuracy": "1e10"}, "invalid_weight", "at most 1000000000", "Only proportions count"),
    ({"w.accuracy": "1,5"}, "invalid_weight", "must be a plain decimal number", "w.accuracy=2"),
    ({"w.accuracy": ""}, "invalid_weight", "must be a plain decimal number", "w.accuracy=2"),
    ({"w.accuracy": "true"}, "invalid_weight", "must be a plain decimal number", "w.accuracy=2"),
    ({"w.accuracy": "1_0"}, "invalid_weight", "must be a plain decimal number", "w.accuracy=2"),
    ({"w.accuracy": "٣"}, "invalid_weight", "'٣': must be a plain decimal number", "w.accuracy=2"),
    ({"w.accuracy": "\0"}, "invalid_weight", "must be a plain decimal number", "w.accuracy=2"),
    ({"w.acuracy": "1"}, "unknown_dimension", "there is no such parameter", "Did you mean `w.accuracy`?"),
    ({"w.": "1"}, "unknown_dimension", "there is no such parameter", "w.DIMENSION"),
    # names
    ({"architectur": "cnn"}, "unknown_parameter", "there is no such parameter", "Did you mean `architecture`?"),
    ({"zzz": "1"}, "unknown_parameter", "there is no such parameter", "DIMENSION.gte and DIMENSION.lte"),
    ({"\0": "1"}, "unknown_parameter", "there is no such parameter", "It takes: benchmark"),
    ({"zzz": "1", "w.zzz": "1"}, "unknown_parameter", "w.zzz", "It takes"),
    # choices
    ({"preset": "papr"}, "invalid_parameter", "must be one of paper, accuracy", "Did you mean 'paper'?"),
    ({"preset": ""}, "invalid_parameter", "must be one of paper, accuracy", "preset=paper"),
    ({"protocol": "x"}, "invalid_parameter", "must be one of as-published, corrected", "protocol=as-published"),
    ({"quality": "x"}, "invalid_parameter", "must be one of all, screened", "quality=all"),
    ({"normalisation": "x"}, "invalid_parameter", "must be one of published, trimmed", "normalisation=published"),
    ({"architecture": "cnn,cn"}, "invalid_parameter", "'cn': must be one of cnn, ", "Did you mean 'cnn'?"),
    ({"architecture": ""}, "invalid_parameter", "names no value", "Leave architecture out"),
    ({"flag": "outliers"}, "invalid_parameter", "must be one of train-mode", "Did you mean 'outlier'?"),
    ({"backbone": "resnet-50"}, "invalid_parameter", "no model has it", "Did you mean 'resnet50'?"),
    ({"source_library": "zzzz"}, "invalid_parameter", "no model has it", "GET /v1/models lists"),
    ({"backbone": "\0"}, "invalid_parameter", "must not hold control characters", "Leave them out."),
    ({"format": "xml"}, "invalid_parameter", "must be one of json, csv, ndjson, parquet", "format=json"),
    # texts and numbers
    ({"q": "a" * 3000}, "invalid_parameter", "must have at most 200 characters", "Shorten it."),
    ({"q": "a\0b"}, "invalid_parameter", "must not hold control characters", "Leave them out."),
    ({"benchmark": "a\r\nb"}, "invalid_parameter", "must not hold control characters", "Leave them out."),
    ({"accuracy.gte": "abc"}, "invalid_parameter", "must be a plain decimal number", "accuracy.gte=0.7"),
    ({"score.lte": "-inf"}, "invalid_parameter", "must be a plain decimal number", "score.lte=0.7"),
    ({"score.lte": "-1e999"}, "invalid_parameter", "must be a finite number", "score.lte=0.7"),
    ({"accurcy.gte": "1"}, "unknown_parameter", "there is no such parameter", "Did you mean `accuracy.gte`?"),
    # page
    ({"limit": "0"}, "invalid_parameter", "must be a whole number from 1 to 1000", "follow next_cursor"),
    ({"limit": "10000000"}, "invalid_parameter", "must be a whole number from 1 to 1000", "follow next_cursor"),
    ({"limit": "1.5"}, "invalid_parameter", "must be a whole number from 1 to 1000", "limit=50"),
    ({"limit": "5_0"}, "invalid_parameter", "must be a whole number from 1 to 1000", "limit=50"),
    ({"limit": "٥"}, "invalid_parameter", "must be a whole number from 1 to 1000", "limit=50"),
    ({"sort": "foo"}, "invalid_parameter", "'foo': there is no such key", "Sort by one of score, rank, name"),
    ({"sort": ""}, "invalid_parameter", "names no value", "Leave sort out"),
    ({"sort": ",".join(["name"] * 201)}, "invalid_parameter", "must name at most 200 values", "Name fewer."),
)


@pytest.mark.parametrize(("query", "code", "rule", "next_step"), BAD)
def test_bad_input_gets_its_value_the_rule_and_the_next_step(
    client: httpx.Client, query: dict[str, str], code: str, rule: str, next_step: str
) -> None:
    response = client.get("/v1/rankings", params=query)
    problem = response.json()
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["code"] == code
    assert rule in problem["detail"]
    assert next_step in problem["next_step"]
    assert "/docs" not in problem["next_step"]
    assert "Input should" not in response.text
    assert len(response.content) < 3000


def test_repeated_parameters_are_refused(client: httpx.Client) -> None:
    response = client.get("/v1/rankings?w.accuracy=1&w.accuracy=2&q=a&q=a&limit=3")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "repeated_parameter")
    assert [fault["parameter"] for fault in problem["errors"]] == ["q", "w.accuracy"]
    assert "comma-separated" in problem["next_step"]


def test_every_fault_is_told_up_to_a_limit(client: httpx.Client) -> None:
    query = {"limit": "0", "preset": "x", "w.accuracy": "-1"}
    problem = client.get("/v1/rankings", params=query).json()
    assert {fault["parameter"] for fault in problem["errors"]} == set(query)
    many = client.get("/v1/rankings", params={f"x{number}": "1" for number in range(50)}).json()
    assert len(many["errors"]) == 20
    assert many["detail"].endswith("(and 30 more).")


@pytest.mark.parametrize("weight", ["0", "1", "1.", ".5", "+1.5", "2e3", "1E-3", "1000000000"])
def test_plain_decimals_are_taken(client: httpx.Client, weight: str) -> None:
    response = client.get("/v1/rankings", params={"w.shape_bias": weight, "limit": "1"})
    assert response.json()["weights"]["shape_bias"] == float(weight)


def test_a_value_with_a_comma_is_found_in_a_list(client: httpx.Client) -> None:
    library = "robustbench(imagenet,Linf)"
    for query in (library, library.replace(",", ", ")):
        assert client.get("/v1/rankings", params={"source_library": query}).json()["total"] == 12
    both = client.get("/v1/rankings", params={"source_library": f"unreleased,{library},timm"}).json()
    assert both["total"] == 12 + 12 + 144
    listed = {"filters": {"source_library": [library, "unreleased"]}}
    assert client.post("/v1/rankings", json=listed).json()["total"] == 24


def test_every_filter_has_a_place_in_the_openapi_text(client: httpx.Client) -> None:
    parameters = client.get("/openapi.json").json()["paths"]["/v1/rankings"]["get"]["parameters"]
    named: dict[str, dict[str, Any]] = {parameter["name"]: parameter for parameter in parameters}
    assert {f"w.{key}" for key in DIMENSIONS} | set(CHOICE_FIELDS) | {"q", "limit", "cursor", "format"} < set(named)
    for parameter in named.values():
        assert parameter["in"] == "query"
        assert parameter["description"]
        assert parameter["required"] is False
        assert {"type": "null"} not in parameter["schema"].get("anyOf", ())
    assert named["architecture"]["schema"]["items"]["enum"] == [
        "cnn", "transformer", "vision-language", "b-cos", "unknown",
    ]  # fmt: skip
    assert (named["architecture"]["style"], named["architecture"]["explode"]) == ("form", False)
    assert (named["w.accuracy"]["schema"]["minimum"], named["w.accuracy"]["schema"]["maximum"]) == (0, 1e9)
    limit = named["limit"]["schema"]
    # Without a default: it is another one as JSON.
    assert (limit["minimum"], limit["maximum"], "default" in limit) == (1, 1000, False)
    assert named["backbone"]["schema"]["minItems"] == 1
    assert named["q"]["schema"]["maxLength"] == 200


def test_a_required_parameter_is_required_and_another_name_refused() -> None:
    made = fields_of({"limit": Parameter(int, "Most.", ...)})
    assert made.read({"limit": "3"}).values() == {"limit": 3}
    for given, fault in (({}, "limit is missing"), ({"limit": 1, "limt": 1}, "limt is 1")):
        with pytest.raises(ProblemError, match=fault):
            made.read(given)


def test_in_json_a_number_is_no_text() -> None:
    made = fields_of({"limit": Parameter(int, "Most.", 5)})
    assert made.read({"limit": 3}, strict=True).values() == {"limit": 3}
    with pytest.raises(ProblemError):
        made.read({"limit": "3"}, strict=True)


@pytest.mark.parametrize(
    ("bounds", "taken", "refused"),
    [
        (Bounds(1, 9, 3), (1, 9), (0, 10)),
        (Bounds(0.5, 2.0, 1.0), (0.5, 2.0), (0.49, 2.01)),
        (Bounds(0.0, 2.0, 1.0, above=True), (0.01, 2.0), (0.0, 2.01)),
    ],
)
def test_bounds_are_taken_and_what_is_beyond_is_refused(
    bounds: Bounds[float], taken: tuple[float, ...], refused: tuple[float, ...]
) -> None:
    made = fields_of({"size": Parameter(within(bounds), "Size.", bounds.default)})
    assert [made.read({"size": value}).values()["size"] for value in taken] == list(taken)
    for value in refused:
        with pytest.raises(ProblemError, match="size is"):
            made.read({"size": value})
