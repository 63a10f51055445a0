from datetime import UTC, datetime

from sqlalchemy import Engine

from backend.store.class_reports import class_report, keep
from backend.store.engine import reading, writing
from backend.store.removal import remove_benchmark, remove_model
from tests.backend.conftest import fill

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def test_the_latest_report_counts_and_goes_with_its_model(study_engine: Engine) -> None:
    fill(study_engine, 2)
    for recall in (0.1, 0.2):
        with writing(study_engine) as session:
            for model_id, benchmark, digest in (("mine-0", "flowers", "sha256:1"), ("alexnet", "imagenet-1k", "")):
                which = (model_id, benchmark, digest, "corrected")
                keep(session, which, {"recall": recall}, evaluation_id="ev-1", measured_at=NOW)
    with reading(study_engine) as session:
        assert class_report(session, "mine-0", "flowers", "corrected") == {"recall": 0.2}
        assert class_report(session, "alexnet", "imagenet-1k", "corrected") == {"recall": 0.2}
        assert class_report(session, "mine-0", "flowers", "as-published") is None
        assert class_report(session, "mine-0", "none", "corrected") is None
    with writing(study_engine) as session:
        assert remove_model(session, "mine-0")
        assert class_report(session, "mine-0", "flowers", "corrected") is None
        assert remove_benchmark(session, "flowers", with_measurements=True)
        assert not remove_benchmark(session, "flowers", with_measurements=True)
