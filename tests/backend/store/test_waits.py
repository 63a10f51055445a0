"""What a queued evaluation waits for beside its turn."""

import pytest

from backend.store.tables import NotedProgress
from backend.store.waits import (
    KINDS,
    MOST_ROOM_TRIES,
    WAITS_FOR_CHECKPOINT,
    WAITS_FOR_WEIGHTS_ROOM,
    room_pause_seconds,
    waits_for,
)


def lack(needed: int | None, tries: int) -> NotedProgress:
    room = {"worker_id": "gpu-0", "folder": "/cache", "needed_bytes": needed, "tries": tries}
    return {"stage": WAITS_FOR_WEIGHTS_ROOM, "room": room}  # type: ignore[typeddict-item]


def test_the_lack_of_room_is_said_with_its_place_and_what_happens_next() -> None:
    assert waits_for(lack(1_234_567_890, 2)) == (
        "The disk that gpu-0 keeps fetched weights on, in /cache, has no room for those of this model, 1,235 MB more. "
        f"It is tried again by itself once there may be room (try 3 of {MOST_ROOM_TRIES}), and other evaluations go on "
        "meanwhile. Free space there; submit the evaluation again to have it tried at once."
    )
    assert "has no room for those of this model. It is" in (waits_for(lack(None, 1)) or "")


@pytest.mark.parametrize("progress", [None, {}, {"stage": "clean"}, {"stage": WAITS_FOR_WEIGHTS_ROOM}])
def test_who_waits_for_its_turn_alone_has_nothing_to_say(progress: NotedProgress | None) -> None:
    assert waits_for(progress) is None


def test_the_pauses_grow_to_an_hour_and_come_to_most_of_a_day() -> None:
    pauses = [room_pause_seconds(tries) for tries in range(1, MOST_ROOM_TRIES)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1], room_pause_seconds(10_000)) == (60.0, 3600.0, 3600.0)
    assert 18 < sum(pauses) / 3600 < 19


def test_each_stage_has_a_short_name() -> None:
    assert KINDS == {WAITS_FOR_CHECKPOINT: "checkpoint", WAITS_FOR_WEIGHTS_ROOM: "room"}
    assert (waits_for({"stage": WAITS_FOR_CHECKPOINT}) or "").startswith("This is waiting for the checkpoint's file")
