"""What the folder of dimensions does with its files is in test_dimension_folder; here, that presets follow theirs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from backend.preset_folder import PresetFolder
from backend.store import own_dimensions
from backend.store.engine import create_store_engine, reading, writing
from backend.store.own_dimensions import dimension_set
from tests.backend.own_dimension import defined
from tests.backend.own_preset import preset_toml

FILE = "cameras.toml"


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    own = create_store_engine(study_sqlite_url)
    yield own
    own.dispose()


def write(file: Path, text: str) -> None:
    """Write a file so that it looks changed, however coarse the clock of the file system is."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(before + 1_000_000_000, before + 1_000_000_000))


def there(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        return {each.key: each.label for each in dimension_set(session).presets}


def test_a_file_brings_a_preset_changes_it_and_takes_it_away(tmp_path: Path, engine: Engine) -> None:
    folder = PresetFolder(tmp_path, engine)
    write(tmp_path / FILE, preset_toml())
    folder.take_in()
    assert there(engine) == {"cameras": "Our cameras"}
    write(tmp_path / FILE, preset_toml(label="Others"))
    folder.take_in()
    assert there(engine) == {"cameras": "Others"}
    write(tmp_path / FILE, preset_toml(key="gate"))
    folder.take_in()
    assert there(engine) == {"gate": "Our cameras"}
    (tmp_path / FILE).unlink()
    folder.take_in()
    assert there(engine) == {}


def test_a_file_that_is_refused_is_named_and_taken_once_its_dimension_is_there(
    tmp_path: Path, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    folder = PresetFolder(tmp_path, engine)
    write(tmp_path / FILE, preset_toml(weights={"throughput": 1}))
    folder.take_in()
    [refused] = folder.refused
    assert (refused.file, there(engine)) == (FILE, {})
    assert f"{tmp_path.name}/{FILE} was not taken" in caplog.text
    with writing(engine) as session:
        own_dimensions.register(session, defined())
    folder.take_in()
    assert (folder.refused, there(engine)) == ((), {"cameras": "Our cameras"})
