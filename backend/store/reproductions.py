"""Values measured here of weights that the study published: both, side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.measurements import of_current_version
from backend.store.models import ModelRecord, model_records
from backend.store.tables import PUBLIC, Measurement
from quba.benchmarks import STUDY, STUDY_BENCHMARK
from quba.deciding.reproduction import Difference, NotComparable, difference, is_whole, not_comparable
from quba.study_ingredients import STUDY_INGREDIENTS
from quba.vocabulary import Protocol

Weights = tuple[str, str]
"""Where weights come from: the library and their name in it, which tell them from all others."""
MEASURED_HERE = "evaluation"
"""The source of values that were measured here."""
_PUBLISHED = "study"


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredHere:
    """A value of the study's benchmark that was measured here.

    Attributes:
        weights: of which it is.
        model_id: under which it stands: that of the published model, or of one beside it.
        measurement: the value with its circumstances.
    """

    weights: Weights
    model_id: str
    measurement: Measurement


@dataclass(frozen=True, kw_only=True, slots=True)
class Reproduction:
    """A published value and one measured here, of the same weights and made of the same.

    Attributes:
        model: the published one.
        published: its value.
        here: what was measured here.
        difference: of both.
        whole: whether it was measured on all images.
    """

    model: ModelRecord
    published: Measurement
    here: MeasuredHere
    difference: Difference
    whole: bool

    @property
    def released(self) -> bool:
        """Whether the defects of the study's program were reproduced."""
        return has_defects(self.here)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reproductions:
    """All published values that were measured here too.

    Attributes:
        items: by model and dimension, each in the customary order; of each at most one value, and behind it at most
            one with the defects of the study's program.
        not_comparable: how many values measured here are of another quantity, by the reason.
        models: the published models by identifier, measured here or not.
    """

    items: tuple[Reproduction, ...]
    not_comparable: Mapping[NotComparable, int]
    models: Mapping[str, ModelRecord]


def weights_of(record: ModelRecord) -> Weights | None:
    """The weights of a model; None where nobody can have them, as those that were never released."""
    return (record.source_library, record.source_identifier) if record.source_identifier else None


def measured_here(session: Session, *, private: bool) -> list[MeasuredHere]:
    """Every value that was measured here on the study's benchmark, in no particular order.

    Args:
        session: of the store.
        private: whether models count that are not published.
    """
    records = model_records(session)
    query = select(Measurement).where(
        of_current_version(STUDY_BENCHMARK),
        Measurement.source == MEASURED_HERE,
        Measurement.value.is_not(None),
    )
    found = []
    for each in session.scalars(query):
        record = records[each.model_id]
        weights = weights_of(record)
        if weights is not None and (private or record.visibility == PUBLIC):
            found.append(MeasuredHere(weights=weights, model_id=record.id, measurement=each))
    return found


def reproductions(session: Session, *, private: bool) -> Reproductions:
    """Hold every value measured here against the published one of the same weights.

    Args:
        session: from `reading`.
        private: whether models count that are not published.
    """
    published = _published_values(session)
    records = {key: record for key, record in model_records(session).items() if key in published}
    by_weights = {weights: record for record in records.values() if (weights := weights_of(record))}
    candidates: dict[tuple[str, str, bool], list[MeasuredHere]] = {}
    refused: dict[NotComparable, int] = {}
    for here in measured_here(session, private=private):
        model, row = by_weights.get(here.weights), here.measurement
        if model is None or published[model.id].get(row.dimension) is None:
            continue
        reason = not_comparable(row.dimension, row.protocol, row.ingredients_digest)
        if reason is None:
            candidates.setdefault((model.id, row.dimension, has_defects(here)), []).append(here)
        else:
            refused[reason] = refused.get(reason, 0) + 1
    items = [
        _reproduction(records[model_id], published[model_id], best(candidates[model_id, key, defects]))
        for model_id in sorted(records, key=lambda each: (records[each].name, each))
        for key in STUDY_INGREDIENTS
        for defects in (False, True)
        if (model_id, key, defects) in candidates
    ]
    return Reproductions(items=tuple(items), not_comparable=refused, models=records)


def has_defects(here: MeasuredHere) -> bool:
    """Whether a value was measured with the defects of the study's program, so that it says nothing of the model."""
    return here.measurement.protocol == Protocol.AS_RELEASED


def best(candidates: Iterable[MeasuredHere]) -> MeasuredHere:
    """The one of several values of one dimension that says most: on most images, under the study's own protocol."""
    return max(
        candidates,
        key=lambda each: (
            each.measurement.sample_count or 0,
            each.measurement.protocol == STUDY.default_protocol,
            # Last, so that of equal ones the same counts every time.
            each.model_id,
        ),
    )


def _published_values(session: Session) -> dict[str, dict[str, Measurement]]:
    query = select(Measurement).where(
        of_current_version(STUDY_BENCHMARK), Measurement.source == _PUBLISHED, Measurement.value.is_not(None)
    )
    found: dict[str, dict[str, Measurement]] = {}
    for each in session.scalars(query):
        found.setdefault(each.model_id, {})[each.dimension] = each
    return found


def _reproduction(model: ModelRecord, published: Mapping[str, Measurement], here: MeasuredHere) -> Reproduction:
    row = here.measurement
    accuracy, other = published.get("accuracy"), published[row.dimension]
    assert row.value is not None and other.value is not None  # noqa: PT018, S101 - narrows; both queries ask for values
    return Reproduction(
        model=model,
        published=other,
        here=here,
        difference=difference(
            row.dimension,
            row.value,
            row.standard_error,
            published=other.value,
            accuracy=None if accuracy is None else accuracy.value,
        ),
        whole=is_whole(row.dimension, row.sample_count),
    )
