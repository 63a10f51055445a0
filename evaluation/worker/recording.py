"""Storing what was measured: the only file of the evaluation that knows the store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend.imports.model_facts import with_facts
from backend.store import class_reports, data_versions
from backend.store.benchmarks import ensure_built_in
from backend.store.engine import writing
from backend.store.evidence import keep_evidence, tidying
from backend.store.evidence_files import EvidenceFiles, Owner
from backend.store.measurements import EvaluatedMeasurement, measurements_of, record_evaluated
from backend.store.models import ModelRecord, add_models, model_records
from backend.store.models import identity as identity_of
from backend.store.names import acceptable, alike
from backend.store.tables import Benchmark as BenchmarkRow
from evaluation.benchmark import Benchmark
from evaluation.engine.determinants import library_versions
from evaluation.engine.ingredients import dimension_digest
from evaluation.engine.packages import packages_of
from evaluation.engine.run import Result, Run
from evaluation.engine.stages import OF_CLEAN_IMAGES, Request
from evaluation.models.identity import Identity
from quba.dimensions import DIMENSIONS
from quba.measuring.evidence import Evidence
from quba.measuring.observations import Measured

SOURCE = "evaluation"
_LONGEST_NAME = 200
_LONGEST_ID = 100
_DIGEST_CHARACTERS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What storing did.

    Attributes:
        model_id: under which the results stand.
        stored: dimensions that have a new row or a new value.
        kept: dimensions whose stored value stays.
        data_version: public name of the data version after it.
    """

    model_id: str
    stored: tuple[str, ...]
    kept: tuple[str, ...]
    data_version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """How results came to be, beside the request.

    Attributes:
        device: that computed them.
        unreadable: images left out, by stage.
        evaluation_id: of the job, if it was one.
        visibility: of a model that is new to the store: "public" or "private".
        class_report: of the model as JSON, if there is one.
        evidence: of the model, to be kept where there are files for it.
        evidence_files: where.
        library_versions: that measured; those of this process unless given.
    """

    device: str
    unreadable: Mapping[str, int]
    evaluation_id: str | None = None
    visibility: str = "public"
    class_report: Mapping[str, JsonValue] | None = None
    evidence: Evidence | None = None
    evidence_files: EvidenceFiles | None = None
    library_versions: Mapping[str, str] | None = None


def circumstances_of(
    run: Run, name: str, *, device: str, files: EvidenceFiles, evaluation_id: str | None = None
) -> Circumstances:
    """All that is kept of a model beside its values, from the run that measured it.

    Args:
        run: that is finished; its steps must still be there.
        name: of the model.
        device: that computed the values.
        files: where the evidence goes.
        evaluation_id: of the job, if it was one; its model is its owner's until it is published.
    """
    # What is measured with defects is held against published values alone, never against another model.
    released = run.request.released
    return Circumstances(
        device=device,
        unreadable=run.unreadable(name),
        evaluation_id=evaluation_id,
        visibility="public" if evaluation_id is None else "private",
        class_report=None if released else class_report_of(run, name),
        evidence=None if released else run.evidence(name),
        evidence_files=files,
    )


def class_report_of(run: Run, name: str) -> Mapping[str, JsonValue] | None:
    """A model's report by class as the store keeps it; None where the clean images were not measured."""
    found = run.class_report(name)
    return None if found is None else found.as_json(run.request.benchmark.classes)


def record(
    engine: Engine,
    identity: Identity,
    results: Mapping[str, Result],
    *,
    request: Request,
    circumstances: Circumstances,
    now: datetime | None = None,
) -> Recorded:
    """Store the results of one model in one transaction; the ranking shows them from then on.

    A published value is never replaced: where the model has one under this benchmark and protocol, the results stand
    beside it as a model of its own.

    Args:
        engine: of a migrated store.
        identity: of the model.
        results: by dimension.
        request: that they answer.
        circumstances: of the run.
        now: time to record; the current one when absent.

    Raises:
        OSError: the evidence cannot be written; nothing is stored then.
        StoreUnavailable: the database does not answer or was never migrated.
    """
    files = circumstances.evidence_files
    with writing(engine) if files is None else tidying(engine, files) as session:
        return record_in(session, identity, results, request=request, circumstances=circumstances, now=now)


def record_in(
    session: Session,
    identity: Identity,
    results: Mapping[str, Result],
    *,
    request: Request,
    circumstances: Circumstances,
    now: datetime | None = None,
) -> Recorded:
    """Store the results of one model as a part of a transaction of `tidying`; as `record` otherwise."""
    now = now or datetime.now(UTC)
    _ensure_benchmark(session, request.benchmark)
    owner = _owner(session, identity, request, circumstances.visibility)
    rows = [_row(owner.id, key, result, request, circumstances, now) for key, result in results.items()]
    # In the same transaction as the version below: a ranking never shows one without the other.
    stored = record_evaluated(session, rows)
    if circumstances.class_report is not None:
        class_reports.keep(
            session,
            (owner.id, request.benchmark.key, request.benchmark.digest or "", request.protocol.value),
            circumstances.class_report,
            evaluation_id=circumstances.evaluation_id,
            measured_at=now,
        )
    _keep_evidence(session, owner.id, request, circumstances, now)
    # A new version empties every cache; where nothing changed, nothing is emptied.
    if stored:
        data_versions.record(
            session,
            reason=f"evaluation of {owner.id}",
            changes=[[SOURCE, identity_of(owner), *(_change(each) for each in stored)]],
            created_at=now,
        )
    names = tuple(each.dimension for each in stored)
    return Recorded(
        model_id=owner.id,
        stored=names,
        kept=tuple(key for key in results if key not in names),
        data_version=data_versions.current_name(session),
    )


