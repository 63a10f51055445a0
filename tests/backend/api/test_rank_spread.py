from typing import Any

import httpx
import numpy as np
import pytest
from scipy.stats import rankdata

from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS

NORMALISATIONS = ["published", "trimmed", "zscore", "robust", "percentile", "minmax"]


def rank_spread(client: httpx.Client, **query: str) -> dict[str, Any]:
    response = client.get("/v1/rank-spread", params=query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize("quality", ["all", "screened"])
@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_ranks_are_those_of_the_rankings(client: httpx.Client, quality: str, normalisation: str) -> None:
    query = {"preset": "robust", "quality": quality, "normalisation": normalisation, "limit": "1000"}
    items = client.get("/v1/rankings", params=query).json()["items"]
    found = {
        item["model_id"]: item["ranks"][quality][normalisation]
        for item in rank_spread(client, preset="robust")["items"]
    }
    assert found == {item["model_id"]: item["overall_rank"] for item in items if item["model_id"] in found}


def test_the_choice_of_norms_moves_a_model_by_242_places(client: httpx.Client) -> None:
    answer = rank_spread(client)
    assert answer["normalisations"] == NORMALISATIONS
    moved = {}
    for item in answer["items"]:
        by_norms = item["ranks"]["all"].values()
        every = [*by_norms, *(rank for rank in item["ranks"]["screened"].values() if rank is not None)]
        assert (item["rank_low"], item["rank_high"]) == (min(every), max(every))
        assert item["spread"] == max(every) - min(every)
        assert item["spread_by_normalisation"] == max(by_norms) - min(by_norms)
        moved[item["model_id"]] = abs(item["ranks"]["all"]["percentile"] - item["ranks"]["all"]["published"])
    assert max(item["spread_by_normalisation"] for item in answer["items"]) == max(moved.values())
    models = client.get("/v1/rankings?limit=1000").json()["items"]
    # Independent of our percentiles: ranks by scipy, ties in the middle, added up with the default weights.
    total = np.sum(
        [
            DIMENSIONS[key].default_weight * rankdata([DIMENSIONS[key].sign * model["scores"][key] for model in models])
            for key in STUDY_DIMENSIONS
        ],
        axis=0,
    )
    ranks = rankdata(-total.round(9), method="min")
    by_scipy = {model["model_id"]: abs(rank - model["rank"]) for model, rank in zip(models, ranks, strict=True)}
    assert by_scipy == moved
    assert max(moved.values()) == 242


def test_models_lose_their_score_to_screening_and_not_their_place_in_the_list(client: httpx.Client) -> None:
    answer = rank_spread(client)
    assert answer["scored"] == {"all": 326, "screened": 213}
    hiera = answer["items"][1]
    assert hiera["model_id"] == "hiera-b-plus"
    assert set(hiera["ranks"]["screened"].values()) == {None}
    assert hiera["rank_low"] >= 1


def test_norms_of_another_benchmark_are_left_out(client: httpx.Client) -> None:
    assert rank_spread(client, benchmark="toy-shapes")["normalisations"] == NORMALISATIONS[1:]


@pytest.mark.parametrize("query", ["normalisation=zscore", "quality=screened", "draws=100"])
def test_what_is_varied_cannot_be_asked_for(client: httpx.Client, query: str) -> None:
    response = client.get(f"/v1/rank-spread?{query}")
    assert (response.status_code, response.json()["code"]) == (422, "unknown_parameter")
