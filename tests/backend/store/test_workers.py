from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from backend.store import workers
from backend.store.engine import writing
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
