"""Reports by class in the store: of each model, benchmark version and protocol the latest one."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.orm import Session

from backend.store.tables import Benchmark, ClassReport, JsonObject


def keep(
    session: Session,
    which: tuple[str, str, str, str],
    report: Mapping[str, JsonValue],
    *,
    evaluation_id: str | None,
    measured_at: datetime,
) -> None:
    """Keep a report, in the place of an earlier one; call it in `writing`.

    Args:
        session: from `writing`.
        which: model, benchmark, digest of its version (empty for the built-in ones) and protocol.
        report: as JSON.
        evaluation_id: of the job that measured it, if it was one.
        measured_at: with its zone.
    """
    names = ("model_id", "benchmark", "benchmark_digest", "protocol")
    session.merge(
        ClassReport(
            **dict(zip(names, which, strict=True)),
            report=dict(report),
            evaluation_id=evaluation_id,
            measured_at=measured_at,
        )
    )
    session.flush()


def class_report(session: Session, model_id: str, benchmark: str, protocol: str) -> JsonObject | None:
    """The report of a model on a benchmark as it is now; None where there is none."""
    suite = session.get(Benchmark, benchmark)
    # Empty and not NULL, which a primary key does not take.
    digest = "" if suite is None or suite.digest is None else suite.digest
    found = session.get(ClassReport, (model_id, benchmark, digest, protocol))
    return None if found is None else found.report
