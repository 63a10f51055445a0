"""Values of earlier versions over REST: with their version, and a way to them from every refusal."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from sqlalchemy import Engine, update

from backend.store.engine import create_store_engine, writing
from backend.store.tables import Model
from tests.backend.conftest import DECLARED, TOKEN, fill, values_of

Serve = Callable[[str], httpx.Client]
EARLIER = "/v1/benchmarks/flowers/earlier-measurements"
OWN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def edited(study_sqlite_url: str) -> Iterator[Engine]:
    """A store with two models on an earlier version of a benchmark and one on the current."""
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 2)
    fill(engine, 1, digest="sha256:2", start=2)
    yield engine
    engine.dispose()


def test_earlier_values_are_given_with_their_version(edited: Engine, serve: Serve, study_sqlite_url: str) -> None:
    service = serve(study_sqlite_url)
    items = service.get(EARLIER).json()["items"]
    assert [(each["model_id"], each["name"], each["digest"], each["protocol"]) for each in items] == [
        ("mine-0", "Mine 0", "sha256:1", "corrected"),
        ("mine-1", "Mine 1", "sha256:1", "corrected"),
    ]
    assert items[0]["registered_at"] < service.get("/v1/benchmarks/flowers").json()["registered_at"]
    assert list(items[0]["scores"]) == DECLARED
    accuracy = values_of(0)["accuracy"]
    assert items[0]["scores"]["accuracy"] == {
        "value": accuracy, "missing": None, "standard_error": 0.02, "sample_count": 60, "flags": [],
    }  # fmt: skip
    assert [each["model_id"] for each in service.get(f"{EARLIER}?model_id=mine-1").json()["items"]] == ["mine-1"]
    assert service.get("/v1/benchmarks/imagenet-1k/earlier-measurements").json()["items"] == []
    absent = service.get("/v1/benchmarks/none/earlier-measurements")
    assert (absent.status_code, absent.json()["code"]) == (404, "unknown_benchmark")


@pytest.mark.parametrize("query", ["", "?benchmark=flowers"])
def test_a_model_of_an_earlier_version_alone_is_refused_with_the_way_to_its_values(
    edited: Engine, serve: Serve, study_sqlite_url: str, query: str
) -> None:
    service = serve(study_sqlite_url)
    refused = service.get(f"/v1/models/mine-0{query}")
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_model")
    assert "measured on flowers with the digest sha256:1, which is not the current version" in refused.json()["detail"]
    assert EARLIER in refused.json()["next_step"]
    # Of another benchmark nothing is to be said about this one.
    other = service.get("/v1/models/mine-0?benchmark=toy-shapes").json()
    assert "digest" not in other["detail"]


def test_a_private_model_is_for_holders_of_the_token(edited: Engine, serve: Serve, study_sqlite_url: str) -> None:
    with writing(edited) as session:
        session.execute(update(Model).where(Model.id == "mine-0").values(visibility="private"))
    service = serve(study_sqlite_url)
    for path, ids in ((EARLIER, ["mine-1"]), ("/v1/benchmarks/flowers", ["mine-1"])):
        answers = [service.get(path, headers=headers).json() for headers in ({}, OWN)]
        shown = [
            [each["model_id"] for each in answer["items"]] if "items" in answer else answer["versions"][1]["models"]
            for answer in answers
        ]
        assert shown == [ids, ["mine-0", "mine-1"]]
    assert "digest" not in service.get("/v1/models/mine-0").json()["detail"]
    assert "digest" in service.get("/v1/models/mine-0", headers=OWN).json()["detail"]
