from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import update

from backend.store import evaluations, workers
from backend.store.engine import create_store_engine, writing
from backend.store.evaluations import NewEvaluation
from backend.store.tables import Evaluation
from quba.dimensions import MEASURES

Serve = Callable[[str], httpx.Client]


def test_the_study_is_a_benchmark_that_can_be_ranked(client: httpx.Client) -> None:
    items = client.get("/v1/benchmarks").json()["items"]
    study = next(item for item in items if item["key"] == "imagenet-1k")
    assert (study["class_count"], study["default_protocol"]) == (1000, "as-published")
    assert study["label"]
    assert study["description"]
    for item in items:
        query = {"benchmark": item["key"], "protocol": item["default_protocol"]}
        assert client.get("/v1/rankings", params=query).status_code == 200


def test_an_unknown_benchmark(client: httpx.Client) -> None:
    for path in ("/v1/rankings", "/v1/facets", "/v1/models", "/v1/correlations", "/v1/models/resnet50"):
        problem = client.get(path, params={"benchmark": "imagenet-2k"})
        assert (problem.status_code, problem.json()["code"]) == (404, "unknown_benchmark")
        assert "imagenet-1k" in problem.json()["detail"]


def test_it_takes_no_parameters(client: httpx.Client) -> None:
    assert client.get("/v1/benchmarks?limit=1").status_code == 422


def test_the_time_of_an_evaluation_is_that_of_earlier_ones_on_workers_that_are_there(
    serve: Serve, study_sqlite_url: str
) -> None:
    start = datetime(2026, 7, 1, 12, tzinfo=UTC)
    engine = create_store_engine(study_sqlite_url)
    with writing(engine) as session:
        for worker in ("here", "new"):
            workers.beat(session, worker, device="cpu", version="1", state="idle", benchmarks=["toy-shapes"])
        for seed, (worker, seconds) in enumerate((("here", 100), ("here", 60), ("here", 70), ("gone", 1))):
            asked = NewEvaluation(
                name="Mine", checkpoint_id=None, model="resnet18.a1_in1k", architecture="resnet18", seed=seed,
                benchmark="toy-shapes", protocol="corrected", dimensions=tuple(MEASURES), samples_per_class=None,
                priority=50,
            )  # fmt: skip
            record, _ = evaluations.submit(session, asked)
            ended = {"state": "succeeded", "worker_id": worker, "started_at": start}
            session.execute(
                update(Evaluation)
                .where(Evaluation.evaluation_id == record.evaluation_id)
                .values(**ended, finished_at=start + timedelta(seconds=seconds))
            )
    engine.dispose()
    items = {item["key"]: item for item in serve(study_sqlite_url).get("/v1/benchmarks").json()["items"]}
    assert items["imagenet-1k"]["durations"] == []
    assert items["toy-shapes"]["durations"] == [
        {"worker_id": "here", "evaluations": 3, "lowest_seconds": 60, "median_seconds": 70, "highest_seconds": 100}
    ]
