"""How far the study has been measured anew here: what the store has of each model, against what was published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quba.benchmarks import STUDY_BENCHMARK

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from backend.imports.csv_file import ResultRow

Origin = tuple[str, str]
PUBLISHED_PROTOCOL = "as-published"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A value measured here less the published one, under the protocol of the published ones.

    Attributes:
        measured: in the unit of the dimension.
        published: likewise.
        difference: of both.
        standard_error: of the difference: measured and, of the published value, estimated; None where it is not known.
        in_standard_errors: the difference over it; None where that is not known or 0.
    """

    measured: float
    published: float
    difference: float
    standard_error: float | None
    in_standard_errors: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What the store has of a model's weights on the study's benchmark.

    Attributes:
        measured: dimensions that were measured here, by protocol.
        differences: to the published values, by dimension.
    """

    measured: Mapping[str, tuple[str, ...]]
    differences: Mapping[str, Difference]


def published_rows() -> Mapping[str, "ResultRow"]:
    """The published table by `model_id`."""
    from backend.imports.importer import published_scores, read_results

    return {row.record.id: row for row in read_results(published_scores()).rows}


def standings(engine: "Engine") -> Mapping[Origin, Standing]:
    """What was measured here, by library and identifier of the weights; nothing of those that were not.

    Args:
        engine: of a migrated store.

    Raises:
        StoreUnavailable: the database does not answer or was never migrated.
    """
    from backend.store.engine import reading
    from backend.store.measurements import measured_values
    from backend.store.models import model_records
    from evaluation.worker.recording import SOURCE
    from quba.vocabulary import PROTOCOLS

    with reading(engine) as session:
        records = model_records(session)
        held = {each: measured_values(session, STUDY_BENCHMARK, each) for each in PROTOCOLS}
    origin = {key: (each.source_library, each.source_identifier or "") for key, each in records.items()}
    own: dict[Origin, dict[str, dict[str, tuple[float, float | None]]]] = {}
    for protocol, values in held.items():
        for each in values:
            if each.source == SOURCE and each.value is not None:
                by_protocol = own.setdefault(origin[each.model_id], {})
                by_protocol.setdefault(protocol, {})[each.dimension] = (each.value, each.standard_error)
    published = {
        (row.record.source_library, row.record.source_identifier or ""): row.values for row in published_rows().values()
    }
    return {
        key: Standing(
            measured={protocol: tuple(values) for protocol, values in by_protocol.items()},
            differences=differences(by_protocol.get(PUBLISHED_PROTOCOL, {}), published.get(key, {})),
        )
        for key, by_protocol in own.items()
    }


def differences(
    measured: Mapping[str, tuple[float, float | None]], published: Mapping[str, float | None]
) -> dict[str, Difference]:
    """Measured values against published ones, where both are there.

    Args:
        measured: value and standard error by dimension.
        published: values by dimension, accuracy among them.

    >>> found = differences({"accuracy": (0.76, 0.0019)}, {"accuracy": 0.75})["accuracy"]
    >>> round(found.difference, 4), round(found.in_standard_errors, 1)
    (0.01, 3.7)
    """
    import numpy as np

    from quba.deciding.rank_uncertainty import estimated_standard_errors

    columns = {key: np.array([np.nan if value is None else value]) for key, value in published.items()}
    errors = estimated_standard_errors(columns) if "accuracy" in columns else {}
    found = {}
    for key, (value, error) in measured.items():
        other = published.get(key)
        if other is None:
            continue
        whole = float(np.hypot(np.nan if error is None else error, errors[key][0]))
        known = whole if np.isfinite(whole) else None
        found[key] = Difference(
            measured=value,
            published=other,
            difference=value - other,
            standard_error=known,
            in_standard_errors=(value - other) / known if known else None,
        )
    return found
