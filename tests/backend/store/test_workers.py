from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from backend.store import workers
from backend.store.engine import reading, writing
from backend.store.tables import Worker

STALE = 60.0


@pytest.mark.parametrize(
    ("ahead", "counts"), [(0, True), (-59, True), (-61, False), (59, True), (61, False), (86_400, False)]
)
def test_a_beat_counts_as_long_by_the_store_s_clock_whatever_the_worker_s_said(
    empty_engine: Engine, ahead: int, counts: bool
) -> None:
    with writing(empty_engine) as session:
        workers.beat(session, "a", device="cpu", version="1", state="idle")
        session.execute(update(Worker).values(beat_at=workers.now(session) + timedelta(seconds=ahead)))
        assert [each.worker_id for each in workers.online(session, STALE)] == (["a"] if counts else [])
        workers.forget(session, timedelta(seconds=3600))
        assert len(workers.records(session)) == (0 if ahead > 3600 else 1)


def beat(engine: Engine, worker_id: str, **said: Any) -> None:  # noqa: ANN401 - what a worker says of itself
    sign: Any = {"device": "cpu", "version": "1", "state": "idle", **said}
    with writing(engine) as session:
        workers.beat(session, worker_id, **sign)


def known(engine: Engine) -> list[workers.WorkerRecord]:
    with reading(engine) as session:
        return workers.records(session)


def test_workers_are_listed_by_their_names(empty_engine: Engine) -> None:
    for name in ("b", "a", "c"):
        beat(empty_engine, name)
    assert [each.worker_id for each in known(empty_engine)] == ["a", "b", "c"]


def test_a_sign_of_life_says_all_anew_and_keeps_the_start(empty_engine: Engine) -> None:
    beat(empty_engine, "a", state="busy", evaluation_id="ev-1", benchmarks=["x", "y"], benchmark_digests={"x": "d"})
    (first,) = known(empty_engine)
    assert (first.state, first.evaluation_id, first.benchmarks) == ("busy", "ev-1", ("x", "y"))
    assert first.benchmark_digests == {"x": "d"}
    beat(empty_engine, "a", device="cuda:0", version="2")
    (later,) = known(empty_engine)
    assert (later.device, later.version, later.state) == ("cuda:0", "2", "idle")
    # What it no longer says it no longer has.
    assert (later.evaluation_id, later.benchmarks, later.benchmark_digests) == (None, (), {})
    assert later.started_at == first.started_at
    assert later.beat_at >= first.beat_at


@pytest.mark.parametrize(
    ("benchmark", "digest", "has"),
    [
        ("toy-shapes", None, True), ("imagenet-1k", None, False), ("flowers", "d1", True), ("flowers", "d2", False),
        ("flowers", None, True), ("trees", "d1", False),
    ],
)  # fmt: skip
def test_a_worker_has_a_benchmark_only_in_the_version_that_lies_there(
    empty_engine: Engine, benchmark: str, digest: str | None, has: bool
) -> None:
    # A digest of a benchmark that it does not name is no benchmark that it has.
    digests = {"flowers": "d1", "trees": "d1"}
    beat(empty_engine, "a", benchmarks=["toy-shapes", "flowers"], benchmark_digests=digests)
    (found,) = known(empty_engine)
    assert found.has(benchmark, digest) is has


def test_those_that_were_not_heard_of_for_long_are_forgotten_and_no_others(empty_engine: Engine) -> None:
    for name, seconds in (("old", 7200), ("lately", 1800)):
        beat(empty_engine, name)
        with writing(empty_engine) as session:
            at = workers.now(session) - timedelta(seconds=seconds)
            session.execute(update(Worker).where(Worker.worker_id == name).values(beat_at=at))
    with writing(empty_engine) as session:
        workers.forget(session, timedelta(hours=1))
    assert [each.worker_id for each in known(empty_engine)] == ["lately"]


def test_the_store_s_time_has_its_zone(empty_engine: Engine) -> None:
    with reading(empty_engine) as session:
        said = workers.now(session)
    assert said.tzinfo is not None
    assert said.utcoffset() == timedelta(0)
