from collections.abc import Callable
from datetime import UTC, datetime

import httpx
from pydantic import JsonValue

from backend.store import class_reports
from backend.store.engine import create_store_engine, writing
from tests.backend.conftest import fill

Serve = Callable[[str], httpx.Client]
REPORT: dict[str, JsonValue] = {"classes": [{"recall": 0.5, "precision": 1.0, "count": 20}]}


def test_a_report_by_class_is_given_with_the_names(serve: Serve, study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 2)
    with writing(engine) as session:
        which = ("mine-0", "flowers", "sha256:1", "corrected")
        class_reports.keep(session, which, REPORT, evaluation_id=None, measured_at=datetime.now(UTC))
    service = serve(study_sqlite_url)
    answer = service.get("/v1/models/mine-0/class-report?benchmark=flowers").json()
    assert (answer["report"], answer["classes"], answer["name"]) == (REPORT, ["aster", "daisy", "rose"], "Mine 0")
    absent = service.get("/v1/models/mine-1/class-report?benchmark=flowers")
    assert (absent.status_code, absent.json()["code"]) == (404, "no_class_report")
    assert "evaluate the model again" in absent.json()["next_step"]
    assert service.get("/v1/models/none/class-report?benchmark=flowers").json()["code"] == "unknown_model"
    assert service.get("/v1/models/alexnet/class-report").json()["code"] == "no_class_report"
    # A report of other files is no report of these.
    fill(engine, 0, digest="sha256:2")
    engine.dispose()
    assert service.get("/v1/models/mine-0/class-report?benchmark=flowers").status_code == 404
