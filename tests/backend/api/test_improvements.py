from typing import Any

import httpx
import pytest

from quba.dimensions import DIMENSIONS, PUBLISHED, STUDY_DIMENSIONS


def improvements(client: httpx.Client, model_id: str, **query: str) -> dict[str, Any]:
    response = client.get(f"/v1/improvements/{model_id}", params=query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def ranking(client: httpx.Client, **query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/v1/rankings", params={**query, "limit": "1000"}).json()["items"]
    return items


def test_the_gap_is_that_of_the_scores(client: httpx.Client) -> None:
    answer = improvements(client, "resnet50", target_rank="10")
    items = ranking(client)
    own = next(item for item in items if item["model_id"] == "resnet50")
    assert (answer["rank"], answer["target_rank"]) == (own["rank"], 10)
    assert answer["score"] == pytest.approx(own["score"])
    assert answer["score_gap"] == pytest.approx(items[9]["score"] - own["score"])


def test_each_way_alone_closes_the_gap(client: httpx.Client) -> None:
    answer = improvements(client, "resnet50", target_rank="100")
    weights = {key: dimension.default_weight for key, dimension in DIMENSIONS.items()}
    total = sum(weights.values())
    assert {way["dimension"] for way in answer["alone"]} == set(STUDY_DIMENSIONS)
    spreads = [way["spreads"] for way in answer["alone"]]
    assert spreads == sorted(spreads)
    for way in answer["alone"]:
        key = way["dimension"]
        gained = DIMENSIONS[key].sign * way["change"] / PUBLISHED[key].standard_deviation * weights[key] / total
        assert gained == pytest.approx(answer["score_gap"])
        assert way["needed"] == pytest.approx(way["value"] + way["change"])
        assert way["possible"] == (way["reach"] != "impossible") == (way["rule"] is None)


def test_beyond_the_end_of_a_scale_is_out_of_reach(client: httpx.Client) -> None:
    ways = {way["dimension"]: way for way in improvements(client, "resnet50", target_rank="1")["alone"]}
    # Written out: a share cannot exceed 1, an error and a size cannot be negative.
    assert (ways["accuracy"]["needed"] > 1, ways["accuracy"]["possible"]) == (True, False)
    assert (ways["calibration_error"]["needed"] < 0, ways["calibration_error"]["possible"]) == (True, False)
    assert (ways["shape_bias"]["needed"] > 1, ways["shape_bias"]["possible"]) == (True, False)
    # With 76.13 % of the clean images right, no ratio to that is above 1 / .7613.
    for key in ("adversarial_robustness", "corruption_robustness", "ood_robustness"):
        assert ways[key]["needed"] > 1 / 0.7613
        assert ways[key]["bound"] == pytest.approx(1 / 0.7613)
        assert (ways[key]["reach"], ways[key]["possible"]) == ("impossible", False)
    assert ways["ood_robustness"]["rule"] == "at accuracy 0.7613 it is at most 1.314"
    # Object focus may exceed 1, but no model's does.
    focus = ways["object_focus"]
    assert focus["needed"] == pytest.approx(1.2218, abs=1e-4)
    assert (focus["reach"], focus["possible"], focus["bound"]) == ("beyond_all_models", True, 1 + 1 / 0.7613)
    assert (focus["best_model_id"], focus["best_value"]) == ("siglip2-l-16-256", 0.9769)
    assert ways["class_balance"]["best_flags"] == ["double-softmax", "outlier"]


def test_what_a_model_has_already_is_possible_and_what_none_has_is_not(client: httpx.Client) -> None:
    items = ranking(client)
    signs = {key: DIMENSIONS[key].sign for key in STUDY_DIMENSIONS}
    best = {key: max(sign * item["scores"][key] for item in items) * sign for key, sign in signs.items()}
    for target in ("1", "50", "150"):
        answer = improvements(client, "resnet50", target_rank=target)
        for way in (*answer["alone"], *answer["together"]):
            key, sign = way["dimension"], DIMENSIONS[way["dimension"]].sign
            assert way["best_value"] == best[key]
            if way["reach"] == "possible":
                assert sign * way["needed"] <= sign * way["best_value"] + 1e-9
            else:
                assert sign * way["needed"] > sign * way["best_value"]
            if way["bound"] is not None:
                assert (sign * way["needed"] > sign * way["bound"] + 1e-9) == (way["reach"] == "impossible")


def test_the_bound_of_all_together_is_at_the_accuracy_that_the_model_would_have(client: httpx.Client) -> None:
    answer = improvements(client, "resnet50", target_rank="100")
    ways = {way["dimension"]: way for way in answer["together"]}
    accuracy = ways["accuracy"]["needed"]
    assert accuracy > 0.7613
    assert ways["ood_robustness"]["bound"] == pytest.approx(1 / accuracy)
    assert ways["object_focus"]["bound"] == pytest.approx(1 + 1 / accuracy)


def test_the_rank_to_reach_is_among_the_models_that_pass_the_filters(client: httpx.Client) -> None:
    query = {"architecture": "cnn", "parameters_millions.lte": "30"}
    answer = improvements(client, "resnet50", **query)
    items = ranking(client, **query)
    own = next(item for item in items if item["model_id"] == "resnet50")
    assert (answer["rank"], answer["total"], answer["pool"]) == (own["rank"], len(items), 326)
    assert answer["score_gap"] == pytest.approx(items[0]["score"] - own["score"])
    every = improvements(client, "resnet50", **query, among="all")
    assert (every["rank"], every["total"]) == (own["overall_rank"], 326)
    # What the best model of the pool has does not hang on the filters.
    assert {way["dimension"]: way["best_model_id"] for way in answer["alone"]} == {
        way["dimension"]: way["best_model_id"] for way in every["alone"]
    }


def test_all_ways_together_close_the_gap(client: httpx.Client) -> None:
    answer = improvements(client, "resnet50", target_rank="100", preset="robust")
    weights = client.get("/v1/rankings?preset=robust&limit=1").json()["weights"]
    gained = sum(
        DIMENSIONS[way["dimension"]].sign
        * way["change"]
        / PUBLISHED[way["dimension"]].standard_deviation
        * weights[way["dimension"]]
        for way in answer["together"]
    ) / sum(weights.values())
    assert gained == pytest.approx(answer["score_gap"])
    assert [way["dimension"] for way in answer["together"]] == [key for key in DIMENSIONS if weights[key] > 0]


def test_whoever_is_there_needs_nothing(client: httpx.Client) -> None:
    answer = improvements(client, "eva02-b-21k")
    assert answer["score_gap"] == 0
    assert {way["change"] for way in (*answer["alone"], *answer["together"])} == {0}


def test_percentile_ranks_tell_no_distance_and_say_why(client: httpx.Client) -> None:
    answer = improvements(client, "resnet50", normalisation="percentile")
    assert (answer["score_gap"], answer["alone"], answer["together"]) == (None, [], [])
    assert "keep no distances" in answer["reason"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("resnet50?target_rank=0", 422, "invalid_parameter"),
        ("resnet50?target_rank=327", 422, "k_out_of_range"),
        ("resnet50?target_rank=327&normalisation=percentile", 422, "k_out_of_range"),
        ("nobody", 404, "unknown_model"),
        ("hiera-b-plus?quality=screened", 422, "model_without_score"),
        ("resnet50?architecture=transformer", 422, "model_filtered_out"),
        ("resnet50?q=resnet50&target_rank=19", 422, "k_out_of_range"),
        ("resnet50?draws=100", 422, "unknown_parameter"),
    ],
)
def test_bad_questions(client: httpx.Client, path: str, status: int, code: str) -> None:
    response = client.get(f"/v1/improvements/{path}")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["next_step"]


def test_the_first_to_improve_is_the_smallest_step_to_a_value_that_a_model_has(client: httpx.Client) -> None:
    answer = client.get("/v1/improvements/resnet50?target_rank=100").json()
    # Accuracy would be as small a step, but to a value that no model has.
    assert (answer["alone"][0]["dimension"], answer["alone"][0]["reach"]) == ("accuracy", "beyond_all_models")
    possible = [way for way in answer["alone"] if way["reach"] == "possible"]
    assert answer["improve_first"] == min(possible, key=lambda way: abs(way["spreads"]))
    assert client.get("/v1/improvements/resnet50?target_rank=300").json()["improve_first"] is None
