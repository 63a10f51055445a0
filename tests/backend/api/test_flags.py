import httpx

from quba.dimensions import DIMENSIONS


def test_each_flag_has_a_meaning_and_the_count_of_its_filter(client: httpx.Client) -> None:
    document = client.get("/v1/flags").json()
    counts = {item["key"]: item["count"] for item in document["items"]}
    assert counts == {
        "train-mode": 81,
        "train-mode-mild": 1,
        "double-softmax": 30,
        "outlier": 7,
        "label-corrected": 8,
        "few-images": 0,
        "chance-level": 0,
    }
    for item in document["items"]:
        assert item["meaning"]
        assert set(item["dimensions"]) <= set(DIMENSIONS)
        ranking = client.get("/v1/rankings", params={"flag": item["key"], "limit": "1"}).json()
        assert (ranking["total"], ranking["data_version"]) == (item["count"], document["data_version"])


def test_it_takes_no_parameters(client: httpx.Client) -> None:
    assert client.get("/v1/flags?quality=screened").status_code == 422
