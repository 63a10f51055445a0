from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from backend.store.engine import create_store_engine, writing
from backend.store.tables import Measurement
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]


def test_the_nine_dimensions_in_the_order_of_the_study(client: httpx.Client) -> None:
    items = client.get("/v1/dimensions").json()["items"]
    assert [item["key"] for item in items] == list(DIMENSIONS)
    for item in items[: len(STUDY_DIMENSIONS)]:
        assert item["direction"] == ("higher is better" if item["higher_is_better"] else "lower is better")
        assert item["default_weight"] > 0
        assert item["reference"]["standard_deviation"] > 0
        assert all(item[text] for text in ("label", "short_label", "theme", "unit", "description", "source"))
    assert len({item["theme"] for item in items}) == 6
    lower = {item["key"] for item in items[: len(STUDY_DIMENSIONS)] if not item["higher_is_better"]}
    assert lower == {"calibration_error", "parameters_millions"}


def test_bounds_are_null_where_there_are_none(client: httpx.Client) -> None:
    bounds = {
        item["key"]: (item["lower_bound"], item["upper_bound"]) for item in client.get("/v1/dimensions").json()["items"]
    }
    assert bounds["accuracy"] == (0, 1)
    assert bounds["object_focus"] == (None, None)
    assert bounds["parameters_millions"] == (0, None)


def test_the_reference_is_the_published_one(client: httpx.Client) -> None:
    reference = client.get("/v1/dimensions").json()["items"][0]["reference"]
    assert reference["mean"] == pytest.approx(0.7990557251908397)
    assert reference["standard_deviation"] == pytest.approx(0.034685710545946026)


def test_it_takes_no_parameters(client: httpx.Client) -> None:
    response = client.get("/v1/dimensions?key=accuracy")
    assert (response.status_code, response.json()["code"]) == (422, "unknown_parameter")


def test_plausible_ranges_are_told(client: httpx.Client) -> None:
    items = {item["key"]: item for item in client.get("/v1/dimensions").json()["items"]}
    size = items["parameters_millions"]
    assert (size["plausible_low"], size["plausible_high"]) == (0.001, 100_000)
    assert {key: item["outliers"] for key, item in items.items()} == {key: [] for key in DIMENSIONS}


def test_a_value_far_from_all_others_is_named_and_switches_nothing_off(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_url)
    before = {
        item["model_id"]: item["contributions"]["parameters_millions"]
        for item in service.get("/v1/rankings?normalisation=zscore&limit=1000").json()["items"]
    }
    service.post("/v1/imports", content=results_csv({"parameters_millions": "99000"}), headers=writing_headers)
    engine = create_store_engine(study_url)
    with writing(engine) as session:
        # As an older version took it in.
        session.execute(
            update(Measurement)
            .where(Measurement.model_id == "mine", Measurement.dimension == "parameters_millions")
            .values(value=999_999_999_999_999)
        )
    engine.dispose()
    items = {item["key"]: item for item in service.get("/v1/dimensions").json()["items"]}
    assert [found["model_id"] for found in items["parameters_millions"]["outliers"]] == ["mine"]
    assert not any(item["outliers"] for key, item in items.items() if key != "parameters_millions")
    after = {
        item["model_id"]: item["contributions"]["parameters_millions"]
        for item in service.get("/v1/rankings?normalisation=zscore&limit=1000").json()["items"]
    }
    assert {model_id: after[model_id] for model_id in before} == pytest.approx(before)


def test_the_dimensions_are_told_while_the_store_is_away(serve: Serve, tmp_path: Path) -> None:
    items = serve(f"sqlite:///{tmp_path}/none.db").get("/v1/dimensions").json()["items"]
    assert [item["outliers"] for item in items] == [None] * len(DIMENSIONS)
