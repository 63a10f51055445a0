from typing import Any

import httpx
import pytest

from quba.dimensions import DIMENSIONS, PUBLISHED

MODELS = "resnet50,alexnet,eva02-b-21k"


def comparison(client: httpx.Client, models: str, **query: str) -> dict[str, Any]:
    response = client.get("/v1/comparisons", params={"models": models, **query})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def test_items_are_the_rankings_in_the_order_asked(client: httpx.Client) -> None:
    ranking = client.get("/v1/rankings", params={"limit": "1000", "w.accuracy": "3"}).json()["items"]
    ranked = {item["model_id"]: item for item in ranking}
    items = comparison(client, MODELS, **{"w.accuracy": "3"})["items"]
    assert [item["model_id"] for item in items] == MODELS.split(",")
    for item in items:
        standardised = item.pop("standardised")
        assert item == ranked[item["model_id"]]
        for key, dimension in DIMENSIONS.items():
            norm = PUBLISHED[key]
            expected = dimension.sign * (item["scores"][key] - norm.mean) / norm.standard_deviation
            assert standardised[key] == pytest.approx(expected)


def test_ranks_are_among_the_models_that_pass_unless_all_are_asked_for(client: httpx.Client) -> None:
    filters = {"architecture": "cnn"}
    among = {
        key: {item["model_id"]: item["rank"] for item in comparison(client, "resnet50,alexnet", **query)["items"]}
        for key, query in {
            "none": {}, "filters": filters, "all": {**filters, "among": "all"},
        }.items()
    }  # fmt: skip
    ranking = client.get("/v1/rankings", params={**filters, "limit": "1000"}).json()["items"]
    ranked = {item["model_id"]: item["rank"] for item in ranking}
    assert among["all"] == among["none"] != among["filters"]
    assert among["filters"] == {key: ranked[key] for key in ("resnet50", "alexnet")}


def test_the_best_and_the_spread_of_each_dimension(client: httpx.Client) -> None:
    document = comparison(client, MODELS)
    assert [found["key"] for found in document["dimensions"]] == list(DIMENSIONS)
    for found in document["dimensions"]:
        values = {item["model_id"]: item["scores"][found["key"]] for item in document["items"]}
        best = (max if DIMENSIONS[found["key"]].higher_is_better else min)(values.values())
        assert found["best"] == [model_id for model_id, value in values.items() if value == best]
        assert found["spread"] == pytest.approx(max(values.values()) - min(values.values()))


def test_a_dimension_on_which_nothing_is_known_has_no_best(client: httpx.Client) -> None:
    flagged = client.get("/v1/models", params={"flag": "double-softmax", "limit": "2"}).json()["items"]
    document = comparison(client, ",".join(item["model_id"] for item in flagged), quality="screened")
    found = {each["key"]: each for each in document["dimensions"]}
    assert found["class_balance"] == {"key": "class_balance", "best": [], "spread": None}
    assert found["accuracy"]["best"]
    assert all(item["score"] is None and item["standardised"]["class_balance"] is None for item in document["items"])


@pytest.mark.parametrize(
    ("models", "status", "code"),
    [
        ("resnet50", 422, "invalid_parameter"),
        ("a,b,c,d,e,f,g", 422, "invalid_parameter"),
        ("resnet50,resnet50", 422, "repeated_model"),
        ("resnet50,resnet-5", 404, "unknown_model"),
        ("resnet50,\0", 422, "invalid_parameter"),
    ],
)
def test_refusals(client: httpx.Client, models: str, status: int, code: str) -> None:
    response = client.get("/v1/comparisons", params={"models": models})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["next_step"]


def test_models_are_required(client: httpx.Client) -> None:
    problem = client.get("/v1/comparisons").json()
    assert problem["detail"] == "models is missing: it is required."
    assert problem["next_step"] == "Send for example models=resnet50,alexnet."
