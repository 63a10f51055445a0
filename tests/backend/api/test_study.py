"""The study's models as an instance has them, over REST."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, update

from backend.imports.model_facts import shipped_facts
from backend.imports.study_names import study_reasons, study_weights
from backend.store.engine import create_store_engine, writing
from backend.store.tables import Evaluation
from quba.dimensions import BUILT_IN
from tests.backend.measured_again import again, store_again

Serve = Callable[[str], httpx.Client]


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    made = create_store_engine(study_sqlite_url)
    yield made
    made.dispose()


def asked(service: httpx.Client, headers: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    answer = service.get("/v1/study", headers=headers)
    assert answer.status_code == 200, answer.text
    return {each["model_id"]: each for each in answer.json()["items"]}


def test_every_published_model_is_there_with_why_nothing_measures_it(client: httpx.Client) -> None:
    answer = client.get("/v1/study").json()
    assert answer["protocol"] == "as-published"
    assert answer["dimensions"] == [key for key, each in BUILT_IN.items() if each.measurable]
    found = asked(client)
    assert list(found) == list(study_reasons())
    assert found["hiera-t-lp"]["model"] is None
    assert found["hiera-t-lp"]["reason"].startswith("The authors of the study")
    assert found["hiera-t-lp"]["macs_billions"] is None
    hiera = found["hiera-t"]
    assert (hiera["model"], hiera["reason"], hiera["values"]) == ("study:hiera-t", None, [])
    assert hiera["macs_billions"] == shipped_facts()[study_weights()["hiera-t"]]["macs_billions"]
    assert sum(each["model"] is not None for each in found.values()) == 313


def test_what_is_private_and_the_queue_are_for_who_holds_the_token(
    serve: Serve, study_sqlite_url: str, engine: Engine, writing_headers: dict[str, str]
) -> None:
    store_again(engine, [again("alexnet-evaluated", "accuracy", 0.5)], visibility="private")
    service = serve(study_sqlite_url)
    submitted = service.post("/v1/evaluations", json={"model": "study:vgg16"}, headers=writing_headers).json()
    mine = asked(service, writing_headers)
    assert mine["alexnet"]["values"] == [
        {"protocol": "as-published", "dimension": "accuracy", "missing_reason": None, "all_images": True}
    ]
    evaluation = {"evaluation_id": submitted["evaluation_id"], "state": "queued", "reason": None}
    assert mine["vgg16"]["evaluation"] == evaluation
    public = asked(service)
    assert (public["alexnet"]["values"], public["vgg16"]["evaluation"]) == ([], None)
    with writing(engine) as session:
        error = {"code": "weights_unavailable", "message": "No network.", "hint": "Retry."}
        session.execute(update(Evaluation).values(state="failed", error=error))
    assert asked(service, writing_headers)["vgg16"]["evaluation"]["reason"] == "No network."
