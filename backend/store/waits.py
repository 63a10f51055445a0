"""What an evaluation of the queue waits for beside its turn: its worker lacked it, and put the evaluation back."""

from collections.abc import Mapping
from typing import Final

from backend.store.tables import NotedProgress

WAITS_FOR_CHECKPOINT: Final = (
    "waiting for the checkpoint's file, which is gone: upload it again and submit it as before"
)
"""The stage of one that was put back into the queue for want of its file."""
WAITS_FOR_WEIGHTS_ROOM: Final = "waiting for room for its weights on a worker's disk"
"""The stage of one whose weights did not fit where its worker keeps fetched ones."""
KINDS: Final[Mapping[str, str]] = {WAITS_FOR_CHECKPOINT: "checkpoint", WAITS_FOR_WEIGHTS_ROOM: "room"}
"""By stage, the short name of what is waited for."""
MOST_ROOM_TRIES: Final = 24
"""How often weights may turn out not to fit: with `room_pause_seconds` between, at least 18 hours."""
NO_ROOM: Final = (
    "The disk that {worker} keeps fetched weights on, in {folder}, has no room for those of this model{needed}. It is "
    "tried again by itself once there may be room (try {next} of {most}), and other evaluations go on meanwhile. Free "
    "space there; submit the evaluation again to have it tried at once."
)
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 60.0, 3600.0


def waits_for(progress: NotedProgress | None) -> str | None:
    """What a queued evaluation waits for beside its turn, as a sentence; None where it is its turn alone.

    Args:
        progress: of an evaluation whose state is "queued".

    >>> waits_for({"stage": "clean"}), waits_for(None)
    (None, None)
    """
    noted = progress or {}
    stage, room = noted.get("stage"), noted.get("room")
    if stage == WAITS_FOR_CHECKPOINT:
        return f"This is {WAITS_FOR_CHECKPOINT}."
    if stage != WAITS_FOR_WEIGHTS_ROOM or room is None:
        return None
    needed = room["needed_bytes"]
    return NO_ROOM.format(
        worker=room["worker_id"],
        folder=room["folder"],
        needed="" if needed is None else f", {needed / 1e6:,.0f} MB more",
        next=room["tries"] + 1,
        most=MOST_ROOM_TRIES,
    )


def room_pause_seconds(tries: int) -> float:
    """How long to leave an evaluation alone whose weights did not fit: longer each time, up to an hour.

    Args:
        tries: how often they did not, 1 or more.

    >>> [room_pause_seconds(tries) for tries in (1, 2, 3, 10)]
    [60.0, 120.0, 240.0, 3600.0]
    """
    return float(min(_FIRST_PAUSE_SECONDS * 2.0 ** min(tries - 1, 10), _LONGEST_PAUSE_SECONDS))
