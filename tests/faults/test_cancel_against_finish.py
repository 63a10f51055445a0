"""Whatever order workers, cancelling and retrying come in, an evaluation has one outcome at a time, and it is right."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Engine

from backend.store import evaluations, migration
from backend.store.benchmarks import ensure_built_in
from backend.store.engine import create_store_engine, reading, writing
from backend.store.evaluations import Holder, NewEvaluation
from quba.vocabulary import FINAL_STATES

WORKERS = st.sampled_from(["one", "two"])
REQUEST: dict[str, Any] = {
    "name": "Mine", "checkpoint_id": None, "model": "resnet18.a1_in1k", "architecture": "resnet18",
    "benchmark": "imagenet-1k", "protocol": "as-published", "dimensions": ("accuracy",), "samples_per_class": None,
    "seed": 0, "priority": 50,
}  # fmt: skip


class Outcome(RuleBasedStateMachine):
    """Two workers and a user act on one evaluation; the model beside it says what must come of it."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self.folder.name) / 'wellbehaved.db'}"
        migration.upgrade(url)
        self.engine = create_store_engine(url)
        self.state, self.attempt, self.holder, self.asked = "queued", 1, "", False

    @initialize()
    def submit(self) -> None:
        with writing(self.engine) as session:
            ensure_built_in(session)
            session.flush()
            record, created = evaluations.submit(session, NewEvaluation(**REQUEST))
        assert created
        self.id = record.evaluation_id

    @rule(worker=WORKERS, late=st.booleans())
    def claim(self, worker: str, late: bool) -> None:
        attempt = self.attempt - late
        with writing(self.engine) as session:
            got = evaluations.claim_start(session, self.id, Holder(worker_id=worker, attempt=attempt))
        assert got == (not late and self.state in ("queued", "running"))
        if got:
            self.state, self.holder = "running", worker

    @rule(worker=WORKERS, state=st.sampled_from(FINAL_STATES))
    def finish(self, worker: str, state: str) -> None:
        holder = Holder(worker_id=worker, attempt=self.attempt)
        with writing(self.engine) as session:
            done = evaluations.finish(session, self.id, state, holder=holder)
        allowed = self.state == "running" and self.holder == worker and not (state == "succeeded" and self.asked)
        assert done == allowed
        if done:
            self.state = state

    @rule()
    def cancel(self) -> None:
        with writing(self.engine) as session:
            taken = evaluations.request_cancel(session, self.id)
        assert taken == (self.state in ("queued", "running"))
        if taken:
            self.asked = True
            self.state = "cancelled" if self.state == "queued" else self.state

    @rule()
    def retry(self) -> None:
        with writing(self.engine) as session:
            record = evaluations.retry(session, self.id)
        assert (record is not None) == (self.state in ("failed", "cancelled"))
        if record is not None:
            self.state, self.asked, self.holder = "queued", False, ""
            self.attempt += 1
            assert record.attempt == self.attempt

    @invariant()
    def the_store_says_the_same(self) -> None:
        if not hasattr(self, "id"):
            return
        with reading(self.engine) as session:
            record = evaluations.record(session, self.id)
        assert record is not None
        assert (record.state, record.attempt, record.cancel_requested) == (self.state, self.attempt, self.asked)
        assert (record.finished_at is not None) == (self.state in FINAL_STATES)

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()


TestOutcome = Outcome.TestCase
TestOutcome.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
