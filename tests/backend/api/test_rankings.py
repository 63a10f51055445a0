import csv
import io
import math
import statistics
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.imports.importer import published_scores
from quba.dimensions import DIMENSIONS

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]

# The direction of each dimension, written out here so that nothing of the code under test is trusted.
SIGN = {
    "accuracy": 1,
    "adversarial_robustness": 1,
    "corruption_robustness": 1,
    "ood_robustness": 1,
    "calibration_error": -1,
    "class_balance": 1,
    "object_focus": 1,
    "shape_bias": 1,
    "parameters_millions": -1,
}
DEFAULT = dict(zip(SIGN, (1, 1 / 3, 1 / 3, 1 / 3, 1, 1, 0.5, 0.5, 1), strict=True))
WEIGHTS = st.dictionaries(
    st.sampled_from(tuple(SIGN)), st.floats(0, 1000, allow_subnormal=False).map(lambda weight: round(weight, 3))
).filter(lambda weights: any(weights.values()))


def ranking(client: httpx.Client, **query: object) -> dict[str, Any]:
    names = {name.replace("__", "."): str(value) for name, value in query.items()}
    response = client.get("/v1/rankings", params={"limit": "1000", **names})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def by_id(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["model_id"]: item for item in document["items"]}


def rows_of_the_file() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(published_scores().decode())))


def norms() -> dict[str, tuple[float, float]]:
    """Mean and population spread after dropping a tenth at each end: the study's rule, in plain Python."""
    found = {}
    for key in SIGN:
        kept = sorted(float(row[key]) for row in rows_of_the_file())[32:-32]
        found[key] = (statistics.fmean(kept), statistics.pstdev(kept))
    return found


# The constants of the study's released code, which it took from figures with more decimals than it published.
PUBLISHED_NORMS = {
    "accuracy": (0.7990557251908397, 0.034685710545946026),
    "adversarial_robustness": (0.18583778826016084, 0.11083062192390095),
    "corruption_robustness": (0.5298791080592711, 0.23383978329969085),
    "ood_robustness": (0.5664841617855405, 0.14548627504237352),
    "calibration_error": (0.004479927389289115, 0.0026752085291489288),
    "class_balance": (0.783356376851669, 0.024047971612660052),
    "object_focus": (0.9286352601551336, 0.017724144886557092),
    "shape_bias": (0.30548520497464765, 0.08354531823072534),
    "parameters_millions": (55.28778625954198, 42.8890536095964),
}
NORMS = {"published": PUBLISHED_NORMS, "trimmed": norms()}
ROWS = rows_of_the_file()


def plain_score(row: dict[str, str], weights: dict[str, float], normalisation: str = "published") -> float:
    of = NORMS[normalisation]
    parts = [weight * SIGN[key] * (float(row[key]) - of[key][0]) / of[key][1] for key, weight in weights.items()]
    return math.fsum(parts) / math.fsum(weights.values())


def test_the_published_ranking(client: httpx.Client) -> None:
    document = ranking(client)
    items = document["items"]
    assert [(item["name"], round(item["score"], 4)) for item in items[:3]] == [
        ("EVA02-b (IN-21k)", 1.0738),
        ("Hiera-B-Plus", 1.0310),
        ("ConvNextV2-B (IN-21k)", 0.9639),
    ]
    assert (items[-1]["name"], round(items[-1]["score"], 4)) == ("SigLIP2-l/16", -3.4493)
    named = {item["name"]: round(item["score"], 4) for item in items}
    assert (named["AlexNet"], named["ResNet50"]) == (-2.0946, -0.3105)
    assert (document["total"], document["total_models"], len(items)) == (326, 326, 326)
    assert all(item["score"] is not None and not item["missing"] for item in items)
    assert document["next_cursor"] is None


