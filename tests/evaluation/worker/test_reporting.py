"""What a job says of itself while it measures, and how often."""

from pathlib import Path

import pytest

from backend.store.tables import NotedProgress
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.progress import Progress
from evaluation.engine.run import Result
from evaluation.engine.stages import Protocol, Request
from evaluation.worker import reporting
from evaluation.worker.reporting import Report, image_counts
from quba.measuring.observations import Measured


class Noted:
    """Notes what it is asked to keep."""

    def __init__(self) -> None:
        self.progress: list[NotedProgress] = []
        self.kept: list[tuple[str, str, Result]] = []
        self.goes_on = True

    def wanted(self) -> bool:
        return self.goes_on

    def note(self, progress: NotedProgress) -> None:
        self.progress.append(progress)

    def keep(self, phase: str, dimension: str, result: Result) -> None:
        self.kept.append((phase, dimension, result))


def progress(share: float) -> Progress:
    return Progress(stage="clean", share=share, images=10, elapsed_seconds=1.0, remaining_seconds=9.0)


def test_steps_and_images_are_counted_and_what_waits_takes_nothing_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "_REPORT_SECONDS", 0.0)
    noted = Noted()
    report = Report(noted, ("quick", "full"), {"quick": 100, "full": 400})
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "1.npz").touch()
    report.begin("full", tmp_path)
    report.on_progress(progress(0.25))
    report.wait("waiting for room")
    assert [(each["phase"], each["stage"], each["images_done"], each["steps_done"]) for each in noted.progress] == [
        ("full", "reading the data sets", 0, 1), ("full", "clean", 100, 1), ("full", "waiting for room", 100, 1),
    ]  # fmt: skip
    value = Measured(value=0.5, parts={}, sample_count=10, standard_error=None)
    report.on_result("mine", "accuracy", value)
    assert noted.kept == [("full", "accuracy", value)]
    assert not report.should_stop()
    noted.goes_on = False
    assert report.should_stop()


def test_progress_is_not_said_more_often_than_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_REPORT_SECONDS", 3600.0)
    noted = Noted()
    report = Report(noted, ("full",), {"full": 400})
    for share in (0.1, 0.2, 0.3):
        report.on_progress(progress(share))
    assert [each["share"] for each in noted.progress] == [0.1]


def test_images_are_counted_by_phase() -> None:
    request = Request(
        benchmark=BENCHMARKS["toy-shapes"], dimensions=("accuracy",), protocol=Protocol.CORRECTED, samples_per_class=2
    )
    assert image_counts({"quick": request}) == {"quick": 32}
