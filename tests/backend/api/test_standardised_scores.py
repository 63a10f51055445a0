import httpx
import numpy as np
import pytest

from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.ranking.presets import PRESETS
from quba.vocabulary import NORMALISATIONS

ADDRESS = "/v1/standardised-scores"


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
@pytest.mark.parametrize("quality", ["all", "screened"])
def test_a_ranking_follows_from_them(client: httpx.Client, normalisation: str, quality: str) -> None:
    settings = {"normalisation": normalisation, "quality": quality}
    found = client.get(ADDRESS, params=settings).json()
    ranked = client.get("/v1/rankings", params={**settings, "preset": "robust", "limit": "1000"}).json()
    columns = {key: np.array(column, dtype=float) for key, column in found["standardised"].items()}
    weights = PRESETS["robust"].weights
    used = [key for key in DIMENSIONS if weights[key]]
    score = np.sum([columns[key] * weights[key] for key in used], axis=0) / sum(weights[key] for key in used)
    own = dict(zip(found["model_ids"], score.tolist(), strict=True))
    for item in ranked["items"]:
        expected = np.nan if item["score"] is None else item["score"]
        assert own[item["model_id"]] == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_every_list_is_about_the_same_models(client: httpx.Client) -> None:
    found = client.get(ADDRESS, params={"quality": "screened"}).json()
    models = {item["model_id"]: item for item in client.get("/v1/rankings", params={"limit": "1000"}).json()["items"]}
    assert found["dimensions"] == list(DIMENSIONS)
    assert sorted(found["name_order"]) == list(range(326))
    for place, model_id in enumerate(found["model_ids"]):
        model = models[model_id]
        assert found["identities"]["name"][place] == model["name"]
        assert found["identities"]["architecture"][place] == model["architecture"]
        assert found["flags"][place] == model["flags"]
        assert model["name"].casefold() in found["searched"][place]
        for key in DIMENSIONS:
            value, reason = found["values"][key][place], found["missing"][place].get(key)
            if DIMENSIONS[key].of_facts:
                assert (value, reason) == (model["scores"][key], None)
                continue
            # Nobody measured these models on the others, which is not said of each.
            assert (value is None) == (reason is not None or key not in STUDY_DIMENSIONS)
            assert value is None or value == model["scores"][key]


def test_it_is_compressed_for_who_takes_it_and_named_by_data_and_question(client: httpx.Client) -> None:
    plain = client.get(ADDRESS, headers={"Accept-Encoding": "identity"})
    packed = client.get(ADDRESS, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    etags = [
        client.get(ADDRESS, params=params, headers=headers).headers["etag"]
        for params, headers in [({}, {}), ({"quality": "screened"}, {}), ({}, {"Accept-Encoding": "identity"})]
    ]
    assert len(set(etags)) == 3
    assert client.get(ADDRESS, headers={"If-None-Match": etags[0]}).status_code == 304


@pytest.mark.parametrize(
    ("query", "status"), [("w.accuracy=1", 422), ("normalisation=odd", 422), ("benchmark=none-such", 404)]
)
def test_what_it_refuses(client: httpx.Client, query: str, status: int) -> None:
    assert client.get(f"{ADDRESS}?{query}").status_code == status
