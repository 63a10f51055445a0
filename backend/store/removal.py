"""Taking out again what came in: models, evaluations, imports and checkpoints of one's own, with what hangs on them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from backend.store import data_versions
from backend.store.own_benchmarks import measured_count
from backend.store.tables import (
    OWN,
    SHIPPED,
    Benchmark,
    BenchmarkVersion,
    Checkpoint,
    ClassReport,
    Evaluation,
    EvaluationResult,
    KeptEvidence,
    Measurement,
    Model,
    ResultImport,
)
from quba.vocabulary import FINAL_STATES

_OF_MODELS = (ClassReport, KeptEvidence)
"""What hangs on a model beside its measurements. The files of evidence are the caller's to delete, once committed."""


class NotRemovable(ValueError):
    """Something that must stay, or stay for now.

    Args:
        code: stable name of the reason.
        detail: what stays and why.
        next_step: what can be done.
    """

    def __init__(self, code: str, detail: str, next_step: str) -> None:
        super().__init__(detail)
        self.code = code
        self.next_step = next_step


def remove_model(session: Session, model_id: str) -> bool:
    """Delete a model with its measurements and evaluations, in a session from `writing`; False where there is none.

    Raises:
        NotRemovable: it is one of the study's or of the toy references.
    """
    if session.get(Model, model_id) is None:
        return False
    sources = set(session.scalars(select(Measurement.source).where(Measurement.model_id == model_id)))
    # A store without its shipped rows could not answer for the published ranking any more.
    if shipped := SHIPPED & sources:
        kind = "published models" if "study" in shipped else "toy references"
        raise NotRemovable(
            "study_model" if "study" in shipped else "reference_model",
            f"{model_id} is one of the {kind}, which stay.",
            "Filters leave it out of a ranking.",
        )
    _drop_evaluations(session, list(session.scalars(_evaluations_of(model_id))))
    session.execute(delete(Measurement).where(Measurement.model_id == model_id))
    for table in _OF_MODELS:
        session.execute(delete(table).where(table.model_id == model_id))
    session.execute(delete(Model).where(Model.id == model_id))
    _note(session, "model", model_id)
    return True


def remove_evaluation(session: Session, evaluation_id: str) -> bool:
    """Delete an evaluation with its results and what it measured; a model without any measurement left goes, too.

    Raises:
        NotRemovable: it waits or is worked on.
    """
    found = session.get(Evaluation, evaluation_id, populate_existing=True)
    if found is None:
        return False
    # A worker would go on and write values of an evaluation that there is not.
    if found.state not in FINAL_STATES:
        raise NotRemovable(
            "evaluation_not_over",
            f"The evaluation is {found.state}; only one that is over can be deleted.",
            "POST /v1/evaluations/{evaluation_id}/cancel first.",
        )
    # Asked before the deletion, which takes the rows with it.
    own = select(Measurement.model_id).where(Measurement.evaluation_id == evaluation_id)
    touched = set(session.scalars(own.distinct()))
    session.execute(delete(Measurement).where(Measurement.evaluation_id == evaluation_id))
    for table in _OF_MODELS:
        session.execute(delete(table).where(table.evaluation_id == evaluation_id))
    _drop_evaluations(session, [evaluation_id])
    _drop_bare_models(session, touched)
    # Without a value that a ranking shows, the data are the same and keep their version.
    if touched:
        _note(session, "evaluation", evaluation_id)
    return True


def remove_import(session: Session, import_id: str) -> bool:
    """Delete what an import brought and nothing newer replaced; a model without any measurement left goes, too.

    The study's rows are no import's: the table of measurements does not take one that says so.
    """
    if session.get(ResultImport, import_id) is None:
        return False
    own = Measurement.import_id == import_id
    # Asked before the deletion, which takes the rows with it.
    touched = set(session.scalars(select(Measurement.model_id).where(own).distinct()))
    session.execute(delete(Measurement).where(own))
    session.execute(delete(ResultImport).where(ResultImport.import_id == import_id))
    _drop_bare_models(session, touched)
    if touched:
        _note(session, "import", import_id)
    return True


