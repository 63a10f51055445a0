import httpx

from quba.dimensions import DIMENSIONS


def test_each_preset_names_all_weights_and_ranks(client: httpx.Client) -> None:
    items = client.get("/v1/presets").json()["items"]
    assert items[0]["key"] == "paper"
    assert {"robust", "edge", "trustworthy", "fair", "accuracy"} < {item["key"] for item in items}
    for item in items:
        assert set(item["weights"]) == set(DIMENSIONS)
        assert item["label"]
        assert item["description"]
        by_name = client.get("/v1/rankings", params={"preset": item["key"]}).json()
        by_weights = client.get("/v1/rankings", params={f"w.{key}": w for key, w in item["weights"].items()}).json()
        assert by_name["weights"] == item["weights"]
        assert by_name["items"] == by_weights["items"]


def test_it_takes_no_parameters(client: httpx.Client) -> None:
    assert client.get("/v1/presets?preset=paper").status_code == 422
