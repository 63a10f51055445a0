from statistics import pstdev
from typing import Any

import httpx
import pytest


def constraints(client: httpx.Client, **query: str) -> dict[str, Any]:
    response = client.get("/v1/constraints", params={name.replace("__", "."): value for name, value in query.items()})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def best(client: httpx.Client, **query: str) -> float:
    asked = {name.replace("__", "."): value for name, value in query.items()}
    score: float = client.get("/v1/rankings", params={**asked, "limit": "1"}).json()["items"][0]["score"]
    return score


def test_prices_are_differences_of_the_best_scores(client: httpx.Client) -> None:
    answer = constraints(client, parameters_millions__lte="10", shape_bias__gte="0.3")
    by_key = {price["dimension"]: price for price in answer["prices"]}
    size, shape = by_key["parameters_millions"], by_key["shape_bias"]
    anyone, small, shaped = (
        best(client),
        best(client, parameters_millions__lte="10"),
        best(client, shape_bias__gte="0.3"),
    )
    both = best(client, parameters_millions__lte="10", shape_bias__gte="0.3")
    assert size["alone"] == pytest.approx(anyone - small)
    assert shape["alone"] == pytest.approx(anyone - shaped)
    assert size["in_company"] == pytest.approx(shaped - both)
    assert shape["in_company"] == pytest.approx(small - both)
    assert (size["at_most"], size["bound"], shape["at_most"], shape["bound"]) == (True, 10, False, 0.3)
    assert (answer["relaxations"], answer["nearest_miss"], answer["best_without"]) == ([], None, "eva02-b-21k")


def test_those_that_fit_are_those_of_the_ranking(client: httpx.Client) -> None:
    asked = {"parameters_millions__lte": "30", "accuracy__gte": "0.8"}
    answer = constraints(client, **asked, limit="1000")
    items = client.get("/v1/rankings?parameters_millions.lte=30&accuracy.gte=0.8&limit=1000").json()["items"]
    told = [(item["model_id"], item["rank"], item["overall_rank"], item["score"]) for item in answer["items"]]
    assert told == [(item["model_id"], item["rank"], item["overall_rank"], item["score"]) for item in items]
    assert answer["total"] == len(items)
    assert constraints(client, **asked, limit="3")["items"] == answer["items"][:3]


def test_choices_say_who_is_a_candidate(client: httpx.Client) -> None:
    answer = constraints(client, architecture="cnn", parameters_millions__lte="30")
    cnn, small = best(client, architecture="cnn"), best(client, architecture="cnn", parameters_millions__lte="30")
    assert answer["candidates"] == 170
    assert answer["prices"][0]["alone"] == pytest.approx(cnn - small)


def deviation(client: httpx.Client, key: str) -> float:
    """The unit of shortfalls, as of distances to the Pareto front: the standard deviation over the pool."""
    return pstdev(float(model["scores"][key]) for model in client.get("/v1/rankings?limit=1000").json()["items"])


def test_where_nothing_fits_the_smallest_relaxation_is_told(client: httpx.Client) -> None:
    answer = constraints(client, parameters_millions__lte="5", accuracy__gte="0.85")
    assert (answer["total"], answer["items"]) == (0, [])
    assert [price["in_company"] for price in answer["prices"]] == [None, None]
    models = client.get("/v1/rankings?limit=1000").json()["items"]
    accurate = min(model["scores"]["parameters_millions"] for model in models if model["scores"]["accuracy"] >= 0.85)
    small = max(model["scores"]["accuracy"] for model in models if model["scores"]["parameters_millions"] <= 5)
    found = {one["dimension"]: one for one in answer["relaxations"]}
    assert (found["parameters_millions"]["needed"], found["accuracy"]["needed"]) == (accurate, small)
    assert found["parameters_millions"]["spreads"] == pytest.approx(
        (accurate - 5) / deviation(client, "parameters_millions")
    )
    assert [one["spreads"] for one in answer["relaxations"]] == sorted(one["spreads"] for one in answer["relaxations"])
    relaxed = constraints(client, parameters_millions__lte=repr(accurate), accuracy__gte="0.85")
    assert [item["model_id"] for item in relaxed["items"]] == [found["parameters_millions"]["model_id"]]


