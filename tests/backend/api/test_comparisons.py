import math
from typing import Any

import httpx
import numpy as np
import pytest

from quba.deciding.rank_uncertainty import estimated_standard_errors
from quba.dimensions import DIMENSIONS, PUBLISHED

MODELS = "resnet50,alexnet,eva02-b-21k"


def comparison(client: httpx.Client, models: str, **query: str) -> dict[str, Any]:
    response = client.get("/v1/comparisons", params={"models": models, **query})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def measured(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The dimensions that the study measured; of others these models have no value."""
    return [each for each in document["dimensions"] if each["key"] in PUBLISHED]


def test_items_are_the_rankings_in_the_order_asked(client: httpx.Client) -> None:
    ranking = client.get("/v1/rankings", params={"limit": "1000", "w.accuracy": "3"}).json()["items"]
    ranked = {item["model_id"]: item for item in ranking}
    items = comparison(client, MODELS, **{"w.accuracy": "3"})["items"]
    assert [item["model_id"] for item in items] == MODELS.split(",")
    for item in items:
        standardised = item.pop("standardised")
        assert set(item.pop("standard_errors")) == set(item.pop("standardised_errors")) == set(DIMENSIONS)
        assert item == ranked[item["model_id"]]
        for key, norm in PUBLISHED.items():
            expected = DIMENSIONS[key].sign * (item["scores"][key] - norm.mean) / norm.standard_deviation
            assert standardised[key] == pytest.approx(expected)


def test_ranks_are_among_the_models_that_pass_unless_all_are_asked_for(client: httpx.Client) -> None:
    filters = {"architecture": "cnn"}
    among = {
        key: {item["model_id"]: item["rank"] for item in comparison(client, "resnet50,alexnet", **query)["items"]}
        for key, query in {
            "none": {}, "filters": filters, "all": {**filters, "among": "all"},
        }.items()
    }  # fmt: skip
    ranking = client.get("/v1/rankings", params={**filters, "limit": "1000"}).json()["items"]
    ranked = {item["model_id"]: item["rank"] for item in ranking}
    assert among["all"] == among["none"] != among["filters"]
    assert among["filters"] == {key: ranked[key] for key in ("resnet50", "alexnet")}


def test_the_best_and_the_spread_of_each_dimension(client: httpx.Client) -> None:
    document = comparison(client, MODELS)
    assert [found["key"] for found in document["dimensions"]] == list(DIMENSIONS)
    for found in measured(document):
        values = {item["model_id"]: item["scores"][found["key"]] for item in document["items"]}
        best = (max if DIMENSIONS[found["key"]].higher_is_better else min)(values.values())
        assert found["best"] == [model_id for model_id, value in values.items() if value == best]
        assert found["spread"] == pytest.approx(max(values.values()) - min(values.values()))


def test_a_dimension_on_which_nothing_is_known_has_no_best(client: httpx.Client) -> None:
    flagged = client.get("/v1/models", params={"flag": "double-softmax", "limit": "2"}).json()["items"]
    document = comparison(client, ",".join(item["model_id"] for item in flagged), quality="screened")
    found = {each["key"]: each for each in document["dimensions"]}
    assert found["class_balance"] == {"key": "class_balance", "best": [], "spread": None, "differences": []}
    assert found["accuracy"]["best"]
    assert all(item["score"] is None and item["standardised"]["class_balance"] is None for item in document["items"])


@pytest.mark.parametrize(
    ("models", "status", "code"),
    [
        ("resnet50", 422, "invalid_parameter"),
        ("a,b,c,d,e,f,g", 422, "invalid_parameter"),
        ("resnet50,resnet50", 422, "repeated_model"),
        ("resnet50,resnet-5", 404, "unknown_model"),
        ("resnet50,\0", 422, "invalid_parameter"),
    ],
)
def test_refusals(client: httpx.Client, models: str, status: int, code: str) -> None:
    response = client.get("/v1/comparisons", params={"models": models})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["next_step"]


def test_models_are_required(client: httpx.Client) -> None:
    problem = client.get("/v1/comparisons").json()
    assert problem["detail"] == "models is missing: it is required."
    assert problem["next_step"] == "Send for example models=resnet50,alexnet."


def test_differences_are_to_the_first_model_named_and_tested_within_their_errors(client: httpx.Client) -> None:
    document = comparison(client, MODELS)
    first, *others = document["items"]
    tested = []
    for found in measured(document):
        key = found["key"]
        assert [each["model_id"] for each in found["differences"]] == [item["model_id"] for item in others]
        for each, item in zip(found["differences"], others, strict=True):
            assert each["difference"] == pytest.approx(item["scores"][key] - first["scores"][key])
            error = np.hypot(item["standard_errors"][key], first["standard_errors"][key])
            assert each["standard_error"] == pytest.approx(error)
            assert each["p"] == pytest.approx(math.erfc(abs(each["difference"]) / error / math.sqrt(2)))
            tested.append(each)
    # The smallest p is multiplied by the number of all tests of the answer.
    smallest = min(tested, key=lambda each: each["p"])
    assert smallest["p_holm"] == pytest.approx(min(1.0, len(tested) * smallest["p"]))
    assert all(each["significant"] == (each["p_holm"] < 0.05) and each["p_holm"] >= each["p"] for each in tested)
    assert {each["significant"] for each in tested} == {True, False}


def test_errors_are_the_published_estimates_and_have_no_size_among_percentiles(client: httpx.Client) -> None:
    item = comparison(client, MODELS)["items"][0]
    values = {key: np.array([item["scores"][key]]) for key in PUBLISHED}
    for key, errors in estimated_standard_errors(values).items():
        assert item["standard_errors"][key] == pytest.approx(errors[0])
        assert item["standardised_errors"][key] == pytest.approx(errors[0] / PUBLISHED[key].standard_deviation)
    ranks = comparison(client, MODELS, normalisation="percentile")
    assert set(ranks["items"][0]["standardised_errors"].values()) == {None}
    assert ranks["items"][0]["standard_errors"] == item["standard_errors"]
    assert ranks["dimensions"][0]["differences"] == comparison(client, MODELS)["dimensions"][0]["differences"]


def test_who_of_them_leads_changes_where_the_rankings_say_so(client: httpx.Client) -> None:
    document = comparison(client, MODELS)
    for key in PUBLISHED:
        reigns = document["break_points"][key]
        assert [reign["current"] for reign in reigns].count(True) == 1
        for reign in reigns[:3]:
            end = reign["to_weight"] or reign["from_weight"] + 2
            middle = (reign["from_weight"] + end) / 2
            items = comparison(client, MODELS, **{f"w.{key}": str(middle)})["items"]
            assert max(items, key=lambda item: float(item["score"]))["model_id"] == reign["leader"]


def test_a_value_of_unknown_error_is_not_tested(
    serve: Any,  # noqa: ANN401
    study_sqlite_url: str,
    writing_headers: dict[str, str],
    results_csv: Any,  # noqa: ANN401
) -> None:
    service = serve(study_sqlite_url)
    rows = {"accuracy.standard_error": "0.002"}, {"model_id": "b", "name": "B", "accuracy.standard_error": ""}
    service.post("/v1/imports", content=results_csv(*rows), headers=writing_headers)
    (found,) = comparison(service, "mine,b")["dimensions"][0]["differences"]
    assert found["model_id"] == "b"
    assert {found[name] for name in ("standard_error", "p", "p_holm", "significant")} == {None}


def test_facts_differ_exactly_and_no_other_difference_is_corrected_for_them(client: httpx.Client) -> None:
    document = comparison(client, "alexnet,resnet50")
    found = {each["key"]: each["differences"][0] for each in document["dimensions"] if each["differences"]}
    macs = found.pop("macs_billions")
    assert (macs["difference"], macs["standard_error"]) == (pytest.approx(3.375, abs=0.001), 0.0)
    assert (macs["p"], macs["p_holm"], macs["significant"]) == (None, None, None)
    del found["activations_millions"]
    largest = sorted(each["p"] for each in found.values())[-1]
    assert max(each["p_holm"] for each in found.values()) >= largest
    smallest = min(found.values(), key=lambda each: float(each["p"]))
    assert smallest["p_holm"] == pytest.approx(9 * smallest["p"])
