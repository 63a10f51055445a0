from typing import Any

import httpx
import pytest

from backend.api.rankings import RankingQuestion
from backend.problems import ProblemError
from backend.ranking.json_body import field_schemas, question_openapi, read_question
from backend.ranking.parameters import FILTERS
from quba.dimensions import DIMENSIONS


def test_groups_are_flattened_and_null_is_absent() -> None:
    body = (
        b'{"preset": null, "weights": {"accuracy": 2, "shape_bias": null}, '
        b'"filters": {"architecture": ["cnn"], "q": null}, "limit": 3}'
    )
    read = read_question(RankingQuestion, body).values()
    assert (read["w.accuracy"], read["w.shape_bias"], read["architecture"], read["q"]) == (2, None, ("cnn",), None)
    assert (read["preset"], read["limit"]) == ("paper", 3)
    assert read_question(RankingQuestion, b"") == read_question(RankingQuestion, b'{"weights": null}')


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        (b'{"weights": [1]}', "invalid_parameter", "weights is [1]: it must be an object"),
        (b'{"weights": 0}', "invalid_parameter", "weights is 0"),
        (b'{"filters": ""}', "invalid_parameter", "filters is ''"),
        (b'{"weights": {"accuracy": -1}}', "invalid_weight", "w.accuracy is -1: weights must be 0 or more"),
        (b'{"weights": {"accuracy": NaN}}', "invalid_weight", "must be a finite number"),
        (b'{"weights": {"accuracy": Infinity}}', "invalid_weight", "must be a finite number"),
        (b'{"weights": {"accuracy": 1e999}}', "invalid_weight", "must be a finite number"),
        (b'{"weights": {"accuracy": true}}', "invalid_weight", "True: must be a plain decimal number"),
        (b'{"weights": {"accuracy": "2"}}', "invalid_weight", "'2': must be a plain decimal number"),
        (b'{"weights": {"accuracy": {}}}', "invalid_weight", "{}: must be a plain decimal number"),
        (b'{"weights": {"acc": 1}}', "unknown_dimension", "w.acc"),
        (b'{"filters": {"q": 5}}', "invalid_parameter", "q is 5: must be a text"),
        (b'{"filters": {"architecture": {"a": 1}}}', "invalid_parameter", "must be a list of texts"),
        (b'{"filters": {"architecture": [1]}}', "invalid_parameter", "must be one of cnn"),
        (b'{"filters": {"backbone": [1]}}', "invalid_parameter", "must be a text"),
        (b'{"filters": {"backbone": []}}', "invalid_parameter", "names no value"),
        (b'{"limit": true}', "invalid_parameter", "limit is True"),
        (b'{"limit": 2.5}', "invalid_parameter", "must be a whole number from 1 to 1000"),
        (b'{"limit": 1, "filters": {"limit": 2}}', "repeated_parameter", "limit"),
        (b'{"weights": {"accuracy": 1}, "w.accuracy": 1}', "repeated_parameter", "w.accuracy"),
        (b'{"wieghts": {}}', "unknown_parameter", "wieghts"),
        (b'{"wieghts": null}', "unknown_parameter", "wieghts is None"),
        (b'{"filters": {"": null}}', "unknown_parameter", "there is no such parameter"),
        (b'{"weights": {"acc": null}}', "unknown_dimension", "w.acc"),
    ],
)
def test_refusals(body: bytes, code: str, told: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read_question(RankingQuestion, body)
    assert (refused.value.status, refused.value.code) == (422, code)
    assert told in refused.value.detail


@pytest.mark.parametrize("depth", [10, 400, 800, 900, 950, 980, 5000])
def test_a_deep_value_is_refused_and_shown_in_short(client: httpx.Client, depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    for body in (b'{"weights": {"accuracy": %b}}' % deep, b'{"filters": {"backbone": %b}}' % deep):
        response = client.post("/v1/rankings", content=body)
        assert response.status_code == 422
        assert len(response.content) < 1000


@pytest.mark.parametrize("body", [
    b'{%b}' % b",".join(b'"a%d": 1' % number for number in range(60_000)),
    b'{%b}' % b",".join([b'"a": 1'] * 100_000),
    b'{"filters": {"backbone": [%b]}}' % b",".join([b'"a"'] * 200_000),
])  # fmt: skip
def test_a_body_of_many_faults_is_refused_in_short(client: httpx.Client, body: bytes) -> None:
    response = client.post("/v1/rankings", content=body)
    assert response.status_code == 422
    assert len(response.content) < 20_000


def test_every_field_may_be_null_and_says_so_once() -> None:
    schemas: Any = field_schemas(RankingQuestion)
    for name, field in schemas.items():
        assert field["anyOf"].count({"type": "null"}) == 1, name
        assert not any("anyOf" in kind for kind in field["anyOf"]), name


def test_the_openapi_text_names_every_parameter_once() -> None:
    document: Any = question_openapi(RankingQuestion, {"one": {"limit": 1}})
    content = document["requestBody"]["content"]["application/json"]
    properties = content["schema"]["properties"]
    assert list(properties["weights"]["properties"]) == list(DIMENSIONS)
    assert set(properties["filters"]["properties"]) == set(FILTERS)
    assert {"preset", "limit", "sort", "benchmark"} < set(properties)
    assert not set(properties) & set(FILTERS)
    assert content["schema"]["type"] == "object"
    assert content["schema"]["additionalProperties"] is False
    assert content["examples"] == {"one": {"value": {"limit": 1}}}
