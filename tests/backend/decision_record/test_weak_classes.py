from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import pytest

from backend.decision_record.schema import RecordItem
from backend.decision_record.weak_classes import MOST, weak_classes
from backend.store import class_reports
from backend.store.engine import create_store_engine, writing
from quba.measuring.class_report import class_report
from tests.backend.conftest import fill

Serve = Callable[[str], httpx.Client]


def item(model_id: str) -> RecordItem:
    return RecordItem(
        rank=1, overall_rank=1, model_id=model_id, name=model_id.title(), licence="mit",
        commercial_use="yes", macs_billions=None, score=0.0, contributions={}, scores={},
        p_first=1.0, rank_low=1, rank_high=1, measured_rank_low=None, measured_rank_high=None,
    )  # fmt: skip


def report(rights: list[tuple[int, int]]) -> dict[str, Any]:
    """A report of classes of so many images, of which so many are decided right; the others go to the next class."""
    labels = np.repeat(np.arange(len(rights)), [count for _, count in rights])
    decided = np.concatenate(
        [[place] * right + [(place + 1) % len(rights)] * (count - right) for place, (right, count) in enumerate(rights)]
    ).astype(int)
    return class_report(np.eye(len(rights), dtype=np.float32)[decided], labels, len(rights)).as_json(
        [f"class {place}" for place in range(len(rights))]
    )


def test_the_lowest_recalls_come_first_and_no_more_than_three() -> None:
    reports = {"a": report([(8, 10), (2, 10), (10, 10), (5, 10), (2, 10)]), "b": None}
    (found,) = weak_classes([item("a"), item("b")], reports.get)
    assert (found.name, len(found.classes)) == ("A", MOST)
    assert [(one.name, one.recall, one.images) for one in found.classes] == [
        ("class 1", 0.2, 10), ("class 4", 0.2, 10), ("class 3", 0.5, 10),
    ]  # fmt: skip
    assert found.classes[0].low < 0.2 < found.classes[0].high


def test_a_class_without_images_has_no_recall_and_is_left_out() -> None:
    (found,) = weak_classes([item("a")], lambda _: report([(1, 2), (0, 0), (2, 2)]))
    assert [one.name for one in found.classes] == ["class 0", "class 2"]


@pytest.mark.parametrize("form", ["json", "md", "html"])
def test_the_record_of_a_pool_of_ones_own_names_them(serve: Serve, study_sqlite_url: str, form: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 2)
    with writing(engine) as session:
        class_reports.keep(
            session, ("mine-0", "flowers", "sha256:1", "corrected"), report([(18, 20), (7, 20), (20, 20)]),
            evaluation_id=None, measured_at=datetime.now(UTC),
        )  # fmt: skip
    engine.dispose()
    service = serve(study_sqlite_url)
    record = service.get(f"/v1/decision-record?benchmark=flowers&format={form}")
    assert record.status_code == 200
    if form == "json":
        (told,) = record.json()["weak_classes"]
        assert (told["model_id"], told["classes"][0]["name"], told["classes"][0]["recall"]) == (
            "mine-0",
            "class 1",
            0.35,
        )
    else:
        assert "Classes with the lowest recall" in record.text
        assert "0.35" in record.text
    published = service.get(f"/v1/decision-record?format={form}")
    assert "Classes with the lowest recall" not in published.text
