import re
import shlex
from typing import Any

import httpx
import pandas as pd
import pytest

import wellbehaved
from backend.imports.citation import CITATION
from wellbehaved.client import Client

VIEW = {"w.accuracy": "2", "preset": "robust", "architecture": "cnn,transformer", "parameters_millions.lte": "60"}


def record(client: httpx.Client, **query: str) -> dict[str, Any]:
    response = client.get("/v1/decision-record", params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_the_default_view(client: httpx.Client) -> None:
    found = record(client)
    assert found["headline"].startswith("EVA02-b (IN-21k) leads with 1.07, ahead of Hiera-B-Plus by 0.04: +0.57 calib")
    assert re.match(
        r"Among all 326 models, EVA02-b \(IN-21k\) is first in 5\d % of nearby weightings, Hiera-B-Plus in 4\d %\.",
        found["how_sure"]["sentence"],
    )
    assert found["doubt"].startswith("Hiera-B-Plus, second, rests on flagged calibration error and class bal")
    assert found["models"] == {"pool": 326, "passing": 326, "scored": 326}
    assert len(found["top"]) == 10
    keeps = {one["dimension"]: (one["from_weight"], one["to_weight"]) for one in found["how_sure"]["leader_keeps"]}
    assert keeps["parameters_millions"] == pytest.approx((0.3632, 1.6394), abs=5e-5)
    assert keeps["calibration_error"] == pytest.approx((0.9246, 2.1020), abs=5e-5)
    assert keeps["class_balance"] == pytest.approx((0.3168, 1.0636), abs=5e-5)
    assert found["citation"] == CITATION
    assert any(doubt["model_id"] == "hiera-b-plus" for doubt in found["doubts"])
    assert found["how_sure"]["measurement_note"].startswith("Published values came without standard errors")


def test_the_record_says_what_the_other_paths_say(client: httpx.Client) -> None:
    found = record(client, preset="robust", limit="5")
    items = client.get("/v1/rankings?preset=robust&limit=5").json()["items"]
    names = ("rank", "overall_rank", "model_id", "name", "score", "contributions", "scores")
    assert [{name: item[name] for name in names} for item in found["top"]] == [
        {name: item[name] for name in names} for item in items
    ]
    sure = {item["model_id"]: item for item in client.get("/v1/stability?preset=robust").json()["items"]}
    for item in found["top"]:
        same = sure[item["model_id"]]
        assert (item["p_first"], item["rank_low"], item["rank_high"]) == (
            same["p_first"], same["rank_low"], same["rank_high"],
        )  # fmt: skip
    second = client.get(f"/v1/rankings/{items[1]['model_id']}/explanation?preset=robust").json()
    assert found["why"][0] == second["to_leader"]["sentence"]
    leader = found["top"][0]["name"]
    assert [each.split(" leads ")[0] for each in found["why"]] == [leader] * 3


def test_every_filter_is_told_in_words(client: httpx.Client) -> None:
    filters = {
        "architecture": "cnn,transformer", "parameters_millions.lte": "60", "accuracy.gte": "0.7",
        "accuracy.lte": "0.9", "q": "resnet",
    }  # fmt: skip
    assert sorted(record(client, **filters)["view"]["filters"]) == [
        "accuracy at least 0.7", "accuracy at most 0.9", "architecture is cnn or transformer", "named like resnet",
        "parameters_millions at most 60",
    ]  # fmt: skip


def test_ranks_and_shares_are_among_the_models_that_pass(client: httpx.Client) -> None:
    found = record(client, **VIEW, limit="100")
    shown = found["top"]
    assert [item["rank"] for item in shown] == sorted(item["rank"] for item in shown)
    assert shown[0]["rank"] == 1 < shown[0]["overall_rank"]
    assert found["excluded"]["by_filters"] == 326 - found["models"]["passing"] > 0
    assert found["view"]["filters"] == ["architecture is cnn or transformer", "parameters_millions at most 60"]
    assert found["models"]["passing"] == client.get("/v1/rankings", params=VIEW).json()["total"]


def test_what_was_left_out_is_told(client: httpx.Client) -> None:
    left = record(client, quality="screened")["excluded"]
    assert (left["without_score"], left["by_filters"]) == (113, 0)
    assert len(left["without_score_names"]) == 20
    reasons = {one["dimension"]: one["models"] for one in left["reasons"] if one["reason"] == "screened"}
    items = client.get("/v1/rankings?quality=screened&limit=1000").json()["items"]
    for key, count in reasons.items():
        lacking = [item for item in items if any(part["dimension"] == key for part in item["missing"])]
        assert len(lacking) == count


@pytest.mark.parametrize(
    "view", [{}, VIEW, {**VIEW, "among": "all"}, {"q": "resnet", "quality": "screened", "normalisation": "zscore"}]
)
def test_the_same_again_by_curl_and_by_python(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], view: dict[str, str]
) -> None:
    found = record(client, **view)
    names = [item["name"] for item in found["top"]]
    address = shlex.split(found["reproduce"]["curl"])[-1]
    assert [item["name"] for item in client.get(address.removeprefix("http://127.0.0.1:8000")).json()["items"]] == names
    frames: list[pd.DataFrame] = []
    # Closing the client must not close the service that other tests share.
    service = httpx.MockTransport(lambda request: client.get(request.url.raw_path.decode()))
    monkeypatch.setattr(wellbehaved, "Client", lambda _: Client("http://service", transport=service), raising=False)
    exec(found["reproduce"]["python"].replace("print(ranking.frame", "frames.append(ranking.frame"), {"frames": frames})
    assert list(frames[0]["name"]) == names
    assert capsys.readouterr().out.strip() == found["data_version"]


