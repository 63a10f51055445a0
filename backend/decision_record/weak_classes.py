"""The classes that the listed models recognise least, from their reports by class."""

from collections.abc import Callable, Sequence

from pydantic import BaseModel, TypeAdapter

from backend.decision_record.schema import RecordItem, WeakClass, WeakClasses
from backend.store.tables import JsonObject

MOST = 3

ReportOf = Callable[[str], JsonObject | None]


class _Row(BaseModel):
    """A class as a report keeps it, as far as it is needed here."""

    name: str
    count: int
    recall: float | None
    recall_interval: tuple[float, float] | None


_ROWS = TypeAdapter(list[_Row])


def weak_classes(items: Sequence[RecordItem], report_of: ReportOf) -> list[WeakClasses]:
    """Up to three classes of each model that has a report, the lowest recall first.

    Args:
        items: the models that the record lists.
        report_of: a model's report by class as `quba.measuring.class_report` makes it; None where there is none.
    """
    reports = ((item, report_of(item.model_id)) for item in items)
    return [
        WeakClasses(model_id=item.model_id, name=item.name, classes=_lowest(report))
        for item, report in reports
        if report is not None
    ]


def _lowest(report: JsonObject) -> list[WeakClass]:
    known = [
        WeakClass(name=row.name, images=row.count, recall=row.recall, low=row.recall_interval[0],
                  high=row.recall_interval[1])
        for row in _ROWS.validate_python(report["classes"])
        if row.recall is not None and row.recall_interval is not None
    ]  # fmt: skip
    # By name where recalls tie, so that a record that is printed twice says the same.
    return sorted(known, key=lambda one: (one.recall, one.name))[:MOST]
