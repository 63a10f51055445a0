"""The themes."""

import httpx

from quba.dimensions import DIMENSIONS


def test_every_dimension_has_one_theme(client: httpx.Client) -> None:
    items = client.get("/v1/themes").json()["items"]
    assert sorted(key for item in items for key in item["dimensions"]) == sorted(DIMENSIONS)


def test_it_takes_no_parameters(client: httpx.Client) -> None:
    assert client.get("/v1/themes?limit=1").json()["code"] == "unknown_parameter"
