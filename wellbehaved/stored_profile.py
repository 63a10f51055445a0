"""The profile of a model that was measured here and is in the local store."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from wellbehaved.installed_dimensions import adopt_installed
from wellbehaved.profile import Profile
from wellbehaved.profile_content import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from backend.store.tables import Benchmark, Measurement
    from quba.measuring.evidence import Evidence

_MEASURED_HERE = "evaluation"


def stored_profile(model_id: str, benchmark: str, protocol: str | None = None) -> Profile | None:
    """What the local store keeps of a model.

    Args:
        model_id: of the model.
        benchmark: key.
        protocol: of the values; the benchmark's own unless given.

    Returns:
        Values, reasons and evidence; None where the store has no such model, benchmark or store at all.

    Raises:
        Refusal: `no_evidence`, where the model's values came without; or the file of it cannot be read.
    """
    from backend.settings import Settings
    from backend.store.engine import create_store_engine, reading
    from backend.store.errors import StoreUnavailable
    from backend.store.evidence import evidence_file
    from backend.store.evidence_files import EvidenceFiles, Owner
    from backend.store.measurements import measurements_of
    from backend.store.opened_files import evidence_store
    from backend.store.tables import Benchmark

    settings = Settings()
    engine = create_store_engine(settings.resolved_database_url)
    try:
        with reading(engine) as session:
            suite = session.get(Benchmark, benchmark)
            if suite is None:
                return None
            asked = protocol or suite.default_protocol
            rows = measurements_of(session, model_id, suite.key, asked)
            if not rows:
                return None
            owner = Owner(model_id=model_id, benchmark=suite.key, digest=suite.digest or "", protocol=asked)
            file = evidence_file(session, owner)
            if file is None:
                raise _without_evidence(model_id)
            return _profile(session, suite, rows, EvidenceFiles(evidence_store(settings)).read(file))
    except StoreUnavailable:
        # Names and folders can be measured without a store.
        return None
    finally:
        engine.dispose()


def _profile(session: Session, suite: Benchmark, rows: Mapping[str, Measurement], evidence: Evidence) -> Profile:
    from backend.imports.flags import FLAGS
    from backend.store import class_reports
    from backend.store.models import model_record
    from evaluation.models.identity import Identity
    from quba.vocabulary import CHANCE_LEVEL
    from wellbehaved.at_chance import with_chance_flags

    # Of packages; what the store has beside them by import is no part of the evidence.
    adopt_installed([*evidence.values, *evidence.missing])
    # Values that the evidence is of: others may have been measured on other images.
    kept = {key: rows[key] for key in DIMENSIONS if key in rows and _is_of(rows[key], evidence)}
    if not kept:
        raise _without_evidence(next(iter(rows.values())).model_id)
    # Rows without a time sort first; times alone are compared with times.
    latest = max(kept.values(), key=lambda row: (row.measured_at is not None, row.measured_at))
    record = model_record(session, latest.model_id)
    assert record is not None  # noqa: S101 - a row of the store has a model
    results = {key: _plain(row) for key, row in kept.items()}
    class_count = _class_count(session, suite.key)
    flagged = with_chance_flags(results, class_count)
    return Profile(
        name=record.name,
        identity={
            each.name: record.id if each.name == "model_id" else getattr(record, each.name) for each in fields(Identity)
        },
        setting=Setting(
            benchmark_label=suite.label,
            class_count=class_count,
            precision=latest.precision or "",
            device=latest.device or "",
            versions=latest.library_versions,
            ingredients={key: row.ingredients_digest for key, row in kept.items()},
            measured_at=latest.measured_at.isoformat(timespec="seconds") if latest.measured_at else "",
            seconds=None,
        ),
        evidence=evidence,
        results=results,
        guesses={key: FLAGS[CHANCE_LEVEL].meaning for key, each in flagged.items() if CHANCE_LEVEL in each["flags"]},
        class_report=class_reports.class_report(session, record.id, suite.key, latest.protocol),
    )


def _without_evidence(model_id: str) -> Refusal:
    return Refusal(
        "no_evidence",
        f"{model_id} is in the store with values alone: published, imported, or measured before evidence was kept.",
        "Measure it here, or name a checkpoint or a saved profile.",
    )


def _is_of(row: Measurement, evidence: Evidence) -> bool:
    # Equal to the last bit: both were written from one number.
    return row.source == _MEASURED_HERE and evidence.values.get(row.dimension) == row.value


def _plain(row: Measurement) -> dict[str, Any]:
    return {
        "value": row.value,
        "standard_error": row.standard_error,
        "sample_count": row.sample_count,
        "parts": dict(row.parts),
        "flags": list(row.flags),
        "missing": row.missing_reason,
        "detail": row.note or None,
    }


def _class_count(session: Session, benchmark: str) -> int:
    from backend.store.own_benchmarks import class_names
    from quba.benchmarks import BUILT_IN

    return BUILT_IN[benchmark].class_count if benchmark in BUILT_IN else len(class_names(session, benchmark) or ())