def test_everything_that_it_was_computed_with_is_named(client: httpx.Client) -> None:
    document = ranking(client, preset="edge", w__accuracy=3, normalisation="zscore", quality="screened")
    named = ("benchmark", "protocol", "quality", "normalisation", "preset")
    assert [document[name] for name in named] == ["imagenet-1k", "as-published", "screened", "zscore", "edge"]
    assert list(document["weights"]) == list(DIMENSIONS) == list(document["shares"])
    assert document["weights"]["accuracy"] == 3
    assert document["weights"]["parameters_millions"] == 3  # from the preset
    assert sum(document["shares"].values()) == pytest.approx(1)
    assert document["shares"]["accuracy"] == pytest.approx(3 / 7)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weights=WEIGHTS, normalisation=st.sampled_from(tuple(NORMS)))
def test_scores_equal_a_recomputation_in_plain_python(
    client: httpx.Client, weights: dict[str, float], normalisation: str
) -> None:
    complete = {key: weights.get(key, 0.0) for key in SIGN}
    given_weights = {f"w__{key}": weight for key, weight in complete.items()}
    items = by_id(ranking(client, normalisation=normalisation, **given_weights))
    assert len(items) == 326
    for row in ROWS:
        item = items[row["model_id"]]
        assert item["score"] == pytest.approx(plain_score(row, complete, normalisation), abs=1e-9)
        assert math.fsum(item["contributions"].values()) == pytest.approx(item["score"], abs=1e-9)
        assert set(item["contributions"]) == {key for key, weight in complete.items() if weight > 0}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weights=WEIGHTS, factor=st.sampled_from((1e-6, 0.37, 10.0, 1e5)))
def test_the_scale_of_the_weights_changes_nothing(
    client: httpx.Client, weights: dict[str, float], factor: float
) -> None:
    first, second = (
        ranking(client, **{f"w__{key}": f"{weights.get(key, 0) * scale:.12g}" for key in SIGN}) for scale in (1, factor)
    )
    scores = [[item["score"] for item in document["items"]] for document in (first, second)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-9)


def test_ranks_are_those_of_the_scores(client: httpx.Client) -> None:
    document = ranking(client, w__parameters_millions=3, preset="accuracy", architecture="cnn")
    pool = ranking(client, w__parameters_millions=3, preset="accuracy")["items"]
    default = {row["model_id"]: plain_score(row, DEFAULT) for row in ROWS}

    def rank(own: float, scores: list[float]) -> int:
        return 1 + sum(round(score, 12) > round(own, 12) for score in scores)

    kept = [item["score"] for item in document["items"]]
    for item in document["items"]:
        assert item["rank"] == rank(item["score"], kept)
        assert item["overall_rank"] == rank(item["score"], [each["score"] for each in pool])
        assert item["default_rank"] == rank(default[item["model_id"]], list(default.values()))
    assert [item["rank"] for item in document["items"]] == sorted(item["rank"] for item in document["items"])


@pytest.mark.parametrize("normalisation", ["trimmed", "zscore", "robust", "percentile", "minmax"])
def test_filters_act_after_scoring(client: httpx.Client, normalisation: str) -> None:
    pool = by_id(ranking(client, normalisation=normalisation))
    filtered = ranking(
        client, normalisation=normalisation, architecture="cnn", parameters_millions__lte=30, score__gte=-0.5
    )
    assert 0 < filtered["total"] < filtered["total_models"] == 326
    for item in filtered["items"]:
        own = pool[item["model_id"]]
        assert item == {**own, "rank": item["rank"]}
        assert item["architecture"] == "cnn"
        assert item["scores"]["parameters_millions"] <= 30
        assert item["score"] >= -0.5
    wanted = [
        item
        for item in pool.values()
        if item["architecture"] == "cnn" and item["scores"]["parameters_millions"] <= 30 and item["score"] >= -0.5
    ]
    assert len(wanted) == filtered["total"]


def test_bounds_include_their_ends(client: httpx.Client) -> None:
    found = ranking(client, accuracy__gte="0.5652", accuracy__lte="0.5652")["items"]
    assert "alexnet" in {item["model_id"] for item in found}
    assert {item["scores"]["accuracy"] for item in found} == {0.5652}


