from typing import Any

import httpx
import numpy as np
import pytest
from scipy.stats import mannwhitneyu, wilcoxon

from backend.api.group_comparisons import GroupComparisonRequest
from backend.imports.columns import NEEDED
from quba.dimensions import DIMENSIONS, MEASURES, STUDY_DIMENSIONS
from tests.backend.conftest import FACTS

PLAIN = {"training": ["supervised"], "architecture": ["cnn", "transformer"]}
SMALL = {**PLAIN, "pretraining_data": ["imagenet-1k"]}
LARGE = {**PLAIN, "pretraining_data": ["imagenet-21k"]}


def compare(client: httpx.Client, **question: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    response = client.post("/v1/group-comparisons", json=question)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def by_key(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    assert [item["dimension"] for item in answer["items"]] == list(DIMENSIONS)
    return {item["dimension"]: item for item in answer["items"]}


def models(client: httpx.Client, filters: dict[str, list[str]]) -> list[dict[str, Any]]:
    query = {key: ",".join(values) for key, values in filters.items()}
    items: list[dict[str, Any]] = client.get("/v1/rankings", params={**query, "limit": "1000"}).json()["items"]
    return items


def test_the_published_difference_of_zero_shot_models(client: httpx.Client) -> None:
    answer = compare(client, b={"head": ["zero-shot"]})
    assert (answer["models_a"], answer["models_b"], answer["paired_by"]) == (301, 25, None)
    found = by_key(answer)
    for key, difference in (("class_balance", 0.1158), ("ood_robustness", 0.4633), ("calibration_error", 0.0293)):
        assert found[key]["difference"] == pytest.approx(difference, abs=5e-5)
        assert found[key]["low"] < found[key]["difference"] < found[key]["high"]
        assert found[key]["significant"] is True
    assert (found["class_balance"]["better"], found["calibration_error"]["better"]) == ("b", "a")


def test_every_number_against_scipy(client: httpx.Client) -> None:
    every = by_key(compare(client, a={"architecture": ["cnn"]}, b={"architecture": ["transformer"]}))
    # The published models have values of the study's dimensions, and Holm's correction counts no others with these.
    assert {key for key, item in every.items() if item["refusal"] is None} == {*STUDY_DIMENSIONS, *FACTS}
    p_of_facts = sorted((every[key]["p"], every[key]["p_holm"]) for key in FACTS)
    assert p_of_facts[0][1] == pytest.approx(2 * p_of_facts[0][0])
    found = {key: every[key] for key in STUDY_DIMENSIONS}
    a, b = (models(client, {"architecture": [name]}) for name in ("cnn", "transformer"))
    p_values = {}
    for key, item in found.items():
        first, second = (np.array([model["scores"][key] for model in group]) for group in (a, b))
        test = mannwhitneyu(first, second, method="asymptotic")
        assert (item["n_a"], item["n_b"], item["n_pairs"]) == (len(a), len(b), None)
        assert item["mean_a"] == pytest.approx(first.mean())
        assert item["difference"] == pytest.approx(second.mean() - first.mean())
        assert item["effect_size"] == pytest.approx(1 - 2 * test.statistic / (len(a) * len(b)))
        p_values[key] = item["p"]
        assert item["p"] == pytest.approx(test.pvalue)
    for place, key in enumerate(sorted(p_values, key=lambda key: p_values[key])):
        assert found[key]["p_holm"] >= min(1, (9 - place) * p_values[key]) - 1e-12
    least = min(p_values, key=lambda key: p_values[key])
    assert found[least]["p_holm"] == pytest.approx(9 * p_values[least])


def test_more_pre_training_data_in_matched_pairs(client: httpx.Client) -> None:
    answer = compare(client, a=SMALL, b=LARGE, paired_by="backbone")
    found = by_key(answer)
    assert {found[key]["n_pairs"] for key in STUDY_DIMENSIONS} == {20}
    assert found["accuracy"]["difference"] == pytest.approx(0.0221, abs=5e-5)
    assert found["accuracy"]["better"] == "b"
    assert found["ood_robustness"]["difference"] == pytest.approx(-0.0039, abs=5e-5)
    assert (found["ood_robustness"]["significant"], found["ood_robustness"]["better"]) == (False, None)
    assert found["accuracy"]["test"].startswith("wilcoxon")
    assert found["ood_robustness"]["test_meaning"].startswith("Wilcoxon signed-rank test")
    means: list[dict[str, list[float]]] = []
    for group in (SMALL, LARGE):
        by_backbone: dict[str, list[float]] = {}
        for model in models(client, group):
            by_backbone.setdefault(model["backbone"], []).append(model["scores"]["ood_robustness"])
        means.append(by_backbone)
    shared = sorted(means[0].keys() & means[1].keys())
    differences = np.array([np.mean(means[1][name]) - np.mean(means[0][name]) for name in shared]).round(10)
    assert found["ood_robustness"]["p"] == pytest.approx(wilcoxon(differences, method="exact").pvalue)


def test_leaving_one_group_out_means_all_others(client: httpx.Client) -> None:
    others = {"head": ["fine-tuned", "linear-probe", "none"]}
    left_out, written_out = (compare(client, **asked) for asked in ({"b": {"head": ["zero-shot"]}}, {
        "a": others, "b": {"head": ["zero-shot"]}
    }))  # fmt: skip
    assert left_out == written_out
    turned = by_key(compare(client, a={"head": ["zero-shot"]}, b=None))
    assert turned["accuracy"]["difference"] == pytest.approx(-by_key(left_out)["accuracy"]["difference"])


def test_what_is_unknown_of_a_model_puts_it_into_no_group(
    serve: Any,  # noqa: ANN401
    study_sqlite_url: str,
    writing_headers: dict[str, str],
    results_csv: Any,  # noqa: ANN401
) -> None:
    service = serve(study_sqlite_url)
    questions: tuple[dict[str, Any], ...] = (
        {"b": {"head": ["zero-shot"]}},
        {"a": {"training": ["supervised"]}},
        {
            "b": {"pretraining_data": ["imagenet-21k"]},
            "a": {"pretraining_data": ["imagenet-1k"]},
            "paired_by": "backbone",
        },
    )
    counts = [(answer["models_a"], answer["models_b"]) for answer in (compare(service, **one) for one in questions)]
    strangers = [{"model_id": f"s{place}", "name": f"S {place}"} for place in range(3)]
    service.post("/v1/imports", content=results_csv(*strangers, columns=(*NEEDED, *MEASURES)), headers=writing_headers)
    assert service.get("/v1/models?training=unknown&head=unknown&pretraining_data=unknown").json()["total"] == 3
    facets = service.get("/v1/facets").json()["facets"]
    assert {"value": "unknown", "count": 3} in facets["recipe"]
    assert [(one["models_a"], one["models_b"]) for one in (compare(service, **one) for one in questions)] == counts


def test_screening_and_bounds_change_the_groups(client: httpx.Client) -> None:
    question = {"a": {"accuracy.gte": 0.8, "q": "convnext"}, "b": {"accuracy.lte": 0.75}}
    as_published, screened = (by_key(compare(client, **question, quality=quality)) for quality in ("all", "screened"))
    assert screened["calibration_error"]["n_b"] < as_published["calibration_error"]["n_b"]
    assert screened["accuracy"]["mean_a"] >= 0.8


def test_a_seed_gives_the_same_interval_and_another_does_not(client: httpx.Client) -> None:
    one, again, other = (
        compare(client, b={"head": ["zero-shot"]}, draws=200, seed=seed)["items"] for seed in (1, 1, 2)
    )
    assert one == again != other


def test_tiny_dimensions_are_refused_with_the_reason(client: httpx.Client) -> None:
    found = by_key(compare(client, b={"training": ["adversarial"]}, quality="screened"))
    refused = [item for item in found.values() if item["refusal"]]
    for item in refused:
        assert (item["p"], item["difference"], item["significant"]) == (None, None, None)
    assert all(item["refusal"] or item["p"] is not None for item in found.values())


@pytest.mark.parametrize(
    ("question", "code", "told"),
    [
        ({}, "missing_group", "Neither a nor b"),
        ({"a": {}}, "empty_group", "Group b has no model"),
        ({"a": {"accuracy.gte": 2}}, "empty_group", "Group a has no model"),
        ({"a": {"head": ["zero-shot"]}, "b": {"architecture": ["vision-language"]}}, "overlapping_groups", "25 models"),
        ({"a": {"backbone": ["resnet50"], "recipe": ["a1"]}}, "small_group", "there are 1 models"),
        ({"a": {"head": ["zero-shot"]}, "paired_by": "lineage"}, "no_pairs", "nothing is matched"),
        ({"a": SMALL, "b": {"training": ["adversarial"]}, "paired_by": "name"}, "invalid_parameter", "backbone"),
        ({"a": {"colour": ["red"]}}, "unknown_parameter", "Group a: colour"),
        ({"a": {"score.gte": 1}}, "unknown_parameter", "Group a: score.gte"),
        ({"a": ["cnn"]}, "invalid_parameter", "a is ['cnn']"),
        ({"a": {"architecture": ["cnn"]}, "c": {}}, "unknown_parameter", "c is"),
        ({"a": {"architecture": ["cnn"]}, "alpha": 0}, "invalid_parameter", "alpha"),
        ({"a": {"architecture": ["cnn"]}, "draws": 99}, "invalid_parameter", "draws"),
        ({"a": {"architecture": ["cnn"]}, "seed": "now"}, "invalid_parameter", "seed"),
        ({"a": SMALL, "alpha": 1}, "invalid_parameter", "alpha is 1: must be below 1"),
        ({"a": SMALL, "alpha": "0.1"}, "invalid_parameter", "alpha is '0.1'"),
        ({"a": SMALL, "draws": 20_001}, "invalid_parameter", "draws is 20001: must be 20000 or less"),
        ({"a": SMALL, "draws": 200.5}, "invalid_parameter", "draws is 200.5: must be a whole number"),
        ({"a": SMALL, "seed": -1}, "invalid_parameter", "seed is -1: must be 0 or more"),
        ({"a": SMALL, "seed": 2**32}, "invalid_parameter", "seed is 4294967296: must be 4294967295 or less"),
        ({"a": SMALL, "estimator": "median"}, "invalid_parameter", "must be one of mean_difference, hodges_lehmann"),
    ],
)
def test_bad_questions(client: httpx.Client, question: dict[str, Any], code: str, told: str) -> None:
    response = client.post("/v1/group-comparisons", json=question)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, code)
    assert told in problem["detail"]
    assert problem["next_step"]


def test_a_backbone_that_there_is_not_is_refused_by_group(client: httpx.Client) -> None:
    problem = client.post("/v1/group-comparisons", json={"b": {"backbone": ["resnet51"]}}).json()
    assert (problem["code"], problem["next_step"]) == ("invalid_parameter", "Did you mean 'resnet50'?")


def test_what_is_left_out_has_its_default() -> None:
    assert GroupComparisonRequest.read({}).values() == {
        "benchmark": "imagenet-1k", "protocol": None, "quality": "all", "alpha": 0.05, "paired_by": None,
        "estimator": "mean_difference", "draws": 2_000, "seed": 0,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [("alpha", 1e-9), ("draws", 100), ("draws", 20_000), ("seed", 2**32 - 1)])
def test_the_bounds_themselves_are_taken(name: str, value: float) -> None:
    assert GroupComparisonRequest.read({name: value}, strict=True).values()[name] == value


def test_a_large_body_is_refused(client: httpx.Client) -> None:
    response = client.post("/v1/group-comparisons", content=b" " * 70_000)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
