"""How far the study has been measured anew here: what the store has of each model, against what was published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from backend.imports.csv_file import ResultRow
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
