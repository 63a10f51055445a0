"""How far the study has been measured anew here: what the store has of each model, against what was published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from backend.imports.csv_file import ResultRow
    from backend.store.measurements import MeasuredValue
    from backend.store.reproductions import MeasuredHere, Weights
    from quba.deciding.reproduction import Difference


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What the store has of a model's weights on the study's benchmark.

    Attributes:
        measured: dimensions that were measured here, by protocol.
        differences: to the published values, by dimension; of comparable values alone.
        subsets: dimensions among them whose value is of a part of the images.
    """

    measured: Mapping[str, tuple[str, ...]]
    differences: Mapping[str, "Difference"]
    subsets: tuple[str, ...] = ()


def published_rows() -> Mapping[str, "ResultRow"]:
    """The published table by `model_id`."""
    from backend.imports.importer import published_scores, read_results

    return {row.record.id: row for row in read_results(published_scores()).rows}


def standings(engine: "Engine") -> "Mapping[Weights, Standing]":
    """What was measured here, by library and identifier of the weights; nothing of those that were not.

    Args:
        engine: of a migrated store.

    Raises:
        StoreUnavailable: the database does not answer or was never migrated.
    """
    from backend.store.engine import reading
    from backend.store.reproductions import measured_here, weights_of

    # From the file and not from the store, which may have measurements before anybody has put the study into it.
    published = {weights: row.values for row in published_rows().values() if (weights := weights_of(row.record))}
    with reading(engine) as session:
        own: dict[Weights, list[MeasuredHere]] = {}
        for each in measured_here(session, private=True):
            own.setdefault(each.weights, []).append(each)
        return {weights: standing(found, published.get(weights, {})) for weights, found in own.items()}


def standing(found: "Sequence[MeasuredHere]", published: Mapping[str, float | None]) -> Standing:
    """What was measured of one model's weights.

    Args:
        found: the values.
        published: by dimension, accuracy among them.
    """
    from backend.store.reproductions import best, has_defects
    from quba.deciding.reproduction import difference, is_whole, not_comparable
    from quba.study_ingredients import STUDY_INGREDIENTS
    from quba.vocabulary import PROTOCOLS

    differences, subsets = {}, []
    for key in STUDY_INGREDIENTS:
        comparable = [
            each
            for each in found
            if (row := each.measurement).dimension == key
            and not has_defects(each)
            and not_comparable(key, row.protocol, row.ingredients_digest) is None
        ]
        other = published.get(key)
        if other is None or not comparable:
            continue
        row = best(comparable).measurement
        assert row.value is not None  # noqa: S101 - narrows; only values were asked for
        differences[key] = difference(
            key, row.value, row.standard_error, published=other, accuracy=published.get("accuracy")
        )
        if not is_whole(key, row.sample_count):
            subsets.append(key)
    measured = {
        protocol: tuple(each.measurement.dimension for each in found if each.measurement.protocol == protocol)
        for protocol in PROTOCOLS
    }
    return Standing(
        measured={protocol: keys for protocol, keys in measured.items() if keys},
        differences=differences,
        subsets=tuple(subsets),
    )


def dimensions_held(
    engine: "Engine", benchmark: str, protocol: str, *, subsets: bool = True
) -> "Mapping[Weights, set[str]]":
    """The dimensions that need not be measured again, by library and identifier of the weights.

    Those are the ones with a value that was measured here, or with a reason of the model's own for having none.

    Args:
        engine: of a migrated store.
        benchmark: key of the benchmark.
        protocol: how the values were measured.
        subsets: whether a value of a part of the study's images counts.

    Raises:
        StoreUnavailable: the database does not answer or was never migrated.
    """
    from backend.store.engine import reading
    from backend.store.measurements import measured_values
    from backend.store.models import model_records
    from backend.store.reproductions import MEASURED_HERE
    from quba.dimension import Missing

    with reading(engine) as session:
        records = model_records(session)
        values = measured_values(session, benchmark, protocol)
    # Attacks without a meaning for a model stay so; a data set that was not there may have come meanwhile.
    open_still = (Missing.FAILED.value, Missing.DATA_SET_MISSING.value)
    found: dict[Weights, set[str]] = {}
    for each in values:
        finished = each.source == MEASURED_HERE and each.missing_reason not in open_still
        if finished and (subsets or not _is_subset(each)):
            record = records[each.model_id]
            found.setdefault((record.source_library, record.source_identifier or ""), set()).add(each.dimension)
    return found


def _is_subset(measured: "MeasuredValue") -> bool:
    """Whether a value is known to rest on a part of the study's images, which the study's own dimensions tell."""
    from quba.deciding.reproduction import is_whole
    from quba.study_ingredients import STUDY_INGREDIENTS

    has_count = measured.value is not None and measured.dimension in STUDY_INGREDIENTS
    return has_count and not is_whole(measured.dimension, measured.sample_count)
