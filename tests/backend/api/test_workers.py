from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import Engine

from backend.store.engine import writing
from backend.store.tables import Worker

Serve = Callable[[str], httpx.Client]


def test_workers_that_have_not_been_heard_of_are_offline(
    serve: Serve, study_url: str, study_engine: Engine, writing_headers: dict[str, str]
) -> None:
    service = serve(study_url)
    assert service.get("/v1/workers", headers=writing_headers).json() == {"online": 0, "items": []}
    now = datetime.now(UTC)
    with writing(study_engine) as session:
        for worker_id, age in (("fresh", 1), ("stale", 3600)):
            session.add(
                Worker(
                    worker_id=worker_id, device="cpu", version="1", started_at=now - timedelta(hours=2),
                    beat_at=now - timedelta(seconds=age), state="idle", evaluation_id=None, benchmarks=["toy-shapes"],
                )
            )  # fmt: skip
    document = service.get("/v1/workers", headers=writing_headers).json()
    assert document["online"] == 1
    assert {item["worker_id"]: item["online"] for item in document["items"]} == {"fresh": True, "stale": False}
    assert document["items"][0]["benchmarks"] == ["toy-shapes"]
    measurable = {item["key"]: item["measurable"] for item in service.get("/v1/benchmarks").json()["items"]}
    assert measurable == {"imagenet-1k": False, "toy-shapes": True}