def remove_checkpoint(session: Session, checkpoint_id: str) -> bool:
    """Delete a checkpoint's row; its files are the caller's to delete once this is committed.

    Raises:
        NotRemovable: an evaluation needs it.
    """
    if session.get(Checkpoint, checkpoint_id) is None:
        return False
    using = list(session.scalars(select(Evaluation.evaluation_id).where(Evaluation.checkpoint_id == checkpoint_id)))
    if using:
        raise NotRemovable(
            "checkpoint_in_use",
            f"The checkpoint is that of {', '.join(sorted(using)[:5])}.",
            "DELETE /v1/evaluations/{evaluation_id} first, or the model that was ranked.",
        )
    session.execute(delete(Checkpoint).where(Checkpoint.checkpoint_id == checkpoint_id))
    return True


def remove_benchmark(session: Session, key: str, *, with_measurements: bool) -> bool:
    """Forget a benchmark of one's own; its folder stays as it is. A model without any measurement left goes, too.

    Args:
        session: from `writing`.
        key: of the benchmark.
        with_measurements: whether what was measured on it goes with it; else a benchmark that was used stays.

    Raises:
        NotRemovable: it comes with the program, was used, or evaluations on it are not over.
    """
    found = session.get(Benchmark, key)
    if found is None:
        return False
    if found.origin != OWN:
        raise NotRemovable(
            "built_in_benchmark", f"{key} comes with the program and stays.", "Remove one that you have added."
        )
    _refuse_used(session, key, with_measurements=with_measurements)
    touched = set(session.scalars(select(Measurement.model_id).where(Measurement.benchmark == key).distinct()))
    of_it = select(Evaluation.evaluation_id).where(Evaluation.benchmark == key)
    session.execute(delete(Measurement).where(Measurement.benchmark == key))
    for table in _OF_MODELS:
        session.execute(delete(table).where(table.benchmark == key))
    _drop_evaluations(session, list(session.scalars(of_it)))
    session.execute(delete(BenchmarkVersion).where(BenchmarkVersion.benchmark == key))
    session.execute(delete(Benchmark).where(Benchmark.key == key))
    _drop_bare_models(session, touched)
    _note(session, "benchmark", key)
    return True


def _refuse_used(session: Session, key: str, *, with_measurements: bool) -> None:
    """Refuse while something is being measured on a benchmark, or unless asked for while something was."""
    of_it = select(func.count()).select_from(Evaluation).where(Evaluation.benchmark == key)
    if going := session.scalar(of_it.where(Evaluation.state.not_in(FINAL_STATES))):
        raise NotRemovable(
            "evaluation_not_over",
            f"{going} evaluations on {key} are not over.",
            "Wait until they are, or POST /v1/evaluations/{evaluation_id}/cancel first.",
        )
    models, evaluations = measured_count(session, key), session.scalar(of_it) or 0
    if (models or evaluations) and not with_measurements:
        raise NotRemovable(
            "benchmark_in_use",
            f"{models} models have measurements on {key}, and {evaluations} evaluations are of it.",
            "Send with_measurements=true to delete these as well.",
        )


def _evaluations_of(model_id: str) -> Select[str]:
    return select(Evaluation.evaluation_id).where(Evaluation.model_id == model_id)


def _drop_bare_models(session: Session, model_ids: Iterable[str]) -> None:
    """Delete those of the models that have neither a measurement nor an evaluation any more."""
    for model_id in model_ids:
        left = session.scalar(select(Measurement.id).where(Measurement.model_id == model_id).limit(1))
        # Nor one that another evaluation names as its own, whose answer leads to it.
        if left is None and not list(session.scalars(_evaluations_of(model_id))):
            for table in _OF_MODELS:
                session.execute(delete(table).where(table.model_id == model_id))
            session.execute(delete(Model).where(Model.id == model_id))


def _drop_evaluations(session: Session, evaluation_ids: Sequence[str]) -> None:
    # Results first: they refer to the evaluation.
    session.execute(delete(EvaluationResult).where(EvaluationResult.evaluation_id.in_(evaluation_ids)))
    session.execute(delete(Evaluation).where(Evaluation.evaluation_id.in_(evaluation_ids)))


def _note(session: Session, kind: str, name: str) -> None:
    data_versions.record(
        session,
        reason=f"deletion of {kind} {name}"[:200],
        changes=[["deletion", kind, name]],
        created_at=datetime.now(UTC),
    )
