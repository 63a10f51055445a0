"""Times of whole evaluations, against rows written here."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from backend.store import evaluations
from backend.store.durations import whole_durations
from backend.store.engine import writing
from backend.store.evaluations import Holder, NewEvaluation, ResultRecord
from backend.store.tables import Evaluation

REQUEST = NewEvaluation(
    name="Mine", checkpoint_id=None, model="resnet18.a1_in1k", architecture="resnet18", benchmark="imagenet-1k",
    protocol="as-published", dimensions=("accuracy", "shape_bias"), samples_per_class=None, seed=0, priority=50,
)  # fmt: skip
RESULT = ResultRecord(
    evaluation_id="", phase="full", dimension="accuracy", value=0.5, standard_error=None, missing_reason=None,
    sample_count=1, parts={}, detail="", worker_id="w-1", measured_at=datetime(2026, 7, 1, tzinfo=UTC),
)  # fmt: skip
HOLDER = Holder(worker_id="w-1", attempt=1)


@pytest.fixture
def session(study_engine: Engine) -> Iterator[Session]:
    with writing(study_engine) as open_session:
        yield open_session


def submit(session: Session, seed: int) -> str:
    return evaluations.submit(session, replace(REQUEST, seed=seed))[0].evaluation_id


def put(session: Session, evaluation_id: str, columns: dict[str, object]) -> None:
    session.execute(update(Evaluation).where(Evaluation.evaluation_id == evaluation_id).values(**columns))
    session.expire_all()


def test_how_long_whole_evaluations_took_on_each_worker(session: Session) -> None:
    start = datetime(2026, 7, 1, 12, tzinfo=UTC)
    whole = {
        "state": "succeeded",
        "worker_id": "w-1",
        "started_at": start,
        "finished_at": start + timedelta(seconds=90),
    }
    differences: tuple[dict[str, object], ...] = (
        {},
        {"finished_at": start + timedelta(seconds=60)},
        {"worker_id": "w-2"},
        {"attempt": 2, "worker_id": "w-3"},  # it moved forward while it waited
        {"state": "failed"},
        {"samples_per_class": 5},
        {"dimensions": ["accuracy"]},
        {"started_at": None},
        {"cost": True},
    )
    for seed, changes in enumerate(differences):
        put(session, submit(session, seed), {**whole, **changes})
    # Begun before it was started for the last time, which found what was finished; and one that was not.
    for seed, seconds in ((50, -1), (51, 1)):
        key = submit(session, seed)
        evaluations.claim_start(session, key, HOLDER)
        measured = replace(RESULT, evaluation_id=key, measured_at=start + timedelta(seconds=seconds))
        assert evaluations.record_result(session, key, HOLDER, measured)
        put(session, key, {**whole, "attempt": 2, "worker_id": f"w-{seed}"})
    assert whole_durations(session, "imagenet-1k", 2) == {
        "w-1": [60.0, 90.0], "w-2": [90.0], "w-3": [90.0], "w-51": [90.0],
    }  # fmt: skip
    assert whole_durations(session, "toy-shapes", 2) == {}