def test_none_selects_the_absent(client: httpx.Client) -> None:
    documents = {value: ranking(client, recipe=value) for value in ("none", "a1", "a1,none")}
    assert {item["recipe"] for item in documents["none"]["items"]} == {None}
    assert documents["a1"]["total"] == 19
    assert documents["a1,none"]["total"] == documents["none"]["total"] + 19
    assert ranking(client, flag="none")["total"] == 205
    assert ranking(client, flag="outlier")["total"] == 7


@pytest.mark.parametrize("words", ["resnet50", "RESNET50", "alex net", "net alex"])
def test_all_words_must_occur_in_any_order_and_case(client: httpx.Client, words: str) -> None:
    found = {item["model_id"] for item in ranking(client, q=words)["items"]}
    assert ("resnet50" if "50" in words else "alexnet") in found
    assert len(found) < 326


def test_equal_models_share_a_rank_and_the_next_is_skipped(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_sqlite_url)
    best = dict.fromkeys(SIGN, "1") | {"calibration_error": "0", "parameters_millions": "0.1"}
    rows = [{"model_id": name, "name": name, **best} for name in ("zz-twin", "aa-twin")]
    assert service.post("/v1/imports", content=results_csv(*rows), headers=writing_headers).status_code == 201
    first = ranking(service)["items"][:3]
    assert [(item["model_id"], item["rank"], item["overall_rank"], item["default_rank"]) for item in first] == [
        ("aa-twin", 1, 1, 1),
        ("zz-twin", 1, 1, 1),
        ("eva02-b-21k", 3, 3, 3),
    ]


def test_screened_models_are_listed_last_with_the_reason(client: httpx.Client) -> None:
    items = ranking(client, quality="screened")["items"]
    unscored = [item for item in items if item["score"] is None]
    assert len(items) == 326
    assert items[-len(unscored) :] == unscored
    assert [item["name"].casefold() for item in unscored] == sorted(item["name"].casefold() for item in unscored)
    published = by_id(ranking(client))
    for item in items:
        flagged = published[item["model_id"]]["flagged"]
        assert item["missing"] == [{"dimension": key, "reason": "screened"} for key in DIMENSIONS if key in flagged]
        assert (item["score"] is None) == bool(flagged)
        assert all(item["scores"][key] is None for key in flagged)
        assert [item[name] is None for name in ("rank", "overall_rank", "default_rank")] == [bool(flagged)] * 3
    assert {item["model_id"] for item in items if "label-corrected" in item["flags"] and item["score"] is not None}


def test_what_nobody_measured_is_the_reason_where_it_is_weighed(client: httpx.Client) -> None:
    lacking = [{"dimension": "brier_score", "reason": "not_measured"}]
    items = ranking(client, w__brier_score=1)["items"]
    assert len(items) == 326
    assert all(item["score"] is None and item["missing"] == lacking for item in items)
    lines = client.get("/v1/rankings?w.brier_score=1&format=csv&limit=3").text.splitlines()
    rows = list(csv.DictReader(lines))
    assert [row["missing"] for row in rows] == ["brier_score:not_measured"] * 3
    plain = list(csv.DictReader(client.get("/v1/rankings?format=csv&limit=3").text.splitlines()))
    assert [row["missing"] for row in plain] == [""] * 3


def test_a_screened_model_returns_when_the_weight_of_its_value_is_0(client: httpx.Client) -> None:
    touched = ("calibration_error", "class_balance")
    items = by_id(ranking(client, quality="screened", **{f"w__{key}": 0 for key in touched}))
    returned = [item for item in items.values() if set(item["flagged"]) and set(item["flagged"]) <= set(touched)]
    assert len(returned) >= 20
    rows = {row["model_id"]: row for row in ROWS}
    weights = {key: weight for key, weight in DEFAULT.items() if key not in touched}
    for item in returned:
        assert item["score"] == pytest.approx(plain_score(rows[item["model_id"]], weights), abs=1e-9)
        assert item["default_rank"] is None


