import csv
import io
from typing import Any

import httpx
import pytest
from scipy.stats import spearmanr

from quba.dimensions import DIMENSIONS


@pytest.fixture(scope="module")
def answer(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/findings").json()
    return found


def finding(answer: dict[str, Any], key: str) -> dict[str, Any]:
    return next(item for item in answer["items"] if item["key"] == key)


def statuses(answer: dict[str, Any], key: str) -> dict[str, str]:
    return {point["dimension"]: point["status"] for point in finding(answer, key)["points"]}


def difference(answer: dict[str, Any], key: str, dimension: str, *, matched: bool, quality: str = "all") -> float:
    test = next(
        test for test in finding(answer, key)["tests"] if (test["matched"], test["quality"]) == (matched, quality)
    )
    value: float = next(item["difference"] for item in test["items"] if item["dimension"] == dimension)
    return value


@pytest.mark.parametrize(
    ("key", "verdict", "holding", "claimed"),
    [
        ("vision-language", "partly", 1, 2),
        ("self-supervised-fine-tuned", "partly", 7, 8),
        ("self-supervised-linear-probe", "partly", 1, 8),
        ("fine-tuning", "partly", 3, 8),
        ("pre-training-data", "partly", 2, 8),
        ("transformers", "supported", 8, 8),
        ("adversarial-training", "firm", 4, 4),
        ("semi-supervised", "partly", 0, 6),
        ("training-recipes", "unsupported", 0, 4),
        ("b-cos", "partly", 2, 6),
        ("rank-correlations", "partly", 6, 7),
    ],
)
def test_verdicts_on_the_published_data(
    answer: dict[str, Any], key: str, verdict: str, holding: int, claimed: int
) -> None:
    found = finding(answer, key)
    assert (found["verdict"], found["holding"], len(found["points"])) == (verdict, holding, claimed)
    assert found["sentences"]
    assert found["caveat"]


def test_the_published_differences(answer: dict[str, Any]) -> None:
    for dimension, value in (("class_balance", 0.1158), ("ood_robustness", 0.4633), ("calibration_error", 0.0293)):
        assert difference(answer, "vision-language", dimension, matched=False) == pytest.approx(value, abs=5e-5)
    for dimension, value in (("accuracy", 0.0221), ("ood_robustness", -0.0039)):
        assert difference(answer, "pre-training-data", dimension, matched=True) == pytest.approx(value, abs=5e-5)
    assert finding(answer, "pre-training-data")["tests"][2]["n_pairs"] == 20


def test_where_matching_or_screening_changes_a_claim(answer: dict[str, Any]) -> None:
    assert statuses(answer, "vision-language")["class_balance"] == "flagged_only"
    data = statuses(answer, "pre-training-data")
    assert (data["accuracy"], data["ood_robustness"]) == ("firm", "not_in_pairs")
    assert data["adversarial_robustness"] == "opposite_flagged"
    assert statuses(answer, "semi-supervised")["accuracy"] == "pairs_only"
    assert set(statuses(answer, "training-recipes").values()) == {"flagged_only", "not_supported"}
    text = finding(answer, "training-recipes")["sentences"][0]
    assert text.endswith("rests on flagged values; without them too few are left to test.")
    assert text.startswith("Adversarial robustness better, corruption robustness worse")


def test_a_query_asked_again_gives_the_same_differences(client: httpx.Client, answer: dict[str, Any]) -> None:
    for found in answer["items"]:
        if not found["query"]:
            continue
        for test in found["tests"]:
            asked = {**found["query"], "quality": test["quality"], "draws": 100}
            if not test["matched"]:
                asked["paired_by"] = None
            response = client.post("/v1/group-comparisons", json=asked)
            if test["refusal"] is not None:
                assert test["items"] == []
                assert response.status_code == 422 or asked["paired_by"] is None
                continue
            names = ("dimension", "n_a", "n_b", "n_pairs", "difference", "p", "p_holm", "better", "refusal")
            again = [{name: item[name] for name in names} for item in response.json()["items"]]
            assert again == [{name: item[name] for name in names} for item in test["items"]]


def test_correlations_against_scipy(client: httpx.Client, answer: dict[str, Any]) -> None:
    found = {
        (item["a"], item["b"]): item
        for item in finding(answer, "rank-correlations")["correlations"]
        if item["quality"] == "all"
    }
    models = client.get("/v1/rankings?limit=1000").json()["items"]
    assert len(found) == 36
    for (a, b), item in found.items():
        test = spearmanr([model["scores"][a] for model in models], [model["scores"][b] for model in models])
        assert (item["rho"], item["p"]) == (pytest.approx(test.statistic), pytest.approx(test.pvalue))
    assert found["accuracy", "object_focus"]["rho"] == pytest.approx(0.7172, abs=5e-5)
    barely = found["calibration_error", "parameters_millions"]
    assert barely["p"] == pytest.approx(0.04798, abs=5e-6)
    assert (barely["significant_uncorrected"], barely["significant"]) == (True, False)


def test_findings_change_with_the_data(serve: Any, study_sqlite_url: str, writing_headers: dict[str, str]) -> None:  # noqa: ANN401
    service = serve(study_sqlite_url)
    before = service.get("/v1/findings")
    again = service.get("/v1/findings", headers={"If-None-Match": before.headers["ETag"]})
    assert again.status_code == 304
    row = {
        "model_id": "probe", "name": "Probe", "architecture": "transformer", "training": "adversarial",
        "pretraining_data": "imagenet-1k", "backbone": "swin-b", "source_library": "own", "source_identifier": "probe",
        **dict.fromkeys(DIMENSIONS, "0.5"), "parameters_millions": "50",
    }  # fmt: skip
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    stored = service.post("/v1/imports", content=text.getvalue().encode(), headers=writing_headers)
    assert stored.status_code == 201, stored.text
    after = service.get("/v1/findings", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    counts = [finding(response.json(), "adversarial-training")["tests"][0]["models_b"] for response in (before, after)]
    assert counts == [12, 13]


def test_a_stricter_alpha_leaves_less(client: httpx.Client, answer: dict[str, Any]) -> None:
    strict = client.get("/v1/findings?alpha=0.0000001").json()
    assert sum(item["holding"] for item in strict["items"]) < sum(item["holding"] for item in answer["items"])


def test_a_benchmark_without_models_tests_nothing(client: httpx.Client) -> None:
    items = client.get("/v1/findings?benchmark=toy-shapes").json()["items"]
    assert {item["verdict"] for item in items} == {"untested"}
    assert all(test["refusal"] for item in items for test in item["tests"])


@pytest.mark.parametrize("query", ["quality=all", "alpha=0", "alpha=1", "seed=1"])
def test_bad_questions(client: httpx.Client, query: str) -> None:
    response = client.get(f"/v1/findings?{query}")
    assert response.status_code == 422
    assert response.json()["next_step"]
