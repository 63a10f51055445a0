import httpx
import pytest


def explanation_of(client: httpx.Client, model_id: str, **query: str) -> dict[str, object]:
    response = client.get(f"/v1/rankings/{model_id}/explanation", params=query)
    assert response.status_code == 200, response.text
    answer: dict[str, object] = response.json()
    return answer


def test_contributions_and_gaps_add_up(client: httpx.Client) -> None:
    answer = client.get("/v1/rankings/hiera-b-plus/explanation").json()
    assert answer["rank"] == 2
    assert sum(answer["contributions"].values()) == pytest.approx(answer["score"], abs=1e-12)
    gap = answer["to_leader"]
    assert (gap["ahead"], gap["behind"]) == ("eva02-b-21k", "hiera-b-plus")
    assert gap["difference"] == pytest.approx(1.0738 - 1.0310, abs=1e-4)
    assert sum(gap["parts"].values()) == pytest.approx(gap["difference"], abs=1e-12)
    assert gap["steps"][0]["start"] == 0
    assert gap["steps"][-1]["end"] == pytest.approx(gap["difference"], abs=1e-12)
    assert gap == answer["to_next_above"]
    assert gap["sentence"].startswith("EVA02-b (IN-21k) leads Hiera-B-Plus by 0.04: +0.57 calibration error")
    assert answer["to_next_below"]["behind"] == "convnextv2-b-21k"


def test_the_ends_of_the_ranking_have_nobody_beyond(client: httpx.Client) -> None:
    first = explanation_of(client, "eva02-b-21k")
    assert first["to_leader"] is None
    assert first["to_next_above"] is None
    last = client.get("/v1/rankings", params={"limit": "1000"}).json()["items"][-1]["model_id"]
    assert explanation_of(client, last)["to_next_below"] is None


def test_weights_count(client: httpx.Client) -> None:
    assert explanation_of(client, "eva02-b-21k", **{"w.parameters_millions": "0"})["to_leader"] is not None


def test_those_without_a_score_are_compared_and_have_no_rank(client: httpx.Client) -> None:
    whole = explanation_of(client, "resnet50")
    assert (whole["total"], whole["scored"]) == (326, 326)
    some = explanation_of(client, "resnet50", **{"w.macs_billions": "1"})
    assert (some["total"], some["scored"]) == (326, 247)


def test_a_model_without_score_is_refused_by_its_name(client: httpx.Client) -> None:
    response = client.get("/v1/rankings/hiera-b-plus/explanation", params={"quality": "screened"})
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "model_without_score")
    assert "Hiera-B-Plus" in problem["detail"]
    assert "calibration_error, class_balance" in problem["detail"]
    assert "quality=all" in problem["next_step"]
    query = {"quality": "screened", "w.calibration_error": "0", "w.class_balance": "0"}
    assert explanation_of(client, "hiera-b-plus", **query)["model_id"] == "hiera-b-plus"


def test_nobody(client: httpx.Client) -> None:
    response = client.get("/v1/rankings/nobody/explanation")
    assert (response.status_code, response.json()["code"]) == (404, "unknown_model")
