"""Where models stand in the queue, by their names."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from backend.store import evaluations
from backend.store.checkpoints import add
from backend.store.engine import writing
from backend.store.evaluations import NewEvaluation
from backend.store.model_evaluations import LatestEvaluation, latest_evaluations
from backend.store.tables import Evaluation

REQUEST = NewEvaluation(
    name="Mine", checkpoint_id=None, model="study:hiera-t", architecture="study:hiera-t", benchmark="imagenet-1k",
    protocol="as-published", dimensions=("accuracy",), samples_per_class=None, seed=0, priority=90,
)  # fmt: skip


@pytest.fixture
def session(study_engine: Engine) -> Iterator[Session]:
    with writing(study_engine) as open_session:
        yield open_session


def put(session: Session, day: int, state: str, error: dict[str, str] | None = None, **asked: Any) -> str:  # noqa: ANN401
    """An evaluation of its own seed that changed last on that day of January."""
    found, created = evaluations.submit(session, replace(REQUEST, seed=day, **asked))
    assert created
    columns = {"state": state, "error": error, "updated_at": datetime(2026, 1, day, tzinfo=UTC)}
    session.execute(update(Evaluation).where(Evaluation.evaluation_id == found.evaluation_id).values(**columns))
    session.expire_all()
    return found.evaluation_id


def test_the_one_that_changed_last_counts_unless_one_is_not_over_yet(session: Session) -> None:
    put(session, 1, "succeeded")
    failed = put(session, 2, "failed", {"code": "weights_unavailable", "message": "No network.", "hint": "Retry."})
    found = latest_evaluations(session, "study:", "imagenet-1k")
    assert found == {"study:hiera-t": LatestEvaluation(failed, "failed", "No network.")}
    running = put(session, 3, "running")
    put(session, 4, "cancelled")
    found = latest_evaluations(session, "study:", "imagenet-1k")
    assert found == {"study:hiera-t": LatestEvaluation(running, "running", None)}


def test_other_names_files_and_benchmarks_are_left_out(session: Session) -> None:
    put(session, 1, "queued", model="resnet50.a1_in1k")
    add(session, checkpoint_id="0" * 64, filename="mine.pt", size_bytes=1, format="torch")
    put(session, 2, "queued", model=None, checkpoint_id="0" * 64)
    put(session, 3, "queued", benchmark="toy-shapes")
    put(session, 4, "queued", model="studying")
    assert latest_evaluations(session, "study:", "imagenet-1k") == {}
    # What a name begins with is no pattern.
    assert latest_evaluations(session, "study_", "imagenet-1k") == {}
