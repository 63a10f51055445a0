import httpx
import pytest

from quba.dimensions import STUDY_DIMENSIONS


def test_the_nearest_weights_do_bring_the_model_up(client: httpx.Client) -> None:
    answer = client.get("/v1/what-if/convnextv2-b-21k").json()
    assert (answer["feasible"], answer["proven"]) == (True, True)
    weights = {f"w.{key}": repr(weight) for key, weight in answer["weights"].items()}
    first = client.get("/v1/rankings", params={**weights, "limit": "1"}).json()["items"][0]
    assert first["model_id"] == "convnextv2-b-21k"
    assert answer["distance"] > 0
    assert answer["beaten_by"] == answer["mixtures"] == []


def test_the_leader_needs_nothing(client: httpx.Client) -> None:
    answer = client.get("/v1/what-if/eva02-b-21k").json()
    assert answer["distance"] == pytest.approx(0, abs=1e-6)
    assert answer["score_gap"] == 0


def test_dominators_are_better_on_everything(client: httpx.Client) -> None:
    answer = client.get("/v1/what-if/resnet50").json()
    assert (answer["feasible"], answer["weights"], answer["distance"]) == (False, None, None)
    assert answer["proven"]
    assert "densenet201" in answer["beaten_by"]
    compared = client.get("/v1/comparisons?models=densenet201,resnet50").json()["items"]
    better, worse = (item["standardised"] for item in compared)
    assert all(better[key] >= worse[key] for key in STUDY_DIMENSIONS)


def test_improvements_close_the_gap(client: httpx.Client) -> None:
    answer = client.get("/v1/what-if/resnet50?target_rank=10").json()
    tenth = client.get("/v1/rankings?limit=10").json()["items"][-1]["score"]
    own = client.get("/v1/comparisons?models=resnet50,alexnet").json()["items"][0]["score"]
    assert answer["score_gap"] == pytest.approx(tenth - own)
    accuracy = next(way for way in answer["improvements"] if way["dimension"] == "accuracy")
    assert accuracy["value"] == 0.7613
    # One of six in the weights, and .0347 for a spread.
    assert accuracy["needed"] == pytest.approx(0.7613 + answer["score_gap"] * 6 * 0.034685710545946026)
    assert accuracy["possible"] == (accuracy["needed"] <= 1)


def test_percentile_ranks_tell_no_distance(client: httpx.Client) -> None:
    answer = client.get("/v1/what-if/resnet50?normalisation=percentile").json()
    assert answer["score_gap"] is None
    assert answer["improvements"] == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("resnet50?target_rank=0", 422, "invalid_parameter"),
        ("resnet50?target_rank=327", 422, "k_out_of_range"),
        ("nobody", 404, "unknown_model"),
        ("hiera-b-plus?quality=screened", 422, "model_without_score"),
        ("resnet50?draws=100", 422, "unknown_parameter"),
    ],
)
def test_bad_questions(client: httpx.Client, path: str, status: int, code: str) -> None:
    response = client.get(f"/v1/what-if/{path}")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["next_step"]
