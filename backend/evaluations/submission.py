"""The submission of an evaluation: everything that can be refused is refused before it is queued."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session
from starlette.datastructures import State

from backend.evaluations.checking import Checked
from backend.evaluations.checkpoint_files import CheckpointFiles
from backend.evaluations.evaluation_request import EvaluationRequest, model_name, require_one_model
from backend.evaluations.jobs import Files
from backend.imports.study_names import CLASS_COUNT as STUDY_CLASS_COUNT
from backend.imports.study_names import PREFIX as STUDY_PREFIX
from backend.imports.timm_names import class_count_of
from backend.problems import ProblemError
from backend.ranking.query import require_declared
from backend.ranking.torchvision_names import CLASS_COUNT, PREFIX
from backend.store import benchmarks, checkpoints, evaluations, own_benchmarks
from backend.store.engine import reading, writing
from backend.store.evaluations import EvaluationRecord, NewEvaluation
from backend.store.names import acceptable
from backend.store.tables import Benchmark
from quba.dimensions import DIMENSIONS, MEASURES

_LONGEST = 200
_RETRY_AFTER_SECONDS = 60


def submit(state: State, asked: EvaluationRequest, architectures: tuple[str, ...]) -> tuple[EvaluationRecord, bool]:
    """Queue an evaluation.

    Args:
        state: of the application.
        asked: what is to be measured.
        architectures: the names that there are.

    Returns:
        The evaluation, and whether it is a new one: the same request twice is one evaluation.

    Raises:
        ProblemError: 404 for an unknown benchmark or checkpoint; 422 for parameters or a checkpoint that do not fit;
            410 for a checkpoint whose file is gone; 429 `queue_full`; 503 `no_checker`.
    """
    architecture = require_one_model(asked, architectures)
    model = None if asked.model is None else model_name(asked.model, architectures)
    request, suite = _request(state, asked, model, architecture)
    found: Checked | None = None
    if request.checkpoint_id is not None:
        found = _accepted_file(state, request, suite)
        # What timm would load is the same request whether it was named or not.
        request = replace(request, weights_key=found.choice)
    else:
        _require_output_count(request, suite.output_counts)
    with writing(state.engine) as session:
        if request.checkpoint_id is not None and found is not None:
            checkpoints.mark_rewritten(session, request.checkpoint_id, found.confinement)
        record, created = evaluations.submit(session, request)
        # The same request again takes no further place, so that it is never refused for a full queue.
        waiting = evaluations.count(session, "queued") if created else 0
        if waiting > state.settings.max_queued_evaluations:
            # Raised inside the transaction, so that the evaluation is not kept.
            raise ProblemError(
                429,
                "queue_full",
                f"{waiting - 1} evaluations wait already, which is the most that this service takes.",
                "Submit it again when some are done, or cancel others.",
                headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
            )
    if record.state == "queued":
        # For one that was there, too: a service that ended between the two would have left it unqueued.
        state.jobs.enqueue(
            record.evaluation_id, record.attempt, priority=record.priority,
            files=Files(record.benchmark, record.benchmark_digest),
        )  # fmt: skip
    return record, created


def require_checkpoint_file(state: State, record: EvaluationRecord) -> None:
    """See that the file of an evaluation is there as a worker opens it; one that was uploaded again is checked first.

    Raises:
        ProblemError: 410 for a checkpoint whose file is gone; 422 for one that does not fit; 503 `no_checker`.
    """
    if record.checkpoint_id is None or state.checkpoints.has_rewritten(record.checkpoint_id, record.weights_key):
        return
    with reading(state.engine) as session:
        suite = _suite(session, benchmarks.benchmark(session, record.benchmark))
    found = _accepted_file(state, record, suite)
    with writing(state.engine) as session:
        checkpoints.mark_rewritten(session, record.checkpoint_id, found.confinement)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Suite:
    """The classes of a benchmark: their names, where they are kept here, and how many outputs a model may have."""

    names: tuple[str, ...]
    output_counts: tuple[int, ...]


def _suite(session: Session, benchmark: Benchmark) -> _Suite:
    names = own_benchmarks.class_names(session, benchmark.key) or ()
    return _Suite(names=tuple(names), output_counts=own_benchmarks.output_counts(session, benchmark))


def _accepted_file(state: State, wanted: NewEvaluation | EvaluationRecord, suite: _Suite) -> Checked:
    """What the check found of the file that is to be measured.

    Raises:
        ProblemError: as `CheckpointFiles.accept`.
    """
    files: CheckpointFiles = state.checkpoints
    return files.accept(
        str(wanted.checkpoint_id), wanted.architecture, suite.output_counts[0], wanted.weights_key, classes=suite.names
    )


def _request(
    state: State, asked: EvaluationRequest, model: str | None, architecture: str
) -> tuple[NewEvaluation, _Suite]:
    checkpoint_id = asked.checkpoint_id
    with reading(state.engine) as session:
        try:
            benchmark = benchmarks.benchmark(session, asked.benchmark)
        except benchmarks.UnknownBenchmark as error:
            raise ProblemError(
                404, "unknown_benchmark", str(error), "GET /v1/benchmarks lists the benchmarks."
            ) from None
        checkpoint = None if checkpoint_id is None else checkpoints.checkpoint(session, checkpoint_id)
        if checkpoint_id is not None and checkpoint is None:
            raise ProblemError(
                404,
                "unknown_checkpoint",
                f"There is no checkpoint {checkpoint_id}.",
                "POST the file to /v1/checkpoints first, and send the checkpoint_id that it answers with.",
            )
        declared = own_benchmarks.declared_dimensions(own_benchmarks.current_version(session, benchmark))
        # Values of one's own dimensions come by import, unless a package measures them.
        measurable = tuple(key for key in declared if DIMENSIONS[key].measurable)
        require_declared(benchmark.key, measurable, asked.dimensions or ())
        # A package is asked by its dimension's key alone: installing it changes no other evaluation.
        wanted = asked.dimensions or MEASURES
        measured = tuple(key for key in measurable if key in wanted)
        # A file's name was typed by nobody: it is made to fit where a typed one would be refused.
        named = asked.name or (str(model) if checkpoint is None else acceptable(checkpoint.filename, _LONGEST))
        request = NewEvaluation(
            name=named,
            checkpoint_id=checkpoint_id,
            model=model,
            architecture=architecture,
            benchmark=benchmark.key,
            protocol=asked.protocol or benchmark.default_protocol,
            dimensions=measured,
            package_versions={key: its.version for key in measured if (its := DIMENSIONS[key].plug_in) is not None},
            # Of the built-in ones the order is known: saying so makes no other request.
            class_order_checked=asked.class_order_checked and benchmark.digest is not None,
            samples_per_class=asked.samples_per_class,
            seed=asked.seed,
            priority=asked.priority,
            weights_key=asked.weights_key,
            benchmark_digest=benchmark.digest,
            cost=asked.cost,
        )
        return request, _suite(session, benchmark)


def _require_output_count(request: NewEvaluation, wanted: Sequence[int]) -> None:
    """A model whose classes are known to be others would fail at the worker, after its turn had come."""
    model = request.model or ""
    found = _class_count(model)
    if found is None or found in wanted:
        return
    raise ProblemError(
        422,
        "wrong_class_count",
        f"{request.model} decides among {found} classes and {request.benchmark} has {wanted[0]}.",
        "Choose another benchmark, or upload a checkpoint that was trained on its classes.",
    )


def _class_count(model: str) -> int | None:
    if model.startswith(STUDY_PREFIX):
        return STUDY_CLASS_COUNT
    return CLASS_COUNT if model.startswith(PREFIX) else class_count_of(model)
