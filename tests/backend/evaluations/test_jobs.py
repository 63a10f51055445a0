"""The queue: where it lies, what is in it, and who hears of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from backend.evaluations import jobs
from backend.evaluations.jobs import Files, JobListener, Jobs
from backend.store.errors import StoreUnavailable

SECONDS = 30


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def queue(url: str) -> Iterator[Jobs]:
    own = Jobs(url)
    yield own
    own.close()


def waiting(folder: Path) -> dict[str, tuple[str, str]]:
    """What the queue's own table says: queue and state by job."""
    with closing(sqlite3.connect(folder / "store-jobs.db")) as connection:
        rows = connection.execute("SELECT workflow_uuid, queue_name, status FROM workflow_status")
        return {job: (queue, state) for job, queue, state in rows}


def test_the_queue_lies_beside_the_store_and_is_nobody_elses(tmp_path: Path, url: str) -> None:
    jobs.prepare(url)
    jobs.prepare(url)
    assert not (tmp_path / "store.db").exists()
    path = tmp_path / "store-jobs.db"
    assert path.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_attempt_is_queued_once_and_the_next_one_anew(tmp_path: Path, queue: Jobs) -> None:
    for attempt in (1, 1, 2):
        queue.enqueue("ev-1", attempt, priority=5, files=Files("toy-shapes"))
    queue.enqueue("ev-2", 1, priority=5, files=Files("imagenet-1k"))
    found = waiting(tmp_path)
    assert {queue_name for queue_name, _ in found.values()} == {"evaluations-toy-shapes", "evaluations-imagenet-1k"}
    assert len(found) == 3
    queue.cancel("ev-1", 2)
    states = {job: state for job, (_, state) in waiting(tmp_path).items()}
    assert [state for state in states.values() if state == "CANCELLED"] == ["CANCELLED"]
    assert len([state for state in states.values() if state == "ENQUEUED"]) == 2


def test_a_worker_hears_of_its_own_benchmarks_alone(url: str, queue: Jobs) -> None:
    heard: list[tuple[str, int]] = []
    rang = Event()

    def work(evaluation_id: str, attempt: int) -> None:
        heard.append((evaluation_id, attempt))
        rang.set()

    queue.enqueue("ev-other", 1, priority=1, files=Files("imagenet-1k"))
    queue.enqueue("ev-mine", 3, priority=50, files=Files("toy-shapes"))
    listener = JobListener(url, "w-1", [Files("toy-shapes")], work)
    listener.start()
    try:
        assert rang.wait(SECONDS)
    finally:
        listener.stop()
    assert heard == [("ev-mine", 3)]


def test_files_that_came_later_are_heard_of_without_a_restart(url: str, queue: Jobs) -> None:
    heard: list[str] = []
    rang = Event()

    def work(evaluation_id: str, _attempt: int) -> None:
        heard.append(evaluation_id)
        rang.set()

    edited, here = Files("flowers", "sha256:" + "1" * 64), Files("flowers", "sha256:" + "2" * 64)
    queue.enqueue("ev-edited", 1, priority=1, files=edited)
    queue.enqueue("ev-here", 1, priority=1, files=here)
    listener = JobListener(url, "w-1", [Files("toy-shapes")], work)
    listener.start()
    try:
        for _ in range(2):
            listener.listen(here)
        assert rang.wait(SECONDS)
    finally:
        listener.stop()
    assert heard == ["ev-here"]


def test_a_queue_that_cannot_be_reached_is_an_outage_of_the_store() -> None:
    queue = Jobs("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable):
        queue.enqueue("ev-1", 1, priority=1, files=Files("toy-shapes"))
    queue.close()