def test_an_empty_pool_is_an_empty_ranking(client: httpx.Client) -> None:
    for normalisation in ("published", "trimmed", "robust", "percentile"):
        document = ranking(client, protocol="corrected", normalisation=normalisation)
        assert (document["total"], document["total_models"], document["items"]) == (0, 0, [])


def test_all_weights_0_is_refused(client: httpx.Client) -> None:
    response = client.get("/v1/rankings", params={f"w.{key}": "0" for key in SIGN})
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "invalid_weight")
    assert "weight above 0" in problem["next_step"]


def test_the_body_form_equals_the_address_form(client: httpx.Client) -> None:
    body = {
        "preset": "robust",
        "weights": {"accuracy": 2, "shape_bias": 0},
        "normalisation": "zscore",
        "filters": {"architecture": ["cnn", "transformer"], "parameters_millions.lte": 30, "q": "net"},
        "sort": ["-accuracy", "name"],
        "limit": 7,
    }
    query = {
        "preset": "robust",
        "w.accuracy": "2",
        "w.shape_bias": "0",
        "normalisation": "zscore",
        "architecture": "cnn,transformer",
        "parameters_millions.lte": "30",
        "q": "net",
        "sort": "-accuracy,name",
        "limit": "7",
    }
    by_body, by_address = client.post("/v1/rankings", json=body), client.get("/v1/rankings", params=query)
    assert by_body.json() == by_address.json()
    assert by_body.headers["etag"] == by_address.headers["etag"]
    following = {**body, "cursor": by_body.json()["next_cursor"]}
    assert client.post("/v1/rankings", json=following).json()["items"][0]["rank"] is not None
    assert client.post("/v1/rankings", content=b"").json() == client.get("/v1/rankings").json()


def test_the_body_form_takes_no_query_parameters(client: httpx.Client) -> None:
    response = client.post("/v1/rankings?preset=robust", json={})
    assert (response.status_code, response.json()["code"]) == (422, "unknown_parameter")
    assert response.json()["next_step"] == "It takes: no parameters."


def test_the_body_form_takes_no_more_than_it_needs(client: httpx.Client) -> None:
    response = client.post("/v1/rankings", content=b" " * (1024 * 1024 + 1))
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert client.post("/v1/rankings", content=b" " * 1024 * 1024).status_code == 422


def test_without_a_weight_on_size_a_large_model_leads(client: httpx.Client) -> None:
    first = ranking(client, w__parameters_millions=0)["items"][0]
    assert first["name"] == "ViT-L/14-DINOv2-reg-FT"
    assert first["score"] == pytest.approx(1.814, abs=5e-4)


def test_licences_and_costs_choose_models_and_change_no_score(client: httpx.Client) -> None:
    whole = by_id(ranking(client))
    for use, count in (("yes", 217), ("no", 27), ("unknown", 82), ("yes,unknown", 299)):
        found = by_id(ranking(client, commercial_use=use))
        assert len(found) == count
        assert {item["commercial_use"] for item in found.values()} == set(use.split(","))
        assert all(item["score"] == whole[key]["score"] for key, item in found.items())
    small = by_id(ranking(client, macs_billions__lte=4.08918, activations_millions__gte=5, input_size__lte=224))
    assert set(small) == {
        key
        for key, item in whole.items()
        if item["macs_billions"] is not None and item["macs_billions"] <= 4.08918
        and item["activations_millions"] >= 5 and item["input_size"] <= 224
    }  # fmt: skip
    assert small["resnet50"]["licence"] == "bsd-3-clause"
    # What nobody counted passes no bound.
    assert "hiera-t" in whole
    assert "hiera-t" not in by_id(ranking(client, macs_billions__gte=0))


def test_a_word_that_says_nothing_of_commercial_use_is_refused(client: httpx.Client) -> None:
    refused = client.get("/v1/rankings", params={"commercial_use": "maybe"})
    assert refused.status_code == 422
    assert "commercial_use" in refused.json()["detail"]
