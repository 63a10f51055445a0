"""Evaluations that go back into the queue, because their worker lacks something: others are measured meanwhile."""

import shutil
from datetime import UTC, datetime

from backend.store.evaluations import EvaluationRecord, Holder
from backend.store.file_store import FileGone
from backend.store.tables import NotedProgress
from backend.store.waits import MOST_ROOM_TRIES, WAITS_FOR_CHECKPOINT, WAITS_FOR_WEIGHTS_ROOM, room_pause_seconds
from evaluation.errors import NoRoomForWeights
from quba.errors import Refusal


def wait_for(lack: FileGone | NoRoomForWeights, record: EvaluationRecord, holder: Holder) -> NotedProgress | Refusal:
    """What is noted of an evaluation that goes back into the queue; a refusal where it has been tried often enough.

    Args:
        lack: what its worker lacks.
        record: as it was when the worker took it.
        holder: the worker.
    """
    if isinstance(lack, FileGone):
        return {"stage": WAITS_FOR_CHECKPOINT}
    before = (record.progress or {}).get("room")
    tries = 1 if before is None else before["tries"] + 1
    if tries >= MOST_ROOM_TRIES:
        return Refusal(lack.code, f"{lack.message} That was found {tries} times.", lack.hint)
    return {
        "stage": WAITS_FOR_WEIGHTS_ROOM,
        "room": {
            "worker_id": holder.worker_id,
            "folder": str(lack.folder),
            "needed_bytes": lack.needed_bytes,
            "tries": tries,
        },
    }


def may_have_room(record: EvaluationRecord, *, now: datetime | None = None) -> bool:
    """Whether a queued evaluation is to be handed in again as far as room for its weights goes.

    A disk that visibly lacks the room is never tried, and that counts as no try: somebody has to clear it, however long
    that takes. Where the need is not known, as of what libraries fetch by themselves, only trying tells.

    Args:
        record: of one that waits.
        now: the time; the current one when absent.
    """
    room = (record.progress or {}).get("room")
    if room is None:
        return True
    waited = (now or datetime.now(UTC)) - record.updated_at
    if waited.total_seconds() < room_pause_seconds(room["tries"]):
        return False
    if room["needed_bytes"] is None:
        return True
    try:
        return shutil.disk_usage(room["folder"]).free >= room["needed_bytes"]
    except OSError:
        # One that is not here, or not to be seen, is another worker's, and weights are kept elsewhere here.
        return True
