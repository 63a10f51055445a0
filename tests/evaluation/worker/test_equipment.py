"""What a measuring process is given arrives as it was."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from backend.settings import Settings
from evaluation.engine.means import Means
from evaluation.worker.equipment import Equipment


def test_it_arrives_as_it_was_whatever_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Equipment(
        settings=Settings(
            data_dir=tmp_path, database_url=SecretStr("postgresql://me:secret@host/name"),
            data_roots=(tmp_path / "a b",),
            retention_days=None, worker_beat_seconds=0.5, _env_file=None,
        ),
        worker_id="me", data=tmp_path / "datasets",
        means=Means(
            device="cpu", batch_size=7, workers=None, channels_last=True, compiled=True,
            corrupt_on_device=True, decode_on_device=True,
        ),
    )  # fmt: skip
    monkeypatch.setenv("WELLBEHAVED_RETENTION_DAYS", "3")
    monkeypatch.setenv("WELLBEHAVED_DATABASE_URL", "sqlite:///elsewhere")
    line = sent.line()
    assert "\n" not in line
    assert Equipment.of_line(line) == sent
    assert "secret" in Equipment.of_line(line).settings.resolved_database_url