def test_the_nearest_miss_breaks_what_it_says(client: httpx.Client) -> None:
    miss = constraints(client, parameters_millions__lte="2", accuracy__gte="0.9", shape_bias__gte="0.9")["nearest_miss"]
    values = client.get(f"/v1/models/{miss['model_id']}").json()["scores"]
    total = 0.0
    for broken in miss["breaks"]:
        assert broken["needed"] == values[broken["dimension"]]["value"]
        total += abs(broken["needed"] - broken["bound"]) / deviation(client, broken["dimension"])
    assert miss["spreads"] == pytest.approx(total)


def test_those_who_meet_a_bound_alone_are_counted_among_the_candidates(client: httpx.Client) -> None:
    asked = {"architecture": "cnn", "parameters_millions__lte": "5", "accuracy__gte": "0.85"}
    prices = constraints(client, **asked)["prices"]
    for price, bound in zip(prices, ("accuracy.gte=0.85", "parameters_millions.lte=5"), strict=True):
        alone = client.get(f"/v1/rankings?architecture=cnn&{bound}").json()["total"]
        assert (price["dimension"], price["fitting"]) == (bound.partition(".")[0], alone)
        assert 0 < alone < 170


def test_without_constraints_everybody_fits(client: httpx.Client) -> None:
    answer = constraints(client, limit="1")
    assert (answer["total"], answer["candidates"], answer["prices"]) == (326, 326, [])
    assert [item["model_id"] for item in answer["items"]] == [answer["best_without"]]


@pytest.mark.parametrize("normalisation", ["percentile", "minmax", "robust"])
def test_every_normalisation_has_prices(client: httpx.Client, normalisation: str) -> None:
    answer = constraints(client, normalisation=normalisation, parameters_millions__lte="5", accuracy__gte="0.9")
    assert answer["relaxations"]
    assert all(price["alone"] is None or price["alone"] >= 0 for price in answer["prices"])


def test_an_empty_pool_fits_nobody(client: httpx.Client) -> None:
    answer = constraints(client, benchmark="toy-shapes", accuracy__gte="0.5")
    assert (answer["total"], answer["best_without"], answer["nearest_miss"]) == (0, None, None)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("accuracy.gte=1.5", "bound_out_of_range"),
        ("parameters_millions.lte=-1", "bound_out_of_range"),
        ("clarity.gte=1", "unknown_parameter"),
        ("score.gte=1", "unknown_parameter"),
        ("accuracy.gte=.8&accuracy.gte=.9", "repeated_parameter"),
        ("limit=0", "invalid_parameter"),
    ],
)
def test_bad_questions(client: httpx.Client, query: str, code: str) -> None:
    response = client.get(f"/v1/constraints?{query}")
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert ".." not in response.json()["detail"]
    assert response.json()["next_step"]


def test_a_limit_on_a_fact_that_is_a_dimension_has_a_price(client: httpx.Client) -> None:
    answer = constraints(client, macs_billions__lte="5", parameters_millions__lte="30")
    assert [price["dimension"] for price in answer["prices"]] == ["parameters_millions", "macs_billions"]
    limited = client.get("/v1/rankings?macs_billions.lte=5&parameters_millions.lte=30&limit=1").json()
    assert answer["total"] == limited["total"] < answer["candidates"] == 326
    assert answer["items"][0]["model_id"] == limited["items"][0]["model_id"]


def test_a_limit_on_a_cost_says_who_is_a_candidate_and_has_no_price(client: httpx.Client) -> None:
    answer = constraints(client, input_size__lte="224", parameters_millions__lte="30")
    assert [price["dimension"] for price in answer["prices"]] == ["parameters_millions"]
    limited = client.get("/v1/rankings?input_size.lte=224&limit=1").json()
    assert answer["candidates"] == limited["total"] < 326
    assert answer["best_without"] == limited["items"][0]["model_id"]
