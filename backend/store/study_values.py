"""What the store has of weights that the study published: which of their dimensions need not be measured again."""

from collections.abc import Mapping
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.measurements import of_current_version
from backend.store.models import model_records
from backend.store.reproductions import MEASURED_HERE, Weights, weights_of
from backend.store.tables import PUBLIC, Measurement
from quba.deciding.reproduction import is_whole
from quba.dimension import Missing
from quba.study_ingredients import STUDY_INGREDIENTS

# Attacks without a meaning for a model stay so; a data set that was not there may have come meanwhile.
_OPEN_STILL = (Missing.FAILED.value, Missing.DATA_SET_MISSING.value)


class StudyValue(TypedDict):
    """A dimension of some weights that was measured here, or has a reason of the model's own for having no value.

    `protocol` says how it was measured, `missing_reason` why there is no value. `all_images` says whether the value
    rests on all images of the study's sets; None where there is no value, or the dimension is none of the study's.
    """

    protocol: str
    dimension: str
    missing_reason: str | None
    all_images: bool | None


def study_values(session: Session, benchmark: str, *, private: bool) -> Mapping[Weights, list[StudyValue]]:
    """All that need not be measured again, by the weights' library and their name in it.

    Args:
        session: from `reading`.
        benchmark: key of the one that they were measured on.
        private: whether models count that are not published.
    """
    records = model_records(session)
    columns = (
        Measurement.model_id, Measurement.protocol, Measurement.dimension, Measurement.value,
        Measurement.missing_reason, Measurement.sample_count,
    )  # fmt: skip
    query = select(*columns).where(of_current_version(benchmark), Measurement.source == MEASURED_HERE)
    order = (Measurement.protocol, Measurement.dimension, Measurement.model_id)
    found: dict[Weights, list[StudyValue]] = {}
    for model_id, protocol, dimension, value, reason, count in session.execute(query.order_by(*order)):
        weights = weights_of(records[model_id])
        if weights is None or reason in _OPEN_STILL or not (private or records[model_id].visibility == PUBLIC):
            continue
        has_count = value is not None and dimension in STUDY_INGREDIENTS
        whole = is_whole(dimension, count) if has_count else None
        each = StudyValue(protocol=protocol, dimension=dimension, missing_reason=reason, all_images=whole)
        found.setdefault(weights, []).append(each)
    return found
