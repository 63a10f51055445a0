from itertools import pairwise
from typing import Any

import httpx
import numpy as np
import pytest

from backend.api.pareto import ParetoAnswer, ParetoItem
from quba.dimensions import DIMENSIONS


def pareto(client: httpx.Client, dimensions: str, **query: str) -> dict[str, Any]:
    response = client.get("/v1/pareto", params={"dimensions": dimensions, **query})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def good(item: dict[str, Any]) -> list[float]:
    return [DIMENSIONS[key].sign * value for key, value in item["scores"].items()]


def dominates(one: dict[str, Any], other: dict[str, Any]) -> bool:
    pairs = list(zip(good(one), good(other), strict=True))
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


def test_the_front_of_accuracy_and_parameters_has_19_models(client: httpx.Client) -> None:
    document = pareto(client, "accuracy,parameters_millions")
    assert (document["front_size"], document["total"], len(document["items"])) == (19, 326, 326)
    assert [item["on_front"] for item in document["items"]] == [True] * 19 + [False] * 307


@pytest.mark.parametrize(
    "dimensions",
    [
        "accuracy,calibration_error",
        "shape_bias,object_focus,accuracy",
        "accuracy,class_balance,ood_robustness,parameters_millions",
    ],
)
def test_fronts_layers_and_witnesses_by_brute_force(client: httpx.Client, dimensions: str) -> None:
    items = pareto(client, dimensions, training="supervised")["items"]
    by_id = {item["model_id"]: item for item in items}
    for item in items:
        assert list(item["scores"]) == dimensions.split(",")
        ahead = [other for other in items if dominates(other, item)]
        assert item["on_front"] == (not ahead) == (item["layer"] == 1)
        assert item["layer"] == 1 + max((other["layer"] for other in ahead), default=0)
        if ahead:
            assert dominates(by_id[item["dominated_by"]], item)
        else:
            assert item["dominated_by"] is None
    assert all(before["layer"] <= after["layer"] for before, after in pairwise(items))


def test_the_distance_to_the_front_by_brute_force(client: httpx.Client) -> None:
    document = pareto(client, "accuracy,calibration_error,shape_bias", tolerance="0.25")
    items = document["items"]
    table = np.array([good(item) for item in items])
    table = table / table.std(axis=0)
    ahead = (table[np.newaxis] - table[:, np.newaxis]).min(axis=2).max(axis=1)
    for item, distance in zip(items, np.maximum(ahead, 0), strict=True):
        assert item["distance"] == pytest.approx(distance, abs=1e-12)
        assert item["near_front"] == (distance <= 0.25)
    assert document["front_size"] < document["near_front_size"] == sum(item["near_front"] for item in items) < 326
    assert pareto(client, "accuracy,calibration_error,shape_bias")["near_front_size"] >= document["front_size"]


def test_models_without_a_value_are_last_and_on_no_layer(client: httpx.Client) -> None:
    items = pareto(client, "accuracy,class_balance", quality="screened")["items"]
    without = [item for item in items if item["scores"]["class_balance"] is None]
    assert without
    assert items[-len(without) :] == without
    assert {(item["layer"], item["on_front"], item["dominated_by"]) for item in without} == {(None, False, None)}


def test_an_empty_pool_has_an_empty_front(client: httpx.Client) -> None:
    document = pareto(client, "accuracy,shape_bias", **{"accuracy.gte": "2"})
    assert (document["front_size"], document["total"], document["items"]) == (0, 0, [])


@pytest.mark.parametrize(
    ("query", "code", "told"),
    [
        ({}, "invalid_parameter", "it is required"),
        ({"dimensions": "accuracy"}, "invalid_parameter", "2 to 4 dimensions"),
        ({"dimensions": ""}, "invalid_parameter", "2 to 4 dimensions"),
        ({"dimensions": ",".join(list(DIMENSIONS)[:5])}, "invalid_parameter", "2 to 4 dimensions"),
        ({"dimensions": "accuracy,clarity"}, "invalid_parameter", "'clarity'"),
        ({"dimensions": "accuracy,accuracy"}, "repeated_dimension", "named twice"),
        ({"dimensions": "accuracy,shape_bias", "tolerance": "-1"}, "invalid_parameter", "tolerance"),
        ({"dimensions": "accuracy,shape_bias", "score.gte": "1"}, "unknown_parameter", "score.gte"),
        ({"dimensions": "accuracy,shape_bias", "w.accuracy": "1"}, "unknown_dimension", "w.accuracy"),
    ],
)
def test_refusals(client: httpx.Client, query: dict[str, str], code: str, told: str) -> None:
    response = client.get("/v1/pareto", params=query)
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert told in response.json()["detail"]


def test_an_answer_has_the_fields_of_its_schema_in_their_order(client: httpx.Client) -> None:
    document = pareto(client, "accuracy,class_balance", quality="screened")
    read = ParetoAnswer.model_validate(document, strict=True).model_dump()
    assert read == document
    assert [list(item) for item in document["items"]] == [list(ParetoItem.model_fields)] * len(document["items"])
