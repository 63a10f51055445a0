import csv
import io
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import update

from backend.imports.importer import published_scores
from backend.store.engine import create_store_engine, writing
from backend.store.tables import Measurement
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.ranking.presets import PRESETS

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]
ROWS = {row["model_id"]: row for row in csv.DictReader(io.StringIO(published_scores().decode()))}


def test_the_list_is_by_name_and_complete(client: httpx.Client) -> None:
    document = client.get("/v1/models", params={"limit": "1000"}).json()
    names = [item["name"] for item in document["items"]]
    assert (document["total"], document["next_cursor"]) == (326, None)
    assert {item["model_id"] for item in document["items"]} == set(ROWS)
    assert names == sorted(names, key=str.casefold)
    backwards = client.get("/v1/models", params={"limit": "1000", "sort": "-name"}).json()
    assert [item["name"] for item in backwards["items"]] == names[::-1]


def test_an_entry_says_who_a_model_is(client: httpx.Client) -> None:
    items = {item["model_id"]: item for item in client.get("/v1/models", params={"limit": "1000"}).json()["items"]}
    for model_id, row in ROWS.items():
        for field in ("name", "architecture", "training", "pretraining_data", "backbone", "source_library"):
            assert items[model_id][field] == row[field]
        for field in ("recipe", "head", "lineage", "source_identifier", "paper_title"):
            assert items[model_id][field] == (row[field] or None)
        assert set(items[model_id]["flags"]) == {flag for flag in row["flags"].split(";") if flag}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"architecture": "b-cos"}, 12),
        ({"recipe": "a1,a2,a3"}, 57),
        ({"head": "zero-shot"}, 25),
        ({"pretraining_data": "imagenet-21k"}, 35),
        ({"lineage": "none"}, 326 - len({key for key, row in ROWS.items() if row["lineage"]})),
        ({"accuracy.gte": "2"}, 0),
    ],
)
def test_filters(client: httpx.Client, query: dict[str, str], count: int) -> None:
    assert client.get("/v1/models", params=query).json()["total"] == count


def test_one_model_with_everything_known(client: httpx.Client) -> None:
    answer = client.get("/v1/models/clip-openai-rn50").json()
    row = ROWS["clip-openai-rn50"]
    assert {key: score["value"] for key, score in answer["scores"].items()} == {
        key: float(row[key]) if key in STUDY_DIMENSIONS else None for key in DIMENSIONS
    }
    assert answer["scores"]["adversarial_robustness"]["flags"] == ["outlier"]
    assert answer["scores"]["accuracy"] == {
        "value": float(row["accuracy"]),
        "missing": None,
        "flags": [],
        "protocol": "as-published",
        "standard_error": None,
        "sample_count": 50_000,
        "parts": {},
        "ingredients_digest": None,
        "note": "",
        "source": "study",
    }
    assert answer["provenance"]["published_row"] == int(row["published_row"])
    assert answer["provenance"]["note"] == row["note"]
    assert "2503.17110" in answer["provenance"]["citation"]


def test_its_ranks_are_those_of_the_rankings(client: httpx.Client) -> None:
    answer = client.get("/v1/models/resnet50").json()
    assert [found["preset"] for found in answer["ranks"]] == list(PRESETS)
    for found in answer["ranks"]:
        ranking = client.get("/v1/rankings", params={"preset": found["preset"], "limit": "1000"}).json()["items"]
        item = next(item for item in ranking if item["model_id"] == "resnet50")
        assert (found["rank"], found["score"]) == (item["overall_rank"], item["score"])
        assert answer["percentiles"] == item["percentiles"]


def test_screened_values_are_missing_and_unranked(client: httpx.Client) -> None:
    answer = client.get("/v1/models/clip-openai-rn50", params={"quality": "screened"}).json()
    screened = answer["scores"]["adversarial_robustness"]
    assert (screened["value"], screened["missing"], screened["flags"]) == (None, "screened", ["outlier"])
    assert answer["percentiles"]["adversarial_robustness"] is None
    ranks = {found["preset"]: (found["rank"], found["score"]) for found in answer["ranks"]}
    assert ranks["paper"] == (None, None)
    assert ranks["accuracy"][0] is not None


def test_an_imported_model_cites_nobody(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_url)
    service.post("/v1/imports", content=results_csv({"shape_bias": ""}), headers=writing_headers)
    answer = service.get("/v1/models/mine").json()
    assert answer["provenance"]["citation"] is None
    assert answer["scores"]["accuracy"]["source"] == "import"
    assert (answer["scores"]["shape_bias"]["value"], answer["scores"]["shape_bias"]["missing"]) == (
        None,
        "not_measured",
    )


def test_a_value_says_what_it_is_made_of(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_sqlite_url)
    service.post("/v1/imports", content=results_csv({}), headers=writing_headers)
    engine = create_store_engine(study_sqlite_url)
    made_of = update(Measurement).where(Measurement.model_id == "mine", Measurement.dimension == "accuracy")
    with writing(engine) as session:
        session.execute(made_of.values(ingredients_digest="0" * 64))
    engine.dispose()
    scores = service.get("/v1/models/mine").json()["scores"]
    assert (scores["accuracy"]["ingredients_digest"], scores["shape_bias"]["ingredients_digest"]) == ("0" * 64, None)


