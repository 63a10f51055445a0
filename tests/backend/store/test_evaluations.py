"""An evaluation's states, and whose it is: each change against a table written down here."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from backend.store import evaluations
from backend.store.engine import create_store_engine, writing
from backend.store.evaluations import Holder, NewEvaluation, ResultRecord
from backend.store.tables import Benchmark, Evaluation, NotedProgress

REQUEST = NewEvaluation(
    name="Mine", checkpoint_id=None, model="resnet18.a1_in1k", architecture="resnet18", benchmark="imagenet-1k",
    protocol="as-published", dimensions=("accuracy", "shape_bias"), samples_per_class=None, seed=0, priority=50,
)  # fmt: skip
MINE, OTHER = Holder(worker_id="w-1", attempt=1), Holder(worker_id="w-2", attempt=1)
STATES = ("queued", "running", "succeeded", "failed", "cancelled")
# From which state each end can be reached; everything else is refused.
ENDS = {"succeeded": {"running"}, "failed": {"queued", "running"}, "cancelled": {"queued", "running"}}


@pytest.fixture
def session(study_engine: Engine) -> Iterator[Session]:
    with writing(study_engine) as open_session:
        assert open_session.scalar(select(Benchmark.key))
        yield open_session


def submit_one(session: Session, **changes: object) -> str:
    return evaluations.submit(session, replace(REQUEST, **changes))[0].evaluation_id  # type: ignore[arg-type]


def put(session: Session, evaluation_id: str, **columns: object) -> None:
    session.execute(update(Evaluation).where(Evaluation.evaluation_id == evaluation_id).values(**columns))
    session.expire_all()


def state_of(session: Session, evaluation_id: str) -> str:
    found = evaluations.record(session, evaluation_id)
    assert found is not None
    return found.state


def result(value: float | None, evaluation_id: str, phase: str = "full") -> ResultRecord:
    return ResultRecord(
        evaluation_id=evaluation_id, phase=phase, dimension="accuracy", value=value, standard_error=None,
        missing_reason=None if value is not None else "not_measured", sample_count=1, parts={}, detail="",
        worker_id="w-1", measured_at=datetime.now(UTC),
    )  # fmt: skip


def test_the_same_question_is_one_evaluation_and_another_is_not(session: Session) -> None:
    first, created = evaluations.submit(session, REQUEST)
    assert (created, first.state, first.attempt) == (True, "queued", 1)
    same = replace(REQUEST, name="Other", dimensions=("shape_bias", "accuracy"))
    again, created = evaluations.submit(session, same)
    assert (again.evaluation_id, again.name, created) == (first.evaluation_id, "Mine", False)
    for change in ({"seed": 1}, {"dimensions": ("accuracy",)}, {"samples_per_class": 5}, {"weights_key": "ema"}):
        assert submit_one(session, **change) != first.evaluation_id


def test_one_that_waits_becomes_as_urgent_as_the_most_urgent_request_for_it(session: Session) -> None:
    late = submit_one(session, priority=90)
    submit_one(session, seed=1)
    assert evaluations.place_in_queue(session, late) == 2
    asked = [evaluations.submit(session, replace(REQUEST, priority=each))[0] for each in (90, 95, 10, 50)]
    assert [(each.evaluation_id, each.priority, each.attempt) for each in asked] == [
        (late, 90, 1), (late, 90, 1), (late, 10, 2), (late, 10, 2)
    ]  # fmt: skip
    assert evaluations.place_in_queue(session, late) == 1
    # What the queue still has of the earlier attempt does nothing.
    assert not evaluations.claim_start(session, late, MINE)
    assert evaluations.claim_start(session, late, replace(MINE, attempt=2))
    running, _ = evaluations.submit(session, replace(REQUEST, priority=1))
    assert (running.state, running.priority, running.attempt) == ("running", 10, 2)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("state", STATES)
def test_an_end_is_reached_only_from_where_it_may(study_sqlite_url: str, state: str, end: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    with writing(engine) as session:
        key = submit_one(session)
        put(session, key, state=state, worker_id="w-1")
        assert evaluations.finish(session, key, end) == (state in ENDS[end])
        assert state_of(session, key) == (end if state in ENDS[end] else state)
    engine.dispose()


def test_what_is_no_end_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="'running' is no end"):
        evaluations.finish(session, submit_one(session), "running")


def test_one_worker_starts_it_and_only_that_one_writes(session: Session) -> None:
    key = submit_one(session)
    assert not evaluations.claim_start(session, key, Holder(worker_id="w-1", attempt=2)), "another attempt"
    assert evaluations.claim_start(session, key, MINE)
    assert evaluations.is_wanted(session, key, MINE)
    progress = NotedProgress(steps_done=1, steps_total=2)
    for stranger in (OTHER, Holder(worker_id="w-1", attempt=2)):
        assert not evaluations.is_wanted(session, key, stranger)
        assert not evaluations.note_progress(session, key, stranger, progress)
        assert not evaluations.record_result(session, key, stranger, result(0.5, key))
        assert not evaluations.release(session, key, stranger)
        assert not evaluations.finish(session, key, "succeeded", holder=stranger)
    assert evaluations.results(session, key) == []
    assert evaluations.note_progress(session, key, MINE, progress)
    assert evaluations.record_result(session, key, MINE, result(0.5, key))
    assert evaluations.finish(session, key, "succeeded", holder=MINE)
    assert [each.value for each in evaluations.results(session, key)] == [0.5]


def test_a_crash_is_counted_a_release_is_not_and_progress_forgives(session: Session) -> None:
    def crashes() -> int:
        found = evaluations.record(session, key)
        assert found is not None
        return found.crashes

    key = submit_one(session)
    assert evaluations.claim_start(session, key, MINE)
    assert crashes() == 0
    assert evaluations.claim_start(session, key, OTHER)
    assert evaluations.claim_start(session, key, MINE)
    assert crashes() == 2
    assert evaluations.release(session, key, MINE)
    assert evaluations.claim_start(session, key, OTHER)
    assert crashes() == 2
    assert evaluations.note_progress(session, key, OTHER, {"steps_done": 3})
    assert crashes() == 0
    assert evaluations.claim_start(session, key, MINE)
    assert evaluations.note_progress(session, key, MINE, {"steps_done": 3})
    assert crashes() == 1, "no step further, nothing forgiven"
    assert evaluations.note_progress(session, key, MINE, {"steps_done": 1})
    found = evaluations.record(session, key)
    assert found is not None
    assert found.progress == {"steps_done": 3}, "progress does not go back"


def test_a_value_stays_and_a_reason_for_none_gives_way(session: Session) -> None:
    key = submit_one(session)
    evaluations.claim_start(session, key, MINE)
    for value in (None, 0.5, 0.7, None):
        assert evaluations.record_result(session, key, MINE, result(value, key))
    assert [each.value for each in evaluations.results(session, key)] == [0.5]
    evaluations.record_result(session, key, MINE, result(0.4, key, phase="quick"))
    assert {each.phase: each.value for each in evaluations.results(session, key)} == {"full": 0.5, "quick": 0.4}


def test_what_is_asked_to_be_cancelled_cannot_succeed(session: Session) -> None:
    queued, running = submit_one(session), submit_one(session, seed=1)
    assert evaluations.request_cancel(session, queued)
    assert state_of(session, queued) == "cancelled"
    evaluations.claim_start(session, running, MINE)
    assert evaluations.request_cancel(session, running)
    assert state_of(session, running) == "running"
    assert not evaluations.is_wanted(session, running, MINE)
    assert not evaluations.finish(session, running, "succeeded", holder=MINE)
    assert evaluations.finish(session, running, "cancelled", holder=MINE)
    assert not evaluations.request_cancel(session, running)
    assert not evaluations.request_cancel(session, "ev-none")


@pytest.mark.parametrize("state", STATES)
def test_only_what_failed_or_was_cancelled_is_retried(session: Session, state: str) -> None:
    key = submit_one(session)
    columns = {"worker_id": "w-1", "crashes": 3, "cancel_requested": True, "error": {"code": "x"}}
    put(session, key, state=state, finished_at=datetime.now(UTC), **columns)
    again = evaluations.retry(session, key)
    if state in ("failed", "cancelled"):
        assert again is not None
        assert (again.state, again.attempt, again.crashes, again.cancel_requested) == ("queued", 2, 0, False)
        assert (again.worker_id, again.error, again.finished_at) == (None, None, None)
    else:
        assert again is None
        assert state_of(session, key) == state


def test_the_queue_is_in_order_of_priority_then_of_arrival(session: Session) -> None:
    keys = [submit_one(session, seed=seed, priority=priority) for seed, priority in enumerate((50, 50, 1, 100))]
    for seed, key in enumerate(keys):
        moment = datetime(2026, 1, 1 + seed, tzinfo=UTC)
        put(session, key, submitted_at=moment, updated_at=moment)
    places = [evaluations.place_in_queue(session, key) for key in keys]
    assert places == [2, 3, 1, 4]
    evaluations.claim_start(session, keys[2], MINE)
    assert evaluations.place_in_queue(session, keys[2]) is None
    assert evaluations.place_in_queue(session, keys[0]) == 1
    assert (evaluations.count(session, "queued"), evaluations.count(session, "running")) == (3, 1)


@pytest.mark.parametrize("how", ["retried", "moved forward", "put back"])
def test_what_is_queued_anew_waits_behind_those_of_its_priority(session: Session, how: str) -> None:
    """As the queue has it, which takes each attempt when it comes."""
    first = submit_one(session, priority=90 if how == "moved forward" else 50)
    other = submit_one(session, seed=1)
    # Both long ago, the first before the other; what happens now is later.
    for day, key in enumerate((first, other), 1):
        moment = datetime(2026, 1, day, tzinfo=UTC)
        put(session, key, submitted_at=moment, updated_at=moment)
    match how:
        case "retried":
            put(session, first, state="failed")
            evaluations.retry(session, first)
        case "put back":
            evaluations.claim_start(session, first, MINE)
            evaluations.requeue(session, first, MINE, {"stage": "waiting for images"})
        case _:
            evaluations.submit(session, replace(REQUEST, priority=50))
    assert [evaluations.place_in_queue(session, key) for key in (first, other)] == [2, 1]


def test_lists_give_each_once_the_newest_first_also_of_one_moment(session: Session) -> None:
    keys = [submit_one(session, seed=seed) for seed in range(5)]
    for seed, key in enumerate(keys):
        put(session, key, submitted_at=datetime(2026, 1, 1 + seed // 3, tzinfo=UTC))
    whole = [each.evaluation_id for each in evaluations.records(session, limit=9)]
    assert sorted(whole) == sorted(keys)
    assert set(whole[:2]) == set(keys[3:])
    seen: list[str] = []
    while page := evaluations.records(session, limit=2, before=seen[-1] if seen else None):
        seen += [each.evaluation_id for each in page]
    assert seen == whole
    assert evaluations.records(session, limit=2, before="ev-none") == []
    put(session, keys[0], state="failed")
    assert [each.evaluation_id for each in evaluations.records(session, states=["failed"], limit=9)] == [keys[0]]


def test_what_is_not_there_is_none(session: Session) -> None:
    assert evaluations.record(session, "ev-none") is None
    assert evaluations.retry(session, "ev-none") is None
    assert not evaluations.claim_start(session, "ev-none", MINE)
    assert not evaluations.is_wanted(session, "ev-none", MINE)
