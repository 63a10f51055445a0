import httpx
import pytest

from quba.dimensions import DIMENSIONS


def test_the_nine_dimensions_in_the_order_of_the_study(client: httpx.Client) -> None:
    items = client.get("/v1/dimensions").json()["items"]
    assert [item["key"] for item in items] == list(DIMENSIONS)
    for item in items:
        assert item["direction"] == ("higher is better" if item["higher_is_better"] else "lower is better")
        assert item["default_weight"] > 0
        assert item["reference"]["standard_deviation"] > 0
        assert all(item[text] for text in ("label", "short_label", "theme", "unit", "description", "source"))
    assert len({item["theme"] for item in items}) == 6
    lower = {item["key"] for item in items if not item["higher_is_better"]}
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
