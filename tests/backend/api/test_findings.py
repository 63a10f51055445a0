import csv
import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr, wilcoxon

from backend import imports
from quba.dimensions import STUDY_DIMENSIONS


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
        ("self-supervised-fine-tuned", "partly", 6, 8),
        ("self-supervised-linear-probe", "unsupported", 0, 8),
        ("fine-tuning", "partly", 3, 8),
        ("pre-training-data", "partly", 2, 8),
        ("transformers", "supported", 8, 8),
        ("adversarial-training", "partly", 3, 4),
        ("semi-supervised", "partly", 3, 6),
        ("training-recipes", "partly", 0, 4),
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


def published_frame(screened: bool) -> pd.DataFrame:
    """The published scores, read and screened apart from the code under test."""
    table = pd.read_csv(Path(imports.__file__).with_name("published_scores.csv"), keep_default_na=False)
    for field in ("recipe", "head"):
        table[field] = table[field].replace("", "none")
    for key in STUDY_DIMENSIONS:
        table[key] = pd.to_numeric(table[key])
    if screened:
        both = ["calibration_error", "class_balance"]
        batch = ["adversarial_robustness", "corruption_robustness", "ood_robustness", *both]
        touched = {"train-mode": batch, "train-mode-mild": batch, "double-softmax": both}
        for flag, keys in touched.items():
            table.loc[table["flags"].str.split(";").apply(lambda flags, flag=flag: flag in flags), keys] = np.nan
    return table


def holm_of_pairs(table: pd.DataFrame, query: dict[str, Any], label: str) -> dict[str, tuple[float, float]]:
    """Per dimension p of the signed-rank test over pairs, by SciPy, and Holm's correction, step by step."""
    means = [
        table[np.logical_and.reduce([table[field].isin(values) for field, values in query[name].items()])]
        .groupby(label)[list(STUDY_DIMENSIONS)].mean()
        for name in ("a", "b")
    ]  # fmt: skip
    pairs = (means[1] - means[0]).drop(index="", errors="ignore").round(10)
    found = {
        key: float(wilcoxon(pairs[key].dropna()).pvalue) for key in STUDY_DIMENSIONS if pairs[key].notna().sum() >= 6
    }
    corrected: dict[str, tuple[float, float]] = {}
    largest = 0.0
    for place, key in enumerate(sorted(found, key=lambda key: found[key])):
        largest = max(largest, min(1.0, found[key] * (len(found) - place)))
        corrected[key] = (found[key], largest)
    return corrected


def test_the_published_differences(answer: dict[str, Any]) -> None:
    table = published_frame(screened=False)
    zero_shot = table["head"] == "zero-shot"
    others = ~zero_shot & (table["recipe"] == "none")
    for dimension in ("class_balance", "ood_robustness", "calibration_error"):
        value = table.loc[zero_shot, dimension].mean() - table.loc[others, dimension].mean()
        assert difference(answer, "vision-language", dimension, matched=False) == pytest.approx(value, abs=1e-9)
    for dimension, value in (("accuracy", 0.0221), ("ood_robustness", -0.0039)):
        assert difference(answer, "pre-training-data", dimension, matched=True) == pytest.approx(value, abs=5e-5)
    assert finding(answer, "pre-training-data")["tests"][2]["n_pairs"] == 20


def test_adversarial_training_is_compared_with_models_that_saw_the_same_data(answer: dict[str, Any]) -> None:
    """With ImageNet-21k siblings averaged into the controls, worse calibration looked firm (Holm p .035)."""
    found = finding(answer, "adversarial-training")
    p = holm_of_pairs(published_frame(screened=False), found["query"], "backbone")
    assert list(p["calibration_error"]) == pytest.approx([0.098, 0.293], abs=5e-4)
    item = next(item for item in found["tests"][2]["items"] if item["dimension"] == "calibration_error")
    assert [item["p"], item["p_holm"]] == pytest.approx(list(p["calibration_error"]))
    point = next(point for point in found["points"] if point["dimension"] == "calibration_error")
    assert point["outcomes"] == ["as_claimed", "as_claimed", "not_significant", "not_significant"]
    assert point["status"] == "not_in_pairs"


def test_all_four_cells_are_in_the_sentence(answer: dict[str, Any]) -> None:
    """Each was told by half of its tests: a significant opposite, or 12 of 12 pairs, went unsaid."""
    fine_tuning = finding(answer, "fine-tuning")
    screened = holm_of_pairs(published_frame(screened=True), fine_tuning["query"], "lineage")
    everything = holm_of_pairs(published_frame(screened=False), fine_tuning["query"], "lineage")
    assert everything["class_balance"][1] < 0.05 < screened["class_balance"][1]
    assert (
        "Class balance better: group against group as claimed, with and without flagged values; in matched pairs as "
        "claimed with all values (12 pairs), not significant without flagged ones (only 7 pairs left)."
    ) in fine_tuning["sentences"]
    assert any(
        sentence.startswith("Calibration error better: group against group the opposite of the claim, with and without")
        for sentence in fine_tuning["sentences"]
    )
    semi = finding(answer, "semi-supervised")
    ood = next(item for item in semi["tests"][1]["items"] if item["dimension"] == "ood_robustness")
    assert (ood["difference"] > 0.1, ood["p_holm"] < 0.005) == (True, True)
    assert statuses(answer, "semi-supervised")["ood_robustness"] == "screened_only"
    assert any(
        "OOD robustness better" in sentence and "as claimed without flagged ones" in sentence
        for sentence in semi["sentences"]
    )


def test_where_matching_or_screening_changes_a_claim(answer: dict[str, Any]) -> None:
    assert statuses(answer, "vision-language")["class_balance"] == "flagged_only"
    data = statuses(answer, "pre-training-data")
    assert (data["accuracy"], data["ood_robustness"]) == ("firm", "not_in_pairs")
    assert data["adversarial_robustness"] == "not_supported"
    assert statuses(answer, "self-supervised-fine-tuned")["calibration_error"] == "opposite_flagged"
    recipes = finding(answer, "training-recipes")
    assert {point["status"] for point in recipes["points"]} == {"flagged_only", "not_in_pairs"}
    assert any(
        sentence.startswith("Adversarial robustness better, corruption robustness worse, OOD robustness worse: ")
        and sentence.endswith("(17 pairs), too few to test without flagged ones (no pair left).")
        for sentence in recipes["sentences"]
    )


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
            items = [item for item in response.json()["items"] if item["dimension"] in STUDY_DIMENSIONS]
            again = [{name: item[name] for name in names} for item in items]
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
        "recipe": "none", "head": "none", **dict.fromkeys(STUDY_DIMENSIONS, "0.5"), "calibration_error": "0.05",
        "parameters_millions": "50",
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
