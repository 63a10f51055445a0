import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from backend.private_files import keep_private, private_database, private_file, private_folder
from backend.settings import Settings
from backend.store.engine import create_store_engine, exclusive
from evaluation.engine.step_store import StepStore
from wellbehaved.processes import migrate_store
from wellbehaved.sole import sole_use


@pytest.fixture(autouse=True)
def everything_allowed() -> Iterator[None]:
    """The system would let everybody read and write what is made."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_an_instance_writes_is_its_own_in_a_folder_open_to_all(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o777)
    settings = Settings(data_dir=folder, _env_file=None)
    (folder / "token").write_text("copied from elsewhere\n")
    migrate_store(settings)
    StepStore(folder / "evaluations" / "abc").save("clean", 0, "images", {"a": np.zeros(1)})
    engine = create_store_engine(settings.resolved_database_url)
    with sole_use(folder), exclusive(engine) as connection:
        connection.execute(text("DELETE FROM evaluation_result"))
        found = sorted(folder.rglob("*"))
        assert {"wellbehaved.db", "wellbehaved.db-wal", "wellbehaved.db-shm", "wellbehaved-jobs.db", "token"} <= {
            path.name for path in found
        }
        wrong = {path.name: oct(mode(path)) for path in found if mode(path) != (0o700 if path.is_dir() else 0o600)}
        assert wrong == {}
    engine.dispose()


def test_a_database_of_an_earlier_version_is_closed_to_others(tmp_path: Path) -> None:
    names = ("a.db", "a.db-wal", "a.db-shm", "a.db-journal")
    for name in names:
        (tmp_path / name).write_bytes(b"")
        assert mode(tmp_path / name) == 0o666
    private_database(tmp_path / "a.db")
    assert [mode(tmp_path / name) for name in names] == [0o600] * 4


def test_every_folder_that_is_made_is_private_and_what_was_there_stays(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    place = private_folder(tmp_path / "a" / "b" / "c")
    assert [mode(each) for each in (tmp_path, tmp_path / "a", tmp_path / "a" / "b", place)] == [0o755] + [0o700] * 3
    assert private_folder(place) == place


def test_a_file_keeps_what_is_in_it_and_stricter_modes(tmp_path: Path) -> None:
    path = private_file(tmp_path / "a")
    path.write_text("kept")
    path.chmod(0o400)
    assert private_file(path).read_text() == "kept"
    assert mode(path) == 0o400
    keep_private(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()
