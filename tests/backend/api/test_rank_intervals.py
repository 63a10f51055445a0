import math
from typing import Any

import httpx
import numpy as np
import pytest

from backend.store.engine import create_store_engine, writing
from backend.store.tables import Measurement
from quba.dimensions import PUBLISHED


def intervals(client: httpx.Client, **query: str) -> dict[str, Any]:
    response = client.get("/v1/rank-intervals", params=query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_the_leader_and_its_follower_cannot_be_told_apart(client: httpx.Client) -> None:
    answer = intervals(client)
    leader, follower = answer["items"][:2]
    assert (leader["model_id"], follower["model_id"]) == ("eva02-b-21k", "hiera-b-plus")
    assert leader["tier"] == follower["tier"] == 1
    assert leader["rank_low"] == follower["rank_low"] == 1
    assert leader["estimated"] is follower["estimated"] is True
    assert answer["estimate_basis"]["accuracy"] == "binomial on 50,000 images"
    assert (answer["jitter"], answer["confidence"], answer["tier_count"]) == (0, 0.95, answer["items"][-1]["tier"])
    assert len(answer["items"]) == 326
    assert sum(item["p_first"] for item in answer["items"]) == pytest.approx(1)


def test_the_interval_of_the_difference_to_the_leader_says_what_the_first_tier_says(client: httpx.Client) -> None:
    leader, *others = intervals(client)["items"]
    assert (leader["behind"], leader["behind_low"], leader["behind_high"]) == (0, 0, 0)
    for item in others:
        reach = 1.959964 * math.hypot(leader["standard_error"], item["standard_error"])
        assert item["behind"] == pytest.approx(leader["score"] - item["score"])
        assert item["behind_low"] == pytest.approx(item["behind"] - reach, abs=1e-6)
        assert item["behind_high"] == pytest.approx(item["behind"] + reach, abs=1e-6)
    clear = next(place for place, item in enumerate(others) if item["behind_low"] > 0)
    assert [item["tier"] for item in others[:clear]] == [1] * clear
    assert others[clear]["tier"] == 2
    # Bars of single scores overlap further down: they would tell a reader who compares them another story.
    low = leader["score"] - 1.96 * leader["standard_error"]
    assert sum(item["score"] + 1.96 * item["standard_error"] > low for item in others) > clear


def test_the_error_of_a_score_by_hand(client: httpx.Client) -> None:
    item = intervals(client, draws="100", **{"w.accuracy": "1"}, preset="accuracy")["items"][0]
    model = client.get(f"/v1/models/{item['model_id']}").json()
    accuracy = model["scores"]["accuracy"]["value"]
    # Images, and the rounding to four decimals.
    error = math.hypot(math.sqrt(accuracy * (1 - accuracy) / 50_000), 1e-4 / math.sqrt(12))
    assert item["standard_errors"] == {"accuracy": pytest.approx(error)}
    assert item["standard_error"] == pytest.approx(error / PUBLISHED["accuracy"].standard_deviation)


def test_the_interval_by_drawing_again(client: httpx.Client) -> None:
    items = intervals(client, preset="accuracy", confidence="0.9")["items"]
    scores, errors = (np.array([item[name] for item in items]) for name in ("score", "standard_error"))
    rng = np.random.default_rng(7)
    drawn = scores + errors * rng.standard_normal((4000, len(items)))
    ranks = 1 + (drawn[:, np.newaxis, :40] < drawn[:, :, np.newaxis]).sum(axis=1)
    low, high = np.quantile(ranks, [0.05, 0.95], axis=0)
    for item, bottom, top in zip(items[:40], low, high, strict=True):
        assert item["rank_low"] == pytest.approx(bottom, abs=2)
        assert item["rank_high"] == pytest.approx(top, abs=2)


def test_doubting_the_weights_as_well_widens_the_intervals(client: httpx.Client) -> None:
    certain, doubted = (intervals(client, draws="2000", jitter=jitter)["items"] for jitter in ("0", "0.25"))
    width = [sum(item["rank_high"] - item["rank_low"] for item in items) for items in (certain, doubted)]
    assert width[1] > 1.3 * width[0]
    assert [item["rank"] for item in certain] == [item["rank"] for item in doubted]


def test_the_same_seed_gives_the_same_answer_and_another_does_not(client: httpx.Client) -> None:
    one, again, other = (intervals(client, draws="200", seed=seed)["items"] for seed in ("1", "1", "2"))
    assert one == again != other


def test_a_measured_error_goes_before_an_estimate(serve: Any, study_sqlite_url: str) -> None:  # noqa: ANN401
    engine = create_store_engine(study_sqlite_url)
    with writing(engine) as session:
        session.query(Measurement).filter_by(model_id="resnet50", dimension="accuracy").update({"standard_error": 0.02})
    engine.dispose()
    items = intervals(serve(study_sqlite_url), preset="accuracy", draws="100")["items"]
    measured = next(item for item in items if item["model_id"] == "resnet50")
    assert (measured["standard_errors"]["accuracy"], measured["estimated"]) == (0.02, False)
    assert all(item["estimated"] for item in items if item["model_id"] != "resnet50")


def test_an_imported_value_without_an_error_leaves_its_rank_unsure(
    serve: Any,  # noqa: ANN401
    study_sqlite_url: str,
    writing_headers: dict[str, str],
    results_csv: Any,  # noqa: ANN401
) -> None:
    service = serve(study_sqlite_url)
    before = intervals(service, preset="accuracy", draws="200")["items"]
    rows = {"accuracy.standard_error": "0.002"}, {"model_id": "b", "name": "B", "accuracy.standard_error": ""}
    service.post("/v1/imports", content=results_csv(*rows), headers=writing_headers)
    items = {item["model_id"]: item for item in intervals(service, preset="accuracy", draws="200")["items"]}
    assert (items["mine"]["unknown"], items["mine"]["standard_errors"]) == ([], {"accuracy": 0.002})
    assert items["mine"]["rank_low"] <= items["mine"]["rank"] <= items["mine"]["rank_high"]
    unsure = items["b"]
    assert (unsure["unknown"], unsure["standard_errors"], unsure["estimated"]) == (
        ["accuracy"],
        {"accuracy": None},
        False,
    )
    told = ("standard_error", "rank_low", "rank_high", "p_first", "tier")
    assert {unsure[name] for name in told} == {None}
    assert all(items[item["model_id"]]["estimated"] and items[item["model_id"]]["tier"] for item in before)


def test_an_empty_pool_has_no_intervals(client: httpx.Client) -> None:
    answer = intervals(client, benchmark="toy-shapes")
    assert (answer["items"], answer["tier_count"]) == ([], 0)


def test_models_without_a_score_take_no_part(client: httpx.Client) -> None:
    items = intervals(client, draws="100", quality="screened")["items"]
    assert len(items) == 213
    assert all(math.isfinite(item["standard_error"]) for item in items)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("draws=99", "invalid_parameter"),
        ("confidence=1", "invalid_parameter"),
        ("confidence=nan", "invalid_parameter"),
        ("jitter=-1", "invalid_parameter"),
        ("seed=now", "invalid_parameter"),
        ("top_k=3", "unknown_parameter"),
        ("normalisation=percentile", "no_distances"),
    ],
)
def test_bad_questions(client: httpx.Client, query: str, code: str) -> None:
    response = client.get(f"/v1/rank-intervals?{query}")
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response.json()["next_step"]


def test_some_models_have_what_they_have_among_all_and_the_tiers_are_of_all(client: httpx.Client) -> None:
    everything = intervals(client, draws="200", jitter="0.1")
    some = intervals(client, draws="200", jitter="0.1", limit="1", models="alexnet")
    first, alexnet = some["items"]
    by_id = {item["model_id"]: item for item in everything["items"]}
    assert (first, alexnet) == (everything["items"][0], by_id["alexnet"])
    assert {**some, "items": []} == {**everything, "items": []}
    assert (some["scored"], some["unknown_count"]) == (326, 0)
    by_place = {
        place: tier["tier"] for tier in some["tiers"] for place in range(tier["first_place"], tier["last_place"] + 1)
    }
    assert [by_place[place] for place in range(1, 327)] == [item["tier"] for item in everything["items"]]
    ranks = [(item["tier"], item["rank"]) for item in everything["items"]]
    assert [(tier["best_rank"], tier["worst_rank"]) for tier in some["tiers"]] == [
        (min(rank for of, rank in ranks if of == tier["tier"]), max(rank for of, rank in ranks if of == tier["tier"]))
        for tier in some["tiers"]
    ]
