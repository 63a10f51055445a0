"""What an evaluated model costs to run on the device that measured it, and its figures as dimensions of that device."""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson
from sqlalchemy.orm import Session

from backend.imports.csv_file import ImportRejected
from backend.imports.foreign_import import add_dimension
from backend.imports.foreign_table import ForeignTable, TableFile
from backend.imports.readers import cost as cost_reader
from backend.store import data_versions
from backend.store.measurements import EvaluatedMeasurement, record_evaluated, remove_replaceable_value
from backend.store.models import add_counts
from backend.store.tables import JsonObject
from evaluation.engine.stages import Precision, Request
from evaluation.errors import EvaluationStopped
from evaluation.models.loaded_model import LoadedModel
from evaluation.running_cost.cost_document import CostDocument, cost_document, figures_of_model
from evaluation.running_cost.measured_cost import Before, Bench, bench
from evaluation.running_cost.model_cost import cost_of_model
from evaluation.worker.recording import SOURCE
from quba.errors import Refusal

logger = logging.getLogger(__name__)

STAGE = "measuring latency and memory"
"""What a worker is at meanwhile."""
DIED = (
    "The worker ended while it measured latency and memory, so that they were left out. `wellbehaved cost` measures "
    "them on a machine of your own."
)
ELSEWHERE = "Figures are kept as dimensions on the benchmarks that come with the program alone; these stand here."
NO_DIMENSIONS = "The figures stand here alone, for the store takes no dimensions of them:"
"""Before the reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredCost:
    """What came of measuring the cost of one model.

    Attributes:
        document: the bench and the figures; None where nothing could be measured.
        fault: why there are none, or why they are no dimensions; None where all is well.
    """

    document: CostDocument | None = None
    fault: str | None = None


def cost_of(model: LoadedModel, device: str, *, precision: Precision = Precision.FP32, before: Before) -> MeasuredCost:
    """Measure latency and memory of a model at batch sizes 1 and 64; whatever fails costs these figures alone.

    Args:
        model: on the device.
        device: such as "cpu" or "cuda:1".
        precision: of the arithmetic.
        before: called before each pass with how far it is, and not timed; may raise `EvaluationStopped`.

    Raises:
        EvaluationStopped: nobody wants it any more.
    """
    try:
        on = bench(device, precision=precision)
        document = _document(model, on, before)
    except EvaluationStopped:
        raise
    except Refusal as refusal:
        return MeasuredCost(fault=f"{refusal.message} {refusal.hint}".strip())
    except Exception as error:
        # A device that fails, a net that cannot be run on noise: the dimensions were measured, and stay.
        logger.exception("latency and memory of %s could not be measured", model.name)
        return MeasuredCost(fault=f"{type(error).__name__}: {str(error)[:500]}")
    return MeasuredCost(document=document)


def _document(model: LoadedModel, on: Bench, before: Before) -> CostDocument:
    figures = figures_of_model(cost_of_model(model, on, before=before))
    return cost_document(on, [figures], datetime.now(UTC))


def record_cost_in(
    session: Session, model_id: str, cost: MeasuredCost, *, request: Request, evaluation_id: str | None
) -> JsonObject:
    """Keep the figures as dimensions of weight 0 for a model, and its counts as facts, in a session from `writing`.

    Args:
        session: from `writing`.
        model_id: whose they are.
        cost: what came of measuring.
        request: of the evaluation, which says the benchmark and the protocol that the model is ranked under.
        evaluation_id: of the job, if it was one.

    Returns:
        What the evaluation says of it.
    """
    document = cost.document
    if document is None or not _has_figures(document):
        return report_of(cost)
    origin = "wellbehaved evaluate" if evaluation_id is None else f"evaluation {evaluation_id}"
    now = datetime.now(UTC)
    file = TableFile(data=orjson.dumps(document), name=None, dimension=None, day=now.date(), origin=origin)
    try:
        table = cost_reader.read(file)
        [row] = table.rows
        # Facts of the model, which every benchmark has.
        add_counts(session, {model_id: row.facts}, now)
        if request.benchmark.digest is not None:
            # Times are of a device: a benchmark of one's own has the dimensions that it declares.
            return report_of(replace(cost, fault=ELSEWHERE))
        # All or none: a dimension without its values would be left of those before one that is refused.
        with session.begin_nested():
            for definition in table.definitions:
                add_dimension(session, definition, now)
    except ImportRejected as rejected:
        # Of a device whose name has a sign that nobody sees, say: what was measured stands, as where a key is taken.
        first = rejected.errors[0]
        why = " ".join(part for part in (first.column, first.value and repr(first.value), first.rule) if part)
        return report_of(replace(cost, fault=f"{NO_DIMENSIONS} {why}"))
    except Refusal as refusal:
        return report_of(replace(cost, fault=f"{refusal.message} {refusal.hint}"))
    return report_of(cost, _record(session, model_id, table, request, evaluation_id, now))


def _record(
    session: Session, model_id: str, table: ForeignTable, request: Request, evaluation_id: str | None, now: datetime
) -> tuple[str, ...]:
    benchmark, protocol = request.benchmark.key, request.protocol.value
    [row] = table.rows
    rows = [
        EvaluatedMeasurement(
            model_id=model_id,
            benchmark=benchmark,
            protocol=protocol,
            dimension=key,
            value=each.value,
            missing_reason=None,
            source=SOURCE,
            parts={},
            note=row.conditions,
            evaluation_id=evaluation_id,
            library_versions=table.versions,
            device=table.device,
            precision=table.precision,
            seed=None,
            measured_at=now,
        )
        for key, each in row.values.items()
    ]
    for each in rows:
        # Measured anew on the same device: what `cost --record` or an earlier evaluation left gives way.
        remove_replaceable_value(session, model_id, benchmark, protocol, each.dimension)
    stored = record_evaluated(session, rows)
    data_versions.record(
        session,
        reason=f"cost of {model_id}"[:200],
        changes=[[SOURCE, model_id, benchmark, protocol, each.dimension, each.value] for each in stored],
        created_at=now,
    )
    return tuple(each.dimension for each in rows)


def _has_figures(document: CostDocument) -> bool:
    batches = [batch for model in document["models"] for batch in model["batches"]]
    return any(each["latency_ms"] is not None or each["peak_memory_mb"] is not None for each in batches)


def report_of(cost: MeasuredCost, dimensions: tuple[str, ...] = ()) -> JsonObject:
    """What an evaluation says of its cost: the bench, the figures, the fault, if any, and keys of dimensions."""
    document = cost.document
    said = {
        "device": None if document is None else document["device"],
        "threads": None if document is None else document["threads"],
        "precision": None if document is None else document["precision"],
        "batches": [batch for model in (document["models"] if document else []) for batch in model["batches"]],
        "dimensions": dimensions,
        "fault": cost.fault,
    }
    report: JsonObject = orjson.loads(orjson.dumps(said))
    return report
