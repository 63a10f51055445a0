from typing import Any

import httpx
import pytest

FIELDS = (
    "architecture", "training", "recipe", "head", "pretraining_data", "source_library", "commercial_use", "flag",
)  # fmt: skip
QUESTIONS: tuple[dict[str, str], ...] = (
    {},
    {"architecture": "cnn,transformer", "training": "supervised", "parameters_millions.lte": "60"},
    {"commercial_use": "yes,no", "macs_billions.lte": "5", "input_size.gte": "224"},
    {"quality": "screened", "w.calibration_error": "0", "score.gte": "0", "flag": "outlier,none", "q": "a"},
)


def facets(client: httpx.Client, question: dict[str, str]) -> dict[str, Any]:
    response = client.get("/v1/facets", params=question)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


@pytest.mark.parametrize("question", QUESTIONS, ids=["all", "filtered", "costs", "screened"])
def test_each_count_is_what_choosing_the_value_leaves(client: httpx.Client, question: dict[str, str]) -> None:
    document = facets(client, question)
    assert set(document["facets"]) == set(FIELDS)
    for field, choices in document["facets"].items():
        for choice in choices:
            chosen = client.get("/v1/rankings", params={**question, field: choice["value"], "limit": "1"})
            assert chosen.json()["total"] == choice["count"], (field, choice)


@pytest.mark.parametrize("question", QUESTIONS, ids=["all", "filtered", "costs", "screened"])
def test_the_total_is_the_rankings(client: httpx.Client, question: dict[str, str]) -> None:
    ranking = client.get("/v1/rankings", params={**question, "limit": "1"}).json()
    assert facets(client, question)["total"] == ranking["total"]


def test_every_value_of_the_pool_is_a_choice_even_where_nothing_is_left(client: httpx.Client) -> None:
    whole, empty = (facets(client, question)["facets"] for question in ({}, {"accuracy.gte": "2"}))
    for field in FIELDS:
        assert [choice["value"] for choice in whole[field]] == [choice["value"] for choice in empty[field]]
        assert {choice["count"] for choice in empty[field]} == {0}
    for field in ("architecture", "training", "recipe", "head", "pretraining_data", "source_library", "commercial_use"):
        assert sum(choice["count"] for choice in whole[field]) == 326


def test_ranges_are_those_of_the_pool(client: httpx.Client) -> None:
    ranges = facets(client, {"architecture": "cnn"})["ranges"]
    items = client.get("/v1/rankings", params={"limit": "1000"}).json()["items"]
    for key, found in ranges.items():
        told = [{**item, **item["scores"]}[key] for item in items]
        values = [value for value in told if value is not None]
        assert (found["low"], found["high"]) == (min(values), max(values))
    assert len(ranges) == 13


def test_an_empty_pool_has_no_choices(client: httpx.Client) -> None:
    document = facets(client, {"protocol": "corrected"})
    assert (document["total"], document["ranges"]) == (0, {})
    assert set(map(len, document["facets"].values())) == {0}
