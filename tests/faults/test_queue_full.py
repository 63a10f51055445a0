"""The queue's file has no room: nothing fails for good, and everything goes on when there is room again."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from backend.evaluations.jobs import Files
from backend.settings import Settings
from backend.store.errors import StoreFull
from tests.faults.queue_world import QueueWorld, work

_FLAG = "full"
_SHORT: dict[str, Any] = {"dimensions": ("accuracy",), "samples_per_class": 1}


def _refusal(flag: Path) -> Callable[..., None]:
    """As SQLite itself refuses on a full disk, for the queue's file alone."""

    def refuse(cursor: sqlite3.Cursor, statement: str, *_: object) -> None:
        file = cursor.connection.execute("PRAGMA database_list").fetchone()[2]
        if flag.exists() and str(file).endswith("-jobs.db") and statement.lstrip().startswith(("INSERT", "UPDATE")):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    return refuse


def work_on_a_small_disk(settings: Settings, data: Path, name: str) -> None:
    """What a worker's process runs whose queue has no room while the flag is there."""
    event.listen(Engine, "do_execute", _refusal(settings.data_dir / _FLAG))
    work(settings, data, name)


@pytest.fixture
def flag(embedded_world: QueueWorld) -> Iterator[Path]:
    """While this file is there, neither this process nor the worker can write into the queue."""
    flag = embedded_world.settings.data_dir / _FLAG
    refuse = _refusal(flag)
    event.listen(Engine, "do_execute", refuse)
    yield flag
    event.remove(Engine, "do_execute", refuse)


def test_what_is_running_ends_and_what_is_handed_in_waits(embedded_world: QueueWorld, flag: Path) -> None:
    world = embedded_world
    (running,) = world.submit(samples_per_class=5)
    (waiting,) = world.submit(first_seed=1, **_SHORT)
    worker = world.worker(target=work_on_a_small_disk)
    world.await_states([running], "running")
    flag.touch()
    (late,) = world.submit(first_seed=10, queued=False, **_SHORT)
    with pytest.raises(StoreFull, match="no space to write"):
        world.jobs.enqueue(late, 1, priority=1, files=Files("toy-shapes"))
    # Its results lie in the store, and only that it has ended cannot be written into the queue.
    world.await_states([running], "succeeded")
    assert world.states([waiting, late]) == ["queued"] * 2
    flag.unlink()
    world.await_states([waiting, late], "succeeded")
    assert worker.is_alive()
    assert [row.phase for row in world.results(late)] == ["full"]
