"""The first lines of an answer; and that all answers about one view speak of the same models with the same numbers."""

import re
from typing import Any

import httpx
import orjson
import pytest

from quba.dimensions import DIMENSIONS, PUBLISHED
from quba.vocabulary import IDENTITY_WORDS

VIEWS = {
    "all": {},
    "small convolutional nets": {"preset": "robust", "architecture": "cnn", "parameters_millions.lte": "30"},
    "by name": {"q": "resnet50"},
    "own weights": {"w.accuracy": "2", "w.shape_bias": "0", "architecture": "transformer"},
    "by score": {"score.lte": "0.5", "normalisation": "zscore"},
    "screened": {"quality": "screened", "accuracy.gte": "0.8", "architecture": "cnn,transformer"},
    "one": {"q": "siglip2-l"},
    "none": {"accuracy.gte": "0.999"},
}
SAMPLE = {"draws": "500", "seed": "3"}
DRAWN = ("/v1/stability", "/v1/rank-intervals")
views = pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))


def answer(client: httpx.Client, path: str, *queries: dict[str, str]) -> dict[str, Any]:
    asked = {name: value for query in queries for name, value in query.items()}
    response = client.get(path, params=asked)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def ranking_items(client: httpx.Client, view: dict[str, str]) -> list[dict[str, Any]]:
    """The scored models that pass the filters, best first."""
    items = answer(client, "/v1/rankings", view, {"limit": "1000"})["items"]
    return [item for item in items if item["score"] is not None]


def test_the_published_answer(client: httpx.Client) -> None:
    found = answer(client, "/v1/headline")
    assert found["sentence"] == (
        "EVA02-b (IN-21k) leads with 1.07, ahead of Hiera-B-Plus by 0.04: +0.57 calibration error, +0.16 accuracy, "
        "against −0.67 class balance, −0.10 shape bias; +0.09 from the rest."
    )
    assert found["doubt"] == (
        "Hiera-B-Plus, second, rests on flagged calibration error and class balance (softmax applied twice). "
        "So do the reasons. "
        "Without flagged values, EVA02-b (IN-21k) leads and ConvNextV2-B (IN-21k) is second."
    )
    assert [part["dimension"] for part in found["speaks_against"]][:2] == ["class_balance", "shape_bias"]
    assert {doubt["dimension"]: doubt["flags"] for doubt in found["doubts"]} == {
        "calibration_error": ["double-softmax"],
        "class_balance": ["double-softmax"],
    }


@views
def test_leader_lead_and_reasons_are_those_of_the_ranking(client: httpx.Client, view: dict[str, str]) -> None:
    found, items = answer(client, "/v1/headline", view), ranking_items(client, view)
    assert (found["total"], found["scored"]) == (
        answer(client, "/v1/rankings", view, {"limit": "1"})["total"], len(items),
    )  # fmt: skip
    named = [found["leader"], found["runner_up"]]
    assert [one["model_id"] for one in named if one] == [item["model_id"] for item in items[:2]]
    if len(items) > 1:
        assert found["lead"] == pytest.approx(items[0]["score"] - items[1]["score"], abs=1e-12)
        gaps = {
            key: items[0]["contributions"][key] - items[1]["contributions"][key] for key in items[0]["contributions"]
        }
        parts = (*found["speaks_for"], *found["speaks_against"])
        for part in parts:
            assert part["difference"] == pytest.approx(gaps[part["dimension"]], abs=1e-12)
        assert all(abs(gaps[key]) < 0.0051 for key in gaps.keys() - {part["dimension"] for part in parts})
        assert all(part["difference"] > 0 for part in found["speaks_for"])
    assert not re.search(r"[+−-]0\.0+ ", found["sentence"])


@views
def test_without_flagged_values_it_is_the_screened_ranking(client: httpx.Client, view: dict[str, str]) -> None:
    found, screened = answer(client, "/v1/headline", view), ranking_items(client, {**view, "quality": "screened"})
    if view.get("quality") == "screened":
        assert found["screened"] is None
        return
    named = [found["screened"]["leader"], found["screened"]["runner_up"]]
    assert [one["model_id"] for one in named if one] == [item["model_id"] for item in screened[:2]]
    flagged = {item["model_id"]: item["flagged"] for item in ranking_items(client, view)[:2]}
    weights = answer(client, "/v1/rankings", view, {"limit": "1"})["weights"]
    expected = {(model, key) for model, by in flagged.items() for key in by if weights[key]}
    assert {(doubt["model_id"], doubt["dimension"]) for doubt in found["doubts"]} == expected
    assert (found["doubt"] is not None) == (bool(expected) or found["screened"]["changed"])


