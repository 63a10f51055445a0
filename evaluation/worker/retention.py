"""What evaluations leave on disk, and until when it is kept: finished steps, and the files of checkpoints."""

import logging
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from backend.private_files import private_file, private_folder
from backend.store import checkpoints, evaluations
from backend.store.engine import reading
from backend.store.evidence import evidence_files_named
from backend.store.evidence_files import EvidenceFiles
from backend.store.file_store import FileStore, KeptFile
from quba.vocabulary import FINAL_STATES, SUCCEEDED

logger = logging.getLogger(__name__)

_USERS = "used-by"
_IDENTIFIER = re.compile("[0-9a-f]{64}")
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
    engine: Engine,
    *,
    steps: Path,
    checkpoint_files: FileStore,
    evidence: EvidenceFiles,
    days: int | None,
    now: datetime,
) -> None:
    """Delete the files that no evaluation needs any more.

    Finished steps go when their evaluations have succeeded or are deleted. With a limit of days, they also go so long
    after a failed or cancelled evaluation, and a checkpoint's files so long after it was uploaded, or uploaded again,
    and after its last evaluation has ended. Values that were measured stay, and so do rows of the store and the files
    of evidence that they name.

    Args:
        engine: of the store.
        steps: folder with a folder of finished steps for each model and request.
        checkpoint_files: the checkpoints' files; those of no row go once nobody can be about to add it.
        evidence: of measured models; files that no row names go once nobody can be about to name them.
        days: how long files are kept; None for as long as somebody could want them.
        now: the time, with its zone.

    Raises:
        StoreUnavailable: the database does not answer.
        FilesUnavailable: the store of files cannot be used.
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
    _remove_checkpoints(engine, checkpoint_files, limit, now - _UNNAMED_AFTER)
    checkpoint_files.remove_left_over(now - _UNNAMED_AFTER)


def _wants_steps(engine: Engine, evaluation_id: str, limit: datetime | None) -> bool:
    with reading(engine) as session:
        record = evaluations.record(session, evaluation_id)
    if record is None or record.state == SUCCEEDED:
        return False
    return limit is None or record.state not in FINAL_STATES or record.updated_at >= limit


def _remove_checkpoints(engine: Engine, files: FileStore, limit: datetime | None, unknown_before: datetime) -> None:
    """Delete the files of checkpoints that no row knows, and with a limit those that nobody has needed since."""
    found: dict[str, list[KeptFile]] = {}
    for each in files.entries():
        found.setdefault(each.name.partition(".")[0], []).append(each)
    # After the files were listed: a row that was added meanwhile is known.
    with reading(engine) as session:
        known = checkpoints.identifiers(session)
        unneeded = set() if limit is None else set(checkpoints.unneeded_since(session, limit))
    for checkpoint_id, kept in found.items():
        # Uploading the same file again renews its time, and what was rewritten was wanted then.
        wanted_at = max(each.wanted_at for each in kept)
        lost = _IDENTIFIER.fullmatch(checkpoint_id) and checkpoint_id not in known and wanted_at < unknown_before
        if lost or (limit is not None and checkpoint_id in unneeded and wanted_at < limit):
            logger.info("deleting the file of checkpoint %s, not needed since %s", checkpoint_id, wanted_at.isoformat())
            for each in kept:
                files.remove(each.name)
