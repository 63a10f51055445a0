"""What evaluations leave on disk, and until when it is kept: finished steps, and the files of checkpoints."""

import logging
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from backend.private_files import private_file, private_folder
from backend.store import checkpoints, evaluations
from backend.store.engine import reading
from backend.store.evidence import evidence_files_named
from backend.store.evidence_files import EvidenceFiles
from quba.vocabulary import FINAL_STATES, SUCCEEDED

logger = logging.getLogger(__name__)

_USERS = "used-by"
# A file is written before its row. A writer whose database is full or away may try again for long.
_UNNAMED_AFTER = timedelta(days=7)


def hold_steps(steps: Path, evaluation_id: str) -> None:
    """Note beside finished steps that an evaluation uses them: another one of the same model may, too.

    Args:
        steps: folder of one model's steps under one request.
        evaluation_id: which evaluation uses them.

    Raises:
        OSError: it cannot be written.
    """
    private_file(private_folder(steps / _USERS) / evaluation_id)


def release_steps(steps: Path, evaluation_id: str) -> None:
    """Take an evaluation's note away; the steps go with the last one."""
    (steps / _USERS / evaluation_id).unlink(missing_ok=True)
    remove_unused_steps(steps)


def remove_unused_steps(steps: Path) -> None:
    """Delete finished steps unless an evaluation uses them; what cannot be deleted is logged."""
    if not steps.exists() or users_of(steps):
        return
    try:
        shutil.rmtree(steps)
    except OSError as error:
        logger.warning("the finished steps in %s could not be deleted: %s", steps, error)


def users_of(steps: Path) -> list[str]:
    """The evaluations that use a folder of finished steps; none where `wellbehaved evaluate` made it."""
    users = steps / _USERS
    return sorted(path.name for path in users.iterdir()) if users.is_dir() else []


def remove_unneeded(
    engine: Engine, *, steps: Path, checkpoint_files: Path, evidence: EvidenceFiles, days: int | None, now: datetime
) -> None:
    """Delete the files that no evaluation needs any more.

    Finished steps go when their evaluations have succeeded or are deleted. With a limit of days, they also go so long
    after a failed or cancelled evaluation, and a checkpoint's files so long after it was uploaded, or uploaded again,
    and after its last evaluation has ended. Values that were measured stay, and so do rows of the store and the files
    of evidence that they name.

    Args:
        engine: of the store.
        steps: folder with a folder of finished steps for each model and request.
        checkpoint_files: folder of the checkpoints' files.
        evidence: of measured models; files that no row names go once nobody can be about to name them.
        days: how long files are kept; None for as long as somebody could want them.
        now: the time, with its zone.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    limit = None if days is None else now - timedelta(days=days)
    for folder in sorted(path for path in steps.iterdir() if path.is_dir()) if steps.is_dir() else []:
        for evaluation_id in users_of(folder):
            if not _wants_steps(engine, evaluation_id, limit):
                logger.info("deleting the finished steps of %s in %s", evaluation_id, folder)
                release_steps(folder, evaluation_id)
    with reading(engine) as session:
        named = evidence_files_named(session)
    evidence.remove_unnamed(named, before=now - _UNNAMED_AFTER)
    if limit is not None and checkpoint_files.is_dir():
        _remove_checkpoints(engine, checkpoint_files, limit)


def _wants_steps(engine: Engine, evaluation_id: str, limit: datetime | None) -> bool:
    with reading(engine) as session:
        record = evaluations.record(session, evaluation_id)
    if record is None or record.state == SUCCEEDED:
        return False
    return limit is None or record.state not in FINAL_STATES or record.updated_at >= limit


def _remove_checkpoints(engine: Engine, folder: Path, limit: datetime) -> None:
    with reading(engine) as session:
        unneeded = checkpoints.unneeded_since(session, limit)
    for checkpoint_id in unneeded:
        files = sorted(folder.glob(f"{checkpoint_id}.*"))
        # Uploading the same file again renews its time, and what was rewritten was wanted then.
        if files and max(file.stat().st_mtime for file in files) < limit.timestamp():
            logger.info("deleting the file of checkpoint %s, not needed since %s", checkpoint_id, limit.isoformat())
            for file in files:
                file.unlink(missing_ok=True)