def test_the_gap_by_hand(client: httpx.Client) -> None:
    """Independent of our scoring: weights and published norms written out, for two models of a filtered view."""
    view = {"architecture": "cnn"}
    first, second = ranking_items(client, view)[:2]
    total = sum(dimension.default_weight for dimension in DIMENSIONS.values())
    for part in answer(client, "/v1/headline", view)["speaks_for"]:
        key = part["dimension"]
        step = DIMENSIONS[key].sign * (first["scores"][key] - second["scores"][key])
        assert part["difference"] == pytest.approx(
            step / PUBLISHED[key].standard_deviation * DIMENSIONS[key].default_weight / total
        )


@views
def test_all_answers_about_a_view_rank_the_same_models_alike(client: httpx.Client, view: dict[str, str]) -> None:
    items = ranking_items(client, view)
    ranks = {item["model_id"]: item["rank"] for item in items}
    stable = answer(client, "/v1/stability", view, SAMPLE)
    certain = answer(client, "/v1/rank-intervals", view, SAMPLE)
    assert {item["model_id"]: item["rank"] for item in stable["items"]} == ranks
    assert {item["model_id"]: item["rank"] for item in certain["items"]} == ranks
    assert {each["leader"] for reigns in stable["break_points"].values() for each in reigns} <= passing(client, view)
    assert max((item["rank_high"] for item in (*stable["items"], *certain["items"])), default=0) <= len(items)
    # With every model drawn among the filtered ones alone, somebody is first in every draw.
    assert sum(item["p_first"] for item in certain["items"]) == pytest.approx(1 if items else 0, abs=0.01)
    for item in items[:: max(1, len(items) // 3)]:
        told = answer(client, f"/v1/rankings/{item['model_id']}/explanation", view)
        assert told["rank"] == item["rank"]
        gaps = [told[name] for name in ("to_leader", "to_next_above", "to_next_below") if told[name]]
        assert {gap[side] for gap in gaps for side in ("ahead", "behind")} <= set(ranks)
        what_if = answer(client, f"/v1/what-if/{item['model_id']}", view)
        rivals = {*what_if["beaten_by"], *(model for mixture in what_if["mixtures"] for model in mixture["shares"])}
        assert rivals <= set(ranks)
        ways = answer(client, f"/v1/improvements/{item['model_id']}", view)
        assert (ways["rank"], ways["total"]) == (item["rank"], told["total"])
        assert ways["score_gap"] == pytest.approx(items[0]["score"] - item["score"], abs=1e-9)


def passing(client: httpx.Client, view: dict[str, str]) -> set[str]:
    """All models that pass the filters: some may have a score under other weights only."""
    return {item["model_id"] for item in answer(client, "/v1/rankings", view, {"limit": "1000"})["items"]}


@views
def test_the_spread_of_ranks_is_that_of_the_rankings_asked_one_by_one(
    client: httpx.Client, view: dict[str, str]
) -> None:
    asked = {name: value for name, value in view.items() if name not in ("quality", "normalisation")}
    spread = answer(client, "/v1/rank-spread", asked)
    told = {item["model_id"]: item["ranks"] for item in spread["items"]}
    for quality in ("all", "screened"):
        for normalisation in ("published", "robust", "percentile"):
            choice = {**asked, "quality": quality, "normalisation": normalisation}
            expected = {item["model_id"]: item["rank"] for item in ranking_items(client, choice)}
            found = {model: ranks[quality][normalisation] for model, ranks in told.items()}
            assert {model: rank for model, rank in found.items() if rank is not None} == expected


@views
def test_the_decision_record_says_what_the_answers_say(client: httpx.Client, view: dict[str, str]) -> None:
    record, first_lines = answer(client, "/v1/decision-record", view), answer(client, "/v1/headline", view)
    assert (record["headline"], record["doubt"]) == (first_lines["sentence"], first_lines["doubt"])
    stable = answer(client, "/v1/stability", view)
    assert record["how_sure"]["sentence"] == stable["sentence"]
    shares = {item["model_id"]: (item["p_first"], item["rank_low"], item["rank_high"]) for item in stable["items"]}
    assert {item["model_id"]: (item["p_first"], item["rank_low"], item["rank_high"]) for item in record["top"]} == {
        item["model_id"]: shares[item["model_id"]] for item in record["top"]
    }
    if view.get("normalisation") != "percentile":
        certain = answer(client, "/v1/rank-intervals", view, {"confidence": "0.9"})["items"]
        ranks = {item["model_id"]: (item["rank_low"], item["rank_high"]) for item in certain}
        for item in record["top"]:
            assert (item["measured_rank_low"], item["measured_rank_high"]) == ranks[item["model_id"]]
    for keeps in record["how_sure"]["leader_keeps"]:
        leader = stable["items"][0]["model_id"]
        reigns = [each for each in stable["break_points"][keeps["dimension"]] if each["leader"] == leader]
        assert (keeps["from_weight"], keeps["to_weight"]) in {
            (each["from_weight"], each["to_weight"]) for each in reigns
        }


@views
def test_what_the_filters_hide_is_named_nowhere_unless_asked_for(client: httpx.Client, view: dict[str, str]) -> None:
    kept = passing(client, view)
    every = answer(client, "/v1/rankings", {"limit": "1000"})["items"]
    # A name that is part of a longer one, as ResNet50 is, says nothing by being found.
    names = {item["name"] for item in every if item["model_id"] in kept}
    hidden = {item["name"] for item in every} - names
    hidden = {name for name in hidden if not any(name in other for other in names)}
    for path in ("/v1/headline", "/v1/stability", "/v1/rank-intervals", "/v1/decision-record"):
        text = client.get(path, params={**view, **(SAMPLE if path in DRAWN else {})}).text
        assert {name for name in hidden if orjson.dumps(name).decode() in text} == set(), path
    whole = {name: value for name, value in view.items() if name in ("preset", "normalisation", "quality")}
    weights = {name: value for name, value in view.items() if name.startswith("w.")}
    plain, all_of = (
        answer(client, "/v1/headline", whole, weights),
        answer(client, "/v1/headline", view, {"among": "all"}),
    )
    assert {**plain, "among": "all"} == all_of
    for path in ("/v1/stability", "/v1/rank-intervals"):
        plain = answer(client, path, whole, weights, SAMPLE)
        assert answer(client, path, view, SAMPLE, {"among": "all"}) == {**plain, "among": "all"}


def test_a_comparison_ranks_among_the_filtered_too(client: httpx.Client) -> None:
    query = {"models": "resnet50,eva02-b-21k", "architecture": "cnn"}
    own, other = answer(client, "/v1/comparisons", query)["items"]
    expected = {item["model_id"]: item for item in ranking_items(client, {"architecture": "cnn"})}
    assert own["rank"] == expected["resnet50"]["rank"] < own["overall_rank"]
    assert (other["rank"], other["overall_rank"]) == (None, 1)
    every = answer(client, "/v1/comparisons", query, {"among": "all"})["items"]
    assert [item["rank"] for item in every] == [item["overall_rank"] for item in every]


def test_limits_among_all_count_every_candidate(client: httpx.Client) -> None:
    view = {"architecture": "cnn", "accuracy.gte": "0.85"}
    some, every = answer(client, "/v1/constraints", view), answer(client, "/v1/constraints", view, {"among": "all"})
    assert (some["candidates"], every["candidates"]) == (170, 326)
    assert every["best_without"] == "eva02-b-21k" != some["best_without"]


@pytest.mark.parametrize("path", ["rankings/resnet50/explanation", "what-if/resnet50", "improvements/resnet50"])
def test_a_hidden_model_is_refused_with_the_way_out(client: httpx.Client, path: str) -> None:
    response = client.get(f"/v1/{path}", params={"architecture": "transformer"})
    assert (response.status_code, response.json()["code"]) == (422, "model_filtered_out")
    assert "among=all" in response.json()["next_step"]
    assert answer(client, f"/v1/{path}", {"architecture": "transformer", "among": "all"})["total"] == 326


@pytest.mark.parametrize("architecture", IDENTITY_WORDS["architecture"])
def test_a_top_k_beyond_the_filtered_models_is_their_last_rank(client: httpx.Client, architecture: str) -> None:
    view = {"architecture": architecture, "q": "b", **SAMPLE}
    found = answer(client, "/v1/stability", view, {"top_k": "300"})
    assert found["top_k"] == max(1, len(found["items"]))
    assert {item["p_top_k"] for item in found["items"]} <= {1.0}


@pytest.mark.parametrize("query", ["among=some", "limit=3", "w.accuracy=-1", "draws=100", "sort=name"])
def test_bad_questions(client: httpx.Client, query: str) -> None:
    response = client.get(f"/v1/headline?{query}")
    assert response.status_code == 422
    assert response.json()["next_step"]
