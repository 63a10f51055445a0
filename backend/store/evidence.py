"""Evidence in the store: of each model, benchmark version and protocol one row, and one file beside the database.

A file is there before its row and goes after it, so that a crash in between leaves a file that nobody names, and never
a row whose file was not written.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime

import numpy as np
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from backend.store.engine import writing
from backend.store.evidence_files import EvidenceFile, EvidenceFiles, Owner
from backend.store.measurements import measurements_of
from backend.store.tables import KeptEvidence
from quba.errors import Refusal
from quba.measuring.evidence import Evidence

logger = logging.getLogger(__name__)


@contextmanager
def tidying(engine: Engine, files: EvidenceFiles) -> Iterator[Session]:
    """A session as from `writing`; files that no row names any more are deleted once it is committed.

    Raises:
        StoreUnavailable: as `writing`.
    """
    # Compared inside the transaction that changes the rows: no other writer can name a file in between.
    with writing(engine) as session:
        before = evidence_files_named(session)
        yield session
        session.flush()
        gone = before - evidence_files_named(session)
    # After the commit: had it failed, the rows would still name these files.
    files.remove(gone)


def evidence_file(session: Session, owner: Owner) -> EvidenceFile | None:
    """The file of what was kept; None where nothing was."""
    found = session.get(KeptEvidence, owner.key, populate_existing=True)
    if found is None:
        return None
    return EvidenceFile(file=found.file, sha256=found.sha256, size_bytes=found.size_bytes)


def evidence_files_named(session: Session) -> set[str]:
    """The names of all files that rows name."""
    return set(session.scalars(select(KeptEvidence.file)))


def keep_evidence(
    session: Session,
    files: EvidenceFiles,
    owner: Owner,
    evidence: Evidence,
    *,
    evaluation_id: str | None,
    measured_at: datetime,
) -> None:
    """Keep what was measured, in the place of an earlier measurement; call it in `tidying`, after the values.

    What was measured under the same conditions is joined, so that a dimension that is measured later takes nothing
    away. Otherwise that evidence stays which more of the stored values rest on: values of many images are not replaced
    by those of a subset, and neither is what they rest on.

    Args:
        session: with the values of this measurement.
        files: where the file goes.
        owner: whose it is.
        evidence: of the run.
        evaluation_id: of the job that measured it, if it was one.
        measured_at: with its zone.

    Raises:
        OSError: the file cannot be written.
        FilesUnavailable: the store of files cannot be used, or has fallen silent; found out within seconds, because all
            other writers wait meanwhile.
    """
    files = files.impatient
    held = evidence_file(session, owner)
    earlier = None if held is None else _readable(files, held)
    if earlier is not None:
        evidence = _union(earlier, evidence)
        stored = {
            key: each.value
            for key, each in measurements_of(
                session, owner.model_id, owner.benchmark, owner.protocol, digest=owner.digest
            ).items()
        }
        # A subset measured after all images explains none of the stored values, and must not take their evidence away.
        if _explained_count(evidence, stored) < _explained_count(earlier, stored):
            return
    written = files.write(owner, evidence)
    session.merge(
        KeptEvidence(
            model_id=owner.model_id,
            benchmark=owner.benchmark,
            benchmark_digest=owner.digest,
            protocol=owner.protocol,
            **asdict(written),
            evaluation_id=evaluation_id,
            measured_at=measured_at,
        )
    )
    session.flush()


def _readable(files: EvidenceFiles, held: EvidenceFile) -> Evidence | None:
    try:
        return files.read(held)
    except Refusal as refusal:
        logger.warning("earlier evidence is replaced: %s", refusal)
        return None


def _union(earlier: Evidence, later: Evidence) -> Evidence:
    """Two measurements under the same conditions as one, the later one first; the later alone where they differ."""
    if earlier.conditions != later.conditions or _differ_in_images(earlier, later):
        return later
    values = {**earlier.values, **later.values}
    return replace(
        later,
        values=values,
        standard_errors={**earlier.standard_errors, **later.standard_errors},
        replicates={
            # Replicates of a value that was measured again are those of another value now.
            **{key: each for key, each in earlier.replicates.items() if key not in later.values},
            **later.replicates,
        },
        missing={key: why for key, why in {**earlier.missing, **later.missing}.items() if key not in values},
        right={**earlier.right, **later.right},
        unread={
            **{name: places for name, places in earlier.unread.items() if name not in later.right},
            **later.unread,
        },
        labels=earlier.labels if later.labels is None else later.labels,
        confidence=earlier.confidence if later.confidence is None else later.confidence,
    )


def _differ_in_images(earlier: Evidence, later: Evidence) -> bool:
    """Whether a pass of both is of other images, as where files were added or mended in between."""
    common = earlier.right.keys() & later.right.keys()
    # By their places: as many images may be others, where one was mended and another lost.
    return any(not np.array_equal(earlier.places(name), later.places(name)) for name in common)


def _explained_count(evidence: Evidence, stored: Mapping[str, float | None]) -> int:
    """How many of the stored values it is the evidence of."""
    return sum(stored.get(key) == value for key, value in evidence.values.items() if key in evidence.replicates)