@pytest.mark.parametrize(
    ("form", "media_type", "start"),
    [
        ("html", "text/html; charset=utf-8", "<!doctype html>"),
        ("md", "text/markdown; charset=utf-8", "# Decision record"),
        ("json", "application/json", '{"headline"'),
    ],
)
def test_forms(client: httpx.Client, form: str, media_type: str, start: str) -> None:
    response = client.get("/v1/decision-record", params={"format": form, "q": "<script>resnet"})
    assert response.headers["Content-Type"] == media_type
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.headers["Content-Disposition"].endswith(f'.{form}"')
    assert response.text.startswith(start)
    again = client.get(
        "/v1/decision-record",
        params={"q": "<script>resnet", "format": form},
        headers={"If-None-Match": response.headers["ETag"]},
    )
    assert again.status_code == 304
    other = client.get("/v1/decision-record", params={"format": form})
    assert other.headers["ETag"] != response.headers["ETag"]
    assert ("EVA02-b (IN-21k)" in other.text) or form == "md"


def test_the_same_question_in_another_spelling_is_the_same_answer(client: httpx.Client) -> None:
    one, other = (
        client.get(f"/v1/decision-record?{query}")
        for query in ("w.accuracy=2&architecture=cnn&preset=paper", "architecture=cnn&w.accuracy=2.0")
    )
    assert one.headers["ETag"] == other.headers["ETag"]
    assert one.content == other.content


@pytest.mark.parametrize(
    ("query", "headline"),
    [
        ({"accuracy.gte": "0.999"}, "No model passes the filters."),
        ({"benchmark": "toy-shapes"}, "No model has been measured on toy-shapes"),
        ({"q": "hiera-b-plus", "quality": "screened"}, "None of these models has a value on every"),
        ({"q": "siglip2-l"}, "SigLIP2-l/16 is the only model here with a score, −3.45."),
        ({"normalisation": "percentile"}, "ConvNext-L (IN-21k) leads with 0.75"),
    ],
)
@pytest.mark.parametrize("form", ["json", "html", "md"])
def test_views_with_little_to_say(client: httpx.Client, query: dict[str, str], headline: str, form: str) -> None:
    response = client.get("/v1/decision-record", params={**query, "format": form})
    assert response.status_code == 200, response.text
    if form == "json":
        assert response.json()["headline"].startswith(headline)


def test_models_that_tie_are_both_named(client: httpx.Client) -> None:
    found = record(client, preset="accuracy", **{"w.accuracy": "0", "w.parameters_millions": "1"})
    first, second = found["top"][:2]
    if first["rank"] == second["rank"]:
        assert "share the lead with" in found["headline"]
    else:
        assert "leads with" in found["headline"]


@pytest.mark.parametrize("query", ["format=pdf", "limit=0", "limit=101", "sort=name", "w.accuracy=-1", "draws=100"])
def test_bad_questions(client: httpx.Client, query: str) -> None:
    response = client.get(f"/v1/decision-record?{query}")
    assert response.status_code == 422
    assert response.json()["next_step"]
