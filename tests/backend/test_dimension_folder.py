import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

import backend.definition_folder
from backend.dimension_folder import DimensionFolder
from backend.store.data_versions import current_name
from backend.store.engine import create_store_engine, reading, writing
from backend.store.errors import StoreUnavailable
from backend.store.own_dimensions import dimension_set, register, remove
from tests.backend.own_dimension import defined, toml_of

Serve = Callable[[str], httpx.Client]
FILE = "throughput.toml"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "dimensions"
    folder.mkdir()
    return folder


@pytest.fixture
def folder(place: Path, study_engine: Engine) -> DimensionFolder:
    return DimensionFolder(place, study_engine)


def write(file: Path, text: str) -> None:
    """Write a file so that it looks changed, however coarse the clock of the file system is."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(before + 1_000_000_000, before + 1_000_000_000))


def there(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        return {each.key: each.label for each in dimension_set(session).own}


def version(engine: Engine) -> str:
    with reading(engine) as session:
        return current_name(session)


def test_a_file_brings_a_dimension_changes_it_and_takes_it_away(
    place: Path, folder: DimensionFolder, study_engine: Engine
) -> None:
    write(place / FILE, toml_of())
    folder.take_in()
    assert there(study_engine) == {"throughput": "Throughput"}
    write(place / FILE, toml_of(label="Speed"))
    folder.take_in()
    assert there(study_engine) == {"throughput": "Speed"}
    write(place / FILE, toml_of(key="latency", label="Latency"))
    folder.take_in()
    assert there(study_engine) == {"latency": "Latency"}
    (place / FILE).rename(place / "other.toml")
    folder.take_in()
    assert there(study_engine) == {"latency": "Latency"}
    (place / "other.toml").unlink()
    folder.take_in()
    assert there(study_engine) == {}
    assert folder.refused == ()


def test_nothing_is_written_where_nothing_changed(place: Path, folder: DimensionFolder, study_engine: Engine) -> None:
    write(place / FILE, toml_of())
    folder.take_in()
    before = version(study_engine)
    folder.take_in()
    # Another process with the same folder finds that the store says so already.
    DimensionFolder(place, study_engine).take_in()
    assert version(study_engine) == before


def test_a_folder_that_is_not_there_asks_nothing_of_the_store(tmp_path: Path) -> None:
    engine = create_store_engine(f"sqlite:///{tmp_path}/none.db")
    DimensionFolder(tmp_path / "dimensions", engine).take_in()
    assert not (tmp_path / "dimensions").exists()
    engine.dispose()


def test_a_slip_removes_nothing_and_is_named(
    place: Path, folder: DimensionFolder, study_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    write(place / FILE, toml_of())
    write(place / "bad.toml", "key =")
    write(place / "taken.toml", toml_of(key="accuracy"))
    with caplog.at_level(logging.WARNING):
        folder.take_in()
        folder.take_in()
    assert [each.file for each in folder.refused] == ["bad.toml", "taken.toml"]
    assert "is not valid TOML" in folder.refused[0].reason
    # Each once, however often it is looked at.
    assert len(caplog.messages) == 2
    write(place / FILE, "key =")
    folder.take_in()
    assert there(study_engine) == {"throughput": "Throughput"}
    assert FILE in {each.file for each in folder.refused}


def test_a_file_gives_way_to_what_was_there_and_is_taken_once_that_is_gone(
    place: Path, folder: DimensionFolder, study_engine: Engine
) -> None:
    with writing(study_engine) as session:
        register(session, defined(label="By REST"))
    write(place / FILE, toml_of())
    folder.take_in()
    assert there(study_engine) == {"throughput": "By REST"}
    assert "already" in folder.refused[0].reason
    with writing(study_engine) as session:
        remove(session, "throughput")
    folder.take_in()
    assert there(study_engine) == {"throughput": "Throughput"}
    assert folder.refused == ()


def test_a_machine_removes_only_what_came_from_its_own_folder(
    place: Path, folder: DimensionFolder, study_engine: Engine, tmp_path: Path
) -> None:
    write(place / FILE, toml_of())
    folder.take_in()
    other = tmp_path / "elsewhere"
    other.mkdir()
    write(other / "latency.toml", toml_of(key="latency"))
    elsewhere = DimensionFolder(other, study_engine)
    elsewhere.take_in()
    (other / "latency.toml").unlink()
    elsewhere.take_in()
    assert there(study_engine) == {"throughput": "Throughput"}
    # The folder keeps its identifier wherever it is put, and so what it brought.
    place.rename(tmp_path / "moved")
    (tmp_path / "moved" / FILE).unlink()
    DimensionFolder(tmp_path / "moved", study_engine).take_in()
    assert there(study_engine) == {}


def test_what_a_folder_brought_goes_with_the_whole_folder(
    place: Path, folder: DimensionFolder, study_engine: Engine
) -> None:
    write(place / FILE, toml_of())
    folder.take_in()
    shutil.rmtree(place)
    folder.take_in()
    assert there(study_engine) == {}
    # Put back, it is the same folder.
    place.mkdir()
    write(place / FILE, toml_of())
    folder.take_in()
    write(place / FILE, toml_of(label="Speed"))
    folder.take_in()
    assert there(study_engine) == {"throughput": "Speed"}
    assert folder.refused == ()


def test_the_watch_waits_for_the_store_and_says_so_once(
    place: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = create_store_engine(f"sqlite:///{tmp_path}/none.db")
    write(place / FILE, toml_of())
    folder = DimensionFolder(place, engine)
    with pytest.raises(StoreUnavailable):
        folder.take_in()
    with caplog.at_level(logging.WARNING):
        asyncio.run(folder.look())
        asyncio.run(folder.look())
    assert [each for each in caplog.messages if "wait for the store" in each] == caplog.messages
    assert len(caplog.messages) == 1
    engine.dispose()


def test_a_folder_that_cannot_be_read_is_said(
    place: Path, study_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    write(place / FILE, toml_of())
    # A folder in the place of the identifier, which cannot be read as a file.
    folder = DimensionFolder(place / FILE / "below", study_engine)
    with caplog.at_level(logging.WARNING):
        asyncio.run(folder.look())
    assert caplog.messages == []
    (place / ".identifier").mkdir()
    with caplog.at_level(logging.WARNING):
        asyncio.run(DimensionFolder(place, study_engine).look())
    assert there(study_engine) == {}


def test_a_service_looks_before_its_first_answer_and_then_again_and_again(
    serve: Serve, study_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend.definition_folder, "SECONDS_BETWEEN_LOOKS", 0.01)
    place = tmp_path / "data" / "dimensions"
    place.mkdir(parents=True)
    write(place / FILE, toml_of())
    write(place / "bad.toml", "key =")
    service = serve(study_sqlite_url)

    def known() -> dict[str, str]:
        return {each["key"]: each["label"] for each in service.get("/v1/dimensions").json()["items"]}

    assert known()["throughput"] == "Throughput"
    [refused] = service.get("/v1/dimensions").json()["refused_files"]
    assert refused["file"] == "bad.toml"
    assert str(tmp_path) not in refused["file"]
    write(place / FILE, toml_of(label="Speed"))
    # The watch runs while a question is answered here; the test ends when it has, or hangs for its time limit.
    while known()["throughput"] != "Speed":
        pass


def test_a_file_whose_new_key_is_somebody_elses_keeps_what_it_brought_and_is_named(
    place: Path, folder: DimensionFolder, study_engine: Engine
) -> None:
    with writing(study_engine) as session:
        register(session, defined(key="latency", label="Latency"))
    write(place / FILE, toml_of())
    write(place / "other.toml", toml_of(key="memory", label="Memory"))
    folder.take_in()
    write(place / FILE, toml_of(key="latency", label="Another latency"))
    write(place / "other.toml", toml_of(key="memory", label="Peak memory"))
    before = version(study_engine)
    folder.take_in()
    # The refused one as it was, the good one whole.
    assert there(study_engine) == {"latency": "Latency", "memory": "Peak memory", "throughput": "Throughput"}
    [refused] = folder.refused
    assert (refused.file, refused.reason.startswith("There is a dimension 'latency' already")) == (FILE, True)
    after = version(study_engine)
    folder.take_in()
    assert before != after == version(study_engine)


def test_two_files_may_change_keys(place: Path, folder: DimensionFolder, study_engine: Engine) -> None:
    keys = ("throughput", "memory")
    for name, key in zip(("a.toml", "b.toml"), keys, strict=True):
        write(place / name, toml_of(key=key, label=f"{key} of {name}"))
    folder.take_in()
    for name, key in zip(("a.toml", "b.toml"), reversed(keys), strict=True):
        write(place / name, toml_of(key=key, label=f"{key} of {name}"))
    folder.take_in()
    assert there(study_engine) == {"memory": "memory of a.toml", "throughput": "throughput of b.toml"}
    assert folder.refused == ()