def _keep_evidence(
    session: Session, model_id: str, request: Request, circumstances: Circumstances, now: datetime
) -> None:
    if circumstances.evidence is None or circumstances.evidence_files is None:
        return
    benchmark = request.benchmark
    keep_evidence(
        session,
        circumstances.evidence_files,
        Owner(
            model_id=model_id,
            benchmark=benchmark.key,
            digest=benchmark.digest or "",
            protocol=request.protocol.value,
        ),
        circumstances.evidence,
        evaluation_id=circumstances.evaluation_id,
        measured_at=now,
    )


def _ensure_benchmark(session: Session, benchmark: Benchmark) -> None:
    ensure_built_in(session)
    session.flush()
    if session.get(BenchmarkRow, benchmark.key) is None:
        session.add(
            BenchmarkRow(
                key=benchmark.key,
                label=benchmark.label,
                description="",
                class_count=benchmark.class_count,
                default_protocol=benchmark.default_protocol,
            )
        )
        session.flush()


def _owner(session: Session, identity: Identity, request: Request, visibility: str) -> ModelRecord:
    """The model that the results belong to, added where the store lacks it."""
    records = model_records(session)
    origin = (identity.source_library, identity.source_identifier)
    # Weights are told apart by where they come from; a name alone may be somebody else's.
    same = [each for each in records.values() if (each.source_library, each.source_identifier) == origin]
    for each in same:
        # The study's and imported values are evidence of somebody else's: ours may stand beside them only.
        if not _published(session, each.id, request):
            return each
    fresh = with_facts(_fresh(identity, visibility))
    if same:
        fresh = replace(
            same[0],
            id=f"{same[0].id}-evaluated"[:_LONGEST_ID],
            name=f"{same[0].name} (evaluated here)"[:_LONGEST_NAME],
            published_name=None,
            study_name=None,
            published_row=None,
            label_flags=(),
            note="Measured here, beside the published values of the same weights.",
            visibility=visibility,
        )
    # Names are compared as a reader would: two that look alike in a ranking are as bad as two that are equal.
    elif fresh.id in records or any(alike(each.name) == alike(fresh.name) for each in records.values()):
        mark = (identity.source_identifier or "another").rpartition(":")[2][:_DIGEST_CHARACTERS]
        fresh = replace(fresh, id=f"{fresh.id}-{mark}"[:_LONGEST_ID], name=f"{fresh.name} ({mark})"[:_LONGEST_NAME])
    add_models(session, [fresh])
    return fresh


def _published(session: Session, model_id: str, request: Request) -> bool:
    """Whether a model has values of others that an evaluation would have to replace."""
    digest = request.benchmark.digest or ""
    held = measurements_of(session, model_id, request.benchmark.key, request.protocol.value, digest=digest)
    # What no evaluation measures, such as latencies and other people's tables, is in nobody's way.
    return any(row.source != SOURCE for key, row in held.items() if key in DIMENSIONS and DIMENSIONS[key].measurable)


def _fresh(identity: Identity, visibility: str) -> ModelRecord:
    return ModelRecord(
        id=identity.model_id,
        # Who evaluates without the service has only the file's name, which nobody has looked at.
        name=acceptable(identity.name, _LONGEST_NAME),
        architecture=identity.architecture,
        training=identity.training,
        recipe=identity.recipe,
        head=identity.head,
        pretraining_data=identity.pretraining_data,
        backbone=identity.backbone,
        lineage=None,
        source_library=identity.source_library,
        source_identifier=identity.source_identifier,
        paper_title=None,
        published_name=None,
        study_name=None,
        published_row=None,
        label_flags=(),
        note=identity.note,
        visibility=visibility,
    )


def _row(
    model_id: str, key: str, result: Result, request: Request, circumstances: Circumstances, now: datetime
) -> EvaluatedMeasurement:
    measured = result if isinstance(result, Measured) else None
    return EvaluatedMeasurement(
        model_id=model_id,
        benchmark=request.benchmark.key,
        protocol=request.protocol.value,
        dimension=key,
        value=measured.value if measured else None,
        missing_reason=None if isinstance(result, Measured) else result.reason.value,
        source=SOURCE,
        sample_count=measured.sample_count if measured else None,
        parts=dict(result.parts),
        flags=measured.flags if measured else (),
        standard_error=measured.standard_error if measured else None,
        note=" ".join(_notes(key, result, request, circumstances)),
        evaluation_id=circumstances.evaluation_id,
        library_versions={**(circumstances.library_versions or library_versions()), **_of_package(key, request)},
        device=circumstances.device,
        precision=request.precision.value,
        seed=request.seed,
        measured_at=now,
        ingredients_digest=dimension_digest(request.benchmark, key, request.package_versions.get(key)),
        benchmark_digest=request.benchmark.digest or "",
    )


def _of_package(key: str, request: Request) -> dict[str, str]:
    version = request.package_versions.get(key)
    return {} if version is None else packages_of({key: version})


def _notes(key: str, result: Result, request: Request, circumstances: Circumstances) -> Iterable[str]:
    if not isinstance(result, Measured):
        yield result.detail
        return
    # What is counted and not measured on images has nothing to say of subsets or unreadable files.
    if result.sample_count is None:
        return
    if result.note:
        yield result.note
    if request.samples_per_class is not None and OF_CLEAN_IMAGES.intersection(DIMENSIONS[key].passes):
        yield f"Measured on a balanced subset, at most {request.samples_per_class} clean images of each class."
    if circumstances.unreadable:
        listed = ", ".join(f"{stage}: {count}" for stage, count in circumstances.unreadable.items())
        yield f"Images left out because they could not be read: {listed}."


def _change(row: EvaluatedMeasurement) -> list[object]:
    return [row.benchmark, row.protocol, row.dimension, row.value, row.missing_reason, row.standard_error]
