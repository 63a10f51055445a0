from typing import Any

import httpx
import pytest
from scipy import stats

from quba.dimensions import DIMENSIONS, PUBLISHED


def pairs(client: httpx.Client, **query: str) -> dict[frozenset[str], dict[str, Any]]:
    response = client.get("/v1/correlations", params=query)
    assert response.status_code == 200, response.text
    return {frozenset((pair["a"], pair["b"])): pair for pair in response.json()["pairs"]}


def test_the_published_correlations(client: httpx.Client) -> None:
    found = pairs(client)
    assert found[frozenset(("score", "accuracy"))]["rho"] == pytest.approx(0.8293, abs=5e-5)
    assert found[frozenset(("accuracy", "object_focus"))]["rho"] == pytest.approx(0.7172, abs=5e-5)
    weak = found[frozenset(("parameters_millions", "calibration_error"))]
    assert weak["p"] == pytest.approx(0.04798, abs=5e-6)
    assert weak["significant"] is True


def test_all_pairs_are_there_once_and_match_scipy(client: httpx.Client) -> None:
    found = pairs(client, **{"architecture": "cnn", "w.accuracy": "2"})
    names = (*DIMENSIONS, "score")
    assert len(found) == len(names) * (len(names) - 1) // 2
    ranking = client.get("/v1/rankings", params={"architecture": "cnn", "w.accuracy": "2", "limit": "1000"}).json()
    columns = {
        name: [item["score"] if name == "score" else item["scores"][name] for item in ranking["items"]]
        for name in names
    }
    known = {*PUBLISHED, "score"}
    for pair in (each for each in found.values() if {each["a"], each["b"]} <= known):
        expected = stats.spearmanr(columns[pair["a"]], columns[pair["b"]])
        assert pair["n"] == ranking["total"] == 170
        assert pair["rho"] == pytest.approx(expected.statistic, abs=1e-12)
        assert pair["p"] == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-300)
        assert pair["significant"] == (expected.pvalue < 0.05)


def test_missing_values_are_left_out_pair_by_pair(client: httpx.Client) -> None:
    found = pairs(client, quality="screened")
    touched, untouched = frozenset(("accuracy", "class_balance")), frozenset(("accuracy", "parameters_millions"))
    assert found[touched]["n"] < found[untouched]["n"] == 326


@pytest.mark.parametrize(("query", "n"), [({"accuracy.gte": "2"}, 0), ({"protocol": "corrected"}, 0)])
def test_too_few_models_have_no_correlation(client: httpx.Client, query: dict[str, str], n: int) -> None:
    for pair in pairs(client, **query).values():
        assert (pair["rho"], pair["p"], pair["n"], pair["significant"]) == (None, None, n, False)