@pytest.mark.parametrize(
    ("model_id", "next_step"),
    [
        ("resnet-5", "Did you mean resnet50, resnet50d, resnet152?"),
        ("zzz", "GET /v1/models?q=WORDS searches for one."),
        ("%00", "GET /v1/models?q=WORDS searches for one."),
        ("%D9%A1", "GET /v1/models?q=WORDS searches for one."),
        ("x" * 5000, "GET /v1/models?q=WORDS searches for one."),
    ],
)
def test_an_unknown_model(client: httpx.Client, model_id: str, next_step: str) -> None:
    response = client.get(f"/v1/models/{model_id}")
    assert (response.status_code, response.json()["code"]) == (404, "unknown_model")
    assert response.json()["next_step"] == next_step
    assert len(response.content) < 1500


@pytest.mark.parametrize("query", [{"w.accuracy": "1"}, {"score.gte": "1"}, {"sort": "accuracy"}, {"preset": "fair"}])
def test_the_list_takes_nothing_about_weights(client: httpx.Client, query: dict[str, str]) -> None:
    assert client.get("/v1/models", params=query).status_code == 422


@pytest.mark.parametrize("model_id", ["resnet50", "alexnet"])
def test_dominance_is_what_brute_force_finds(client: httpx.Client, model_id: str) -> None:
    items = client.get("/v1/rankings?limit=1000").json()["items"]
    # A dimension that nobody was measured on tells nobody apart, and facts tell of no quality.
    signs = {
        dimension["key"]: 1 if dimension["higher_is_better"] else -1
        for dimension in client.get("/v1/dimensions").json()["items"]
        if dimension["origin"] != "facts" and any(item["scores"][dimension["key"]] is not None for item in items)
    }
    values = {
        item["model_id"]: [sign * item["scores"][key] for key, sign in signs.items()]
        for item in items
        if all(item["scores"][key] is not None for key in signs)
    }

    def dominates(a: str, b: str) -> bool:
        pairs = list(zip(values[a], values[b], strict=True))
        return all(x >= y for x, y in pairs) and any(x > y for x, y in pairs)

    answer = client.get(f"/v1/models/{model_id}").json()
    assert {each["model_id"] for each in answer["dominated_by"]} == {one for one in values if dominates(one, model_id)}
    assert {each["model_id"] for each in answer["dominates"]} == {one for one in values if dominates(model_id, one)}
    for better in answer["dominated_by"][:2]:
        assert model_id in {
            each["model_id"] for each in client.get(f"/v1/models/{better['model_id']}").json()["dominates"]
        }
    assert answer["dominated_by"] or model_id != "alexnet"


def test_a_model_that_lacks_a_value_dominates_nobody(client: httpx.Client) -> None:
    items = client.get("/v1/rankings?limit=1000&quality=screened").json()["items"]
    known = STUDY_DIMENSIONS
    lacking = next(item for item in items if any(item["scores"][key] is None for key in known))["model_id"]
    answer = client.get(f"/v1/models/{lacking}?quality=screened").json()
    assert (answer["dominated_by"], answer["dominates"]) == ([], [])


def test_a_page_has_the_same_model_as_its_own_page(client: httpx.Client) -> None:
    """The list is put together from texts that are kept; they must say what the model's own answer says."""
    items = client.get("/v1/models", params={"limit": 1000}).json()["items"]
    for item in items[::40]:
        own = client.get(f"/v1/models/{item['model_id']}").json()
        assert item == {name: own[name] for name in item}


def test_pages_of_any_size_hold_the_same_items_in_the_same_order(client: httpx.Client) -> None:
    whole = client.get("/v1/models", params={"limit": 1000, "sort": "-name"}).json()
    assert (whole["total"], len(whole["items"]), whole["next_cursor"]) == (326, 326, None)
    first = client.get("/v1/models", params={"limit": 100, "sort": "-name"}).json()
    pages, cursor = list(first["items"]), first["next_cursor"]
    while cursor:
        page = client.get("/v1/models", params={"limit": 100, "sort": "-name", "cursor": cursor}).json()
        pages, cursor = [*pages, *page["items"]], page["next_cursor"]
    assert pages == whole["items"]


def test_a_model_says_who_states_its_licence_and_how_to_load_it(client: httpx.Client) -> None:
    known, unknown = (client.get(f"/v1/models/{each}").json() for each in ("resnet50", "hiera-t-lp"))
    assert known["loading"].startswith("import torchvision\n")
    assert "ResNet50_Weights.IMAGENET1K_V1" in known["loading"]
    assert known["provenance"]["licence_source"].startswith("torchvision ")
    assert known["provenance"]["cost_source"].startswith("torch ")
    assert (unknown["licence"], unknown["commercial_use"], unknown["loading"]) == ("unknown", "unknown", None)
    assert (unknown["provenance"]["licence_source"], unknown["macs_billions"]) == (None, None)
    assert client.get("/v1/models", params={"commercial_use": "no"}).json()["total"] == 27
