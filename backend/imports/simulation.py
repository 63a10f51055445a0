"""Plausible models that do not exist, to try the program at a size that nobody has measured: `wellbehaved simulate`."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from jaxtyping import Bool, Float, Int
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from backend.store import data_versions
from backend.store.engine import writing
from backend.store.measurements import EvaluatedMeasurement, add_measurements
from backend.store.models import ModelRecord, add_models
from backend.store.snapshot import load_snapshot
from backend.store.tables import SHIPPED, Evaluation, EvaluationResult, Measurement
from quba.benchmarks import STUDY, STUDY_BENCHMARK
from quba.copula import gaussian_copula
from quba.deciding.rank_uncertainty import estimated_standard_errors
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from quba.vocabulary import FULL, SUCCEEDED, UNKNOWN

SOURCE = "simulated"
MARK = "Simulated"
"""How the name of each begins, so that no table, picture or file shows one without saying so."""

LIKENESS = 0.8
"""Correlation of a model's normal scores with those of the published model whose family it is of."""
EVALUATED_SHARE = 0.1
"""Of the models that have an evaluation, standard errors and counted images, as those have that are measured here."""
GAPS_SHARE, MOST_GAPS = 0.05, 3
"""Of the models without some values, and how many of these one lacks at most."""
_AT_ONCE = 2_000
_NOTE = "Simulated: there is no such model. Its values were drawn from the joint distribution of the published ones."

Columns = Mapping[str, Float[np.ndarray, " models"]]


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulationReport:
    """What a simulation wrote.

    Attributes:
        models: how many.
        evaluations: how many of them have an evaluation.
        missing_values: how many values were left out.
        data_version: public name of the data version after it.
    """

    models: int
    evaluations: int
    missing_values: int
    data_version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pool:
    """The models to write: their published parents, values, gaps, and which were evaluated."""

    parents: list[ModelRecord]
    values: Columns
    errors: Columns
    gaps: Mapping[str, Bool[np.ndarray, " models"]]
    evaluated: Bool[np.ndarray, " models"]


def simulate(engine: Engine, *, models: int, seed: int, now: datetime | None = None) -> SimulationReport:
    """Write plausible models into a store that holds nothing but what ships with the program, all or none.

    Each is of the family of a published model: it has that one's architecture, training and lineage, and values near
    its own; all together have the joint distribution of the published values. The same seed gives the same models.

    Args:
        engine: of a migrated store with the study.
        models: how many, 1 or more.
        seed: of everything random, 0 or more.
        now: time to record for the data version and the evaluations; the current one when absent.

    Raises:
        Refusal: `store_not_empty` or `no_study`, with what to do.
        StoreUnavailable: the database does not answer or was never migrated.
    """
    now = now or datetime.now(UTC)
    with writing(engine) as session:
        _require_empty(session)
        pool = _drawn_pool(session, models, np.random.default_rng(seed))
        for start in range(0, models, _AT_ONCE):
            _store(session, pool, range(start, min(start + _AT_ONCE, models)), seed, now)
        # The values name the data version and not the seed alone: another NumPy may draw others from it.
        digests = {key: hashlib.sha256(column.tobytes()).hexdigest() for key, column in pool.values.items()}
        version = data_versions.record(
            session, reason=f"models simulated: {models}", changes=[[SOURCE, models, seed, digests]], created_at=now
        )
        return SimulationReport(
            models=models,
            evaluations=int(pool.evaluated.sum()),
            missing_values=int(sum(column.sum() for column in pool.gaps.values())),
            data_version=version.public_name,
        )


def _require_empty(session: Session) -> None:
    sources = set(session.scalars(select(Measurement.source).distinct()))
    if "study" not in sources:
        raise Refusal("no_study", "The store does not hold the published study.", "Run `wellbehaved migrate` first.")
    if own := sorted(sources - SHIPPED):
        raise Refusal(
            "store_not_empty",
            f"The store holds models of another source already ({', '.join(own)}), among which simulated ones would "
            "pass for real.",
            "Set WELLBEHAVED_DATA_DIR to a new folder, or WELLBEHAVED_DATABASE_URL to another database.",
        )


