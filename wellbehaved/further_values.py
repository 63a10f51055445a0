"""What the store knows of a model on dimensions beyond those that the program measures: imported values and facts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quba.dimension import Dimension

if TYPE_CHECKING:
    from backend.store.models import ModelRecord
    from backend.store.tables import Measurement


@dataclass(frozen=True, kw_only=True, slots=True)
class FurtherValue:
    """A value that no evaluation rests on, so that no evidence holds it against another model's.

    Attributes:
        about: the dimension.
        value: in its unit.
        standard_error: of the value; None where nobody said one.
        note: where it comes from, in words; empty where nobody said.
    """

    about: Dimension
    value: float
    standard_error: float | None
    note: str

    @property
    def text(self) -> str:
        """The value with its error, if it has one, and its unit where that is no fraction."""
        decimals = self.about.decimals
        error = "" if self.standard_error is None else f" ± {self.standard_error:.{decimals}f}"
        unit = "" if self.about.unit == "fraction" else f" {self.about.unit}"
        return f"{self.value:.{decimals}f}{error}{unit}"


def further_values(
    model_id: str, benchmark: str, protocol: str, *, known: Collection[str] = ()
) -> tuple[FurtherValue, ...]:
    """The values of a model of the local store on dimensions of one's own, and the facts that are dimensions.

    Args:
        model_id: of a model in the store.
        benchmark: key of one in the store.
        protocol: that the values were measured by.
        known: keys of dimensions that are not asked for, such as those that evidence has.

    Raises:
        StoreUnavailable: the database does not answer or was never migrated.
    """
    from backend.settings import Settings
    from backend.store.engine import create_store_engine, reading
    from backend.store.measurements import measurements_of
    from backend.store.models import model_record
    from backend.store.own_dimensions import dimension_set
    from quba.vocabulary import Origin

    engine = create_store_engine(Settings().resolved_database_url)
    try:
        with reading(engine) as session:
            rows = measurements_of(session, model_id, benchmark, protocol)
            record = model_record(session, model_id)
            wanted = [
                each
                for key, each in dimension_set(session).known.items()
                if each.origin is not Origin.BUILT_IN and key not in known
            ]
    finally:
        engine.dispose()
    found = [_fact(each, record) if each.of_facts else _measurement(each, rows.get(each.key)) for each in wanted]
    return tuple(each for each in found if each is not None)


def _fact(about: Dimension, record: "ModelRecord | None") -> FurtherValue | None:
    value: float | None = None if record is None else getattr(record, about.key)
    if record is None or value is None:
        return None
    return FurtherValue(about=about, value=value, standard_error=None, note=f"counted with {record.cost_source}")


def _measurement(about: Dimension, row: "Measurement | None") -> FurtherValue | None:
    if row is None or row.value is None:
        return None
    return FurtherValue(about=about, value=row.value, standard_error=row.standard_error, note=row.note)
