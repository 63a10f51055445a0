import httpx
import pytest

from quba.dimensions import STUDY_DIMENSIONS


def test_the_leader_leads_half_of_the_weightings_nearby(client: httpx.Client) -> None:
    answer = client.get("/v1/stability").json()
    assert (answer["draws"], answer["jitter"], answer["seed"], answer["top_k"]) == (10_000, 0.25, 0, 10)
    leader = answer["items"][0]
    assert (leader["model_id"], leader["rank"]) == ("eva02-b-21k", 1)
    assert leader["p_first"] == pytest.approx(0.55, abs=0.02)
    assert leader["rank_low"] <= 1 <= leader["rank_high"]
    assert sum(leader["central_weights"].values()) == pytest.approx(1)
    assert sum(item["p_first"] for item in answer["items"]) == pytest.approx(1, abs=0.001)
    assert sum(item["p_top_k"] for item in answer["items"]) == pytest.approx(10, abs=0.01)
    never = next(item for item in answer["items"] if item["p_first"] == 0)
    assert set(never["central_weights"].values()) == {None}


def test_the_published_break_points(client: httpx.Client) -> None:
    reigns = client.get("/v1/stability?draws=100").json()["break_points"]
    # Of the other dimensions no published model has a value, so that nobody leads at any weight.
    assert set(reigns) == set(STUDY_DIMENSIONS)
    for key, low, high in (
        ("parameters_millions", 0.3632, 1.6394),
        ("calibration_error", 0.9246, 2.1020),
        ("class_balance", 0.3168, 1.0636),
    ):
        (reign,) = [each for each in reigns[key] if each["leader"] == "eva02-b-21k"]
        assert reign["from_weight"] == pytest.approx(low, abs=5e-5)
        assert reign["to_weight"] == pytest.approx(high, abs=5e-5)
    assert reigns["parameters_millions"][0]["leader"] == "vit-l-14-dinov2-reg-ft"
    assert all(each[0]["from_weight"] == 0 and each[-1]["to_weight"] is None for each in reigns.values())


def test_the_same_seed_gives_the_same_answer_and_another_does_not(client: httpx.Client) -> None:
    one, again, other = (
        client.get("/v1/stability", params={"draws": "200", "seed": seed, "jitter": jitter}).json()["items"]
        for seed, jitter in (("1", "0.5"), ("1", "0.50"), ("2", "0.5"))
    )
    assert one == again != other


def test_any_taste_spreads_the_first_place_more(client: httpx.Client) -> None:
    near, any_ = (
        client.get("/v1/stability", params={"draws": "2000", "around": around}).json()["items"]
        for around in ("weights", "anything")
    )
    firsts = [sum(item["p_first"] > 0 for item in items) for items in (near, any_)]
    assert firsts[1] > 2 * firsts[0]


def test_models_without_a_score_take_no_part(client: httpx.Client) -> None:
    answer = client.get("/v1/stability", params={"draws": "100", "quality": "screened"}).json()
    scored = client.get("/v1/rankings", params={"quality": "screened", "limit": "1000"}).json()["items"]
    assert [item["model_id"] for item in answer["items"]] == [
        item["model_id"] for item in scored if item["score"] is not None
    ]


def test_a_small_pool_needs_no_top_k(client: httpx.Client) -> None:
    answer = client.get("/v1/stability?draws=100&benchmark=toy-shapes").json()
    assert (answer["top_k"], answer["items"]) == (1, [])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("draws=99", "invalid_parameter"),
        ("draws=20001", "invalid_parameter"),
        ("jitter=0", "invalid_parameter"),
        ("jitter=nan", "invalid_parameter"),
        ("seed=-1", "invalid_parameter"),
        ("seed=1.5", "invalid_parameter"),
        ("seed=now", "invalid_parameter"),
        ("around=me", "invalid_parameter"),
        ("top_k=0", "invalid_parameter"),
        ("top_k=327", "k_out_of_range"),
    ],
)
def test_bad_questions(client: httpx.Client, query: str, code: str) -> None:
    response = client.get(f"/v1/stability?draws=100&{query}" if "draws" not in query else f"/v1/stability?{query}")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, code)
    assert problem["next_step"]


@pytest.mark.parametrize("weight", [0, 0.5, 1, 3])
def test_the_stretch_with_the_given_weight_is_marked_and_its_leader_leads(client: httpx.Client, weight: float) -> None:
    answer = client.get(f"/v1/stability?draws=100&w.accuracy={weight}").json()
    leader = client.get(f"/v1/rankings?limit=1&w.accuracy={weight}").json()["items"][0]["model_id"]
    for key, stretches in answer["break_points"].items():
        (current,) = [each for each in stretches if each["current"]]
        assert current["leader"] == leader
        if key == "accuracy":
            assert current["from_weight"] <= weight
            assert current["to_weight"] is None or weight <= current["to_weight"]


def test_some_models_have_what_they_have_among_all(client: httpx.Client) -> None:
    everything, some = (
        client.get("/v1/stability", params={"draws": "300", **only}).json()
        for only in ({}, {"limit": "2", "models": "alexnet,hiera-b-plus"})
    )
    assert [item["model_id"] for item in some["items"]] == ["eva02-b-21k", "hiera-b-plus", "alexnet"]
    by_id = {item["model_id"]: item for item in everything["items"]}
    assert some["items"] == [by_id[item["model_id"]] for item in some["items"]]
    assert {**some, "items": []} == {**everything, "items": []}
    assert (some["total"], some["scored"]) == (326, 326)


def test_the_winners_are_those_first_most_often_whatever_their_rank(client: httpx.Client) -> None:
    answer = client.get("/v1/stability?draws=1000&around=anything&limit=1").json()
    shares = [each["p_first"] for each in answer["winners"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    assert max(each["rank"] for each in answer["winners"]) > 10
    assert min(shares) > 0


def test_a_model_that_does_not_exist_is_refused(client: httpx.Client) -> None:
    for path in ("/v1/stability", "/v1/rank-intervals"):
        answer = client.get(path, params={"draws": "100", "models": "resnet51"})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_model")
        assert client.get(path, params={"limit": "0"}).status_code == 422


def test_a_break_point_names_who_leads(client: httpx.Client) -> None:
    answer = client.get("/v1/stability?draws=100").json()
    names = {item["model_id"]: item["name"] for item in answer["items"]}
    stretches = [each for found in answer["break_points"].values() for each in found]
    assert [each["leader_name"] for each in stretches] == [names[each["leader"]] for each in stretches]