def _drawn_pool(session: Session, count: int, rng: np.random.Generator) -> _Pool:
    study = load_snapshot(session, STUDY_BENCHMARK, STUDY.default_protocol)
    # No facts: what does not exist was not counted, as nobody licensed it.
    columns = {
        key: column for key, column in study.columns.items() if not (DIMENSIONS[key].of_facts or np.isnan(column).all())
    }
    rows: Int[np.ndarray, " models"] = rng.integers(len(study.models), size=count)
    values = gaussian_copula(columns).relatives(rows, LIKENESS, rng)
    lacking = np.where(rng.random(count) < GAPS_SHARE, rng.integers(1, MOST_GAPS + 1, size=count), 0)
    # The places of each row's dimensions in a random order: the first so many are left out.
    order = rng.permuted(np.tile(np.arange(len(columns)), (count, 1)), axis=1)
    return _Pool(
        parents=[study.models[row] for row in rows],
        values=values,
        errors=estimated_standard_errors(values),
        gaps={key: order[:, place] < lacking for place, key in enumerate(columns)},
        evaluated=rng.random(count) < EVALUATED_SHARE,
    )


def _store(session: Session, pool: _Pool, numbers: range, seed: int, now: datetime) -> None:
    add_models(session, [_record(pool.parents[number], number) for number in numbers])
    measurements = [each for number in numbers for each in _measurements(pool, number, seed, now)]
    evaluated = [each for each in measurements if each.evaluation_id is not None]
    if evaluated:
        session.execute(insert(Evaluation), list(_evaluations(pool, numbers, seed, now)))
        session.execute(insert(EvaluationResult), [_result(each, now) for each in evaluated])
    add_measurements(session, measurements)


def _key(number: int) -> str:
    return f"simulated-{number + 1:06d}"


def _name(parent: ModelRecord, number: int) -> str:
    return f"{MARK} {number + 1:06d} ({parent.name})"


def _record(parent: ModelRecord, number: int) -> ModelRecord:
    return replace(
        parent,
        id=_key(number),
        name=_name(parent, number),
        source_library=SOURCE,
        source_identifier=None,
        paper_title=None,
        published_name=None,
        study_name=None,
        published_row=None,
        label_flags=(),
        note=_NOTE,
        # Weights that do not exist have no licence, and nobody counted what they would cost.
        licence=UNKNOWN,
        licence_source=None,
        macs_billions=None,
        activations_millions=None,
        input_size=None,
        cost_source=None,
    )


def _measurements(pool: _Pool, number: int, seed: int, now: datetime) -> Iterator[EvaluatedMeasurement]:
    evaluated = bool(pool.evaluated[number])
    for key, column in pool.values.items():
        absent = bool(pool.gaps[key][number])
        known = evaluated and not absent
        yield EvaluatedMeasurement(
            model_id=_key(number),
            benchmark=STUDY_BENCHMARK,
            protocol=STUDY.default_protocol,
            dimension=key,
            value=None if absent else float(column[number]),
            missing_reason=Missing.NOT_MEASURED.value if absent else None,
            source=SOURCE,
            standard_error=_present(pool.errors[key][number]) if known else None,
            parts={},
            note=_NOTE,
            evaluation_id=_key(number) if evaluated else None,
            library_versions={},
            device=None,
            precision=None,
            seed=seed,
            measured_at=now if evaluated else None,
        )


def _present(error: float) -> float | None:
    return None if np.isnan(error) else float(error)


def _evaluations(pool: _Pool, numbers: range, seed: int, now: datetime) -> Iterator[dict[str, object]]:
    for number in numbers:
        if pool.evaluated[number]:
            key, parent = _key(number), pool.parents[number]
            yield {
                "evaluation_id": key,
                # Of a request that nobody can make, so that a real one never finds this for its answer.
                "request_digest": hashlib.sha256(key.encode()).hexdigest(),
                "name": _name(parent, number),
                "model": SOURCE,
                "architecture": parent.backbone,
                "benchmark": STUDY_BENCHMARK,
                "protocol": STUDY.default_protocol,
                "dimensions": list(pool.values),
                "seed": seed,
                "priority": 0,
                "state": SUCCEEDED,
                "attempt": 1,
                "cancel_requested": False,
                "worker_id": SOURCE,
                "model_id": key,
                "submitted_at": now,
                "started_at": now,
                "finished_at": now,
                "updated_at": now,
            }


def _result(measured: EvaluatedMeasurement, now: datetime) -> dict[str, object]:
    return {
        "evaluation_id": measured.evaluation_id,
        "phase": FULL,
        "dimension": measured.dimension,
        "value": measured.value,
        "missing_reason": measured.missing_reason,
        "standard_error": measured.standard_error,
        "sample_count": None,
        "detail": _NOTE,
        "worker_id": SOURCE,
        "measured_at": now,
    }
