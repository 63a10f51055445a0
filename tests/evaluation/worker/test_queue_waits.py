"""Evaluations that go back into the queue: what is noted of them, and when they are handed in again."""

import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from backend.store.evaluations import EvaluationRecord, Holder
from backend.store.file_store import FileGone
from backend.store.tables import NotedProgress
from backend.store.waits import MOST_ROOM_TRIES, WAITS_FOR_CHECKPOINT
from evaluation.errors import NoRoomForWeights
from evaluation.worker.queue_waits import may_have_room, wait_for
from quba.errors import Refusal
from tests.backend.measured_again import AT

HOLDER = Holder(worker_id="me", attempt=1)


def record(progress: Any = None) -> EvaluationRecord:  # noqa: ANN401 - as it was noted
    return cast(EvaluationRecord, SimpleNamespace(progress=progress, updated_at=AT))


def lack(folder: Path, needed: int | None = None) -> NoRoomForWeights:
    return NoRoomForWeights("the weights of net do not fit.", folder=folder, needed_bytes=needed)


def waiting(folder: Path, tries: int, needed: int | None = None) -> NotedProgress:
    noted: NotedProgress | Refusal | None = None
    for _ in range(tries):
        noted = wait_for(lack(folder, needed), record(noted), HOLDER)
    assert isinstance(noted, dict)
    return noted


def test_a_checkpoint_that_is_gone_is_waited_for_without_end(tmp_path: Path) -> None:
    assert wait_for(FileGone("x"), record(waiting(tmp_path, 5)), HOLDER) == {"stage": WAITS_FOR_CHECKPOINT}
    assert may_have_room(record({"stage": WAITS_FOR_CHECKPOINT}), now=AT)


def test_tries_are_counted_and_come_to_an_end(tmp_path: Path) -> None:
    assert waiting(tmp_path, 3, 7).get("room") == {
        "worker_id": "me", "folder": str(tmp_path), "needed_bytes": 7, "tries": 3,
    }  # fmt: skip
    # What a run noted in between counts for nothing.
    assert cast(Any, wait_for(lack(tmp_path), record({"stage": "clean"}), HOLDER))["room"]["tries"] == 1
    last = wait_for(lack(tmp_path), record(waiting(tmp_path, MOST_ROOM_TRIES - 1)), HOLDER)
    assert isinstance(last, Refusal)
    assert (last.code, last.message) == (
        "no_room_for_weights", f"the weights of net do not fit. That was found {MOST_ROOM_TRIES} times.",
    )  # fmt: skip


def test_it_is_left_alone_for_a_while_that_grows(tmp_path: Path) -> None:
    for tries, seconds in ((1, 60), (2, 120), (8, 3600)):
        waits = record(waiting(tmp_path, tries))
        assert not may_have_room(waits, now=AT + timedelta(seconds=seconds - 1))
        assert may_have_room(waits, now=AT + timedelta(seconds=seconds))
    # By the clock of the machine, without another.
    assert may_have_room(record(waiting(tmp_path, 1)))


@pytest.mark.parametrize(("free", "has_room"), [(99, False), (100, True)])
def test_a_disk_that_visibly_has_no_room_is_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, has_room: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    later = AT + timedelta(days=1)
    assert may_have_room(record(waiting(tmp_path, 1, needed=100)), now=later) is has_room
    # How much is needed is not known.
    assert may_have_room(record(waiting(tmp_path, 1)), now=later)


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError, OSError])
def test_a_folder_of_another_machine_or_user_says_nothing_of_the_room_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    def fail(folder: str) -> None:
        raise error(folder)

    monkeypatch.setattr(shutil, "disk_usage", fail)
    assert may_have_room(record(waiting(tmp_path, 1, needed=100)), now=AT + timedelta(days=1))
