"""Dimensions of installed packages: entry points of fake distributions on the path."""

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from backend import dimension_packages
from backend.dimension_folder import DimensionFolder
from backend.dimension_packages import DimensionPackages, dimensions_behind
from backend.store.engine import create_store_engine, reading, writing
from backend.store.own_dimensions import dimension_set, register, remove
from quba.dimension import Pass, PlugIn
from quba.errors import Refusal
from quba.vocabulary import DIMENSION_PACKAGES
from tests import dimension_package
from tests.backend.conftest import TOKEN
from tests.backend.own_dimension import defined
from tests.dimension_package import DOUBT

Serve = Callable[[str], httpx.Client]
DIMENSION = """
from dataclasses import replace
from quba.dimensions import BUILT_IN
SPEED = replace(BUILT_IN["parameters_millions"], key="speed", label="Speed", default_weight=0.0, reference=None)
"""
# Far longer than a test waits, and over when the process ends.
BLOCKED = "import threading\nthreading.Event().wait()\n"


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    own = create_store_engine(study_sqlite_url)
    yield own
    own.dispose()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Install a distribution of one module whose entry point names what is in it."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    def install(module: str, source: str, target: str = "SPEED") -> Path:
        return dimension_package.install(tmp_path / "site", module, source, target)

    return install


def packages(tmp_path: Path, engine: Engine) -> DimensionPackages:
    return DimensionPackages(DimensionFolder(tmp_path / "dimensions", engine), engine)


def there(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [each.key for each in dimension_set(session).own]


def found() -> list[EntryPoint]:
    return list(entry_points(group=DIMENSION_PACKAGES))


def test_nothing_is_installed_and_nothing_is_made(tmp_path: Path, engine: Engine) -> None:
    own = packages(tmp_path, engine)
    own.take_in()
    assert (own.refused, there(engine)) == ((), [])
    assert not (tmp_path / "dimensions").exists()


def test_a_package_brings_a_dimension_and_takes_it_away(
    tmp_path: Path, engine: Engine, installed: Callable[..., Path]
) -> None:
    information = installed("brings_speed", DIMENSION)
    packages(tmp_path, engine).take_in()
    assert there(engine) == ["speed"]
    with reading(engine) as session:
        [speed] = dimension_set(session).own
    assert (speed.default_weight, speed.label, speed.reference) == (0, "Speed", None)
    folder = DimensionFolder(tmp_path / "dimensions", engine)
    identifier = folder.own_identifier(make=False)
    with writing(engine) as session, pytest.raises(Refusal) as refused:
        remove(session, "speed", watched=identifier)
    assert refused.value.code == "dimension_of_a_package"
    # Another machine, with a folder of its own, removes nothing.
    (information / "entry_points.txt").unlink()
    packages(tmp_path / "other", engine).take_in()
    assert there(engine) == ["speed"]
    packages(tmp_path, engine).take_in()
    assert there(engine) == []


def test_a_module_with_a_measure_brings_a_dimension_that_can_be_measured(
    tmp_path: Path, engine: Engine, installed: Callable[..., Path]
) -> None:
    installed("measures_doubt", DOUBT, "")
    packages(tmp_path, engine).take_in()
    with reading(engine) as session:
        [doubt] = dimension_set(session).own
    assert doubt.plug_in == PlugIn(package="measures_doubt", version="1.5", entry_point="measures_doubt")
    assert (doubt.passes, doubt.procedure) == ((Pass.CLEAN,), "One minus the mean top probability.")


def test_a_new_version_of_a_package_is_known_from_the_next_start(
    tmp_path: Path, engine: Engine, installed: Callable[..., Path]
) -> None:
    information = installed("is_upgraded", DOUBT, "")
    packages(tmp_path, engine).take_in()
    metadata = information / "METADATA"
    metadata.write_text(metadata.read_text().replace("1.5", "1.6"))
    packages(tmp_path, engine).take_in()
    with reading(engine) as session:
        [doubt] = dimension_set(session).own
    assert doubt.plug_in is not None
    assert doubt.plug_in.version == "1.6"


def test_the_same_again_writes_nothing(tmp_path: Path, engine: Engine, installed: Callable[..., Path]) -> None:
    installed("says_the_same", DIMENSION)
    packages(tmp_path, engine).take_in()
    with reading(engine) as session:
        before = dimension_set(session)
    packages(tmp_path, engine).take_in()
    with reading(engine) as session:
        assert dimension_set(session) == before


def test_one_that_fails_is_named_and_the_others_are_taken(
    tmp_path: Path, engine: Engine, installed: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    installed("is_fine", DIMENSION)
    installed("raises", "raise RuntimeError('no licence')")
    installed("wants_to_end", "raise SystemExit(3)")
    installed("is_no_dimension", "SPEED = 3")
    installed("has_nothing", "")
    installed("has_a_bad_key", DIMENSION + "SPEED = replace(SPEED, key='Speed')")
    own = packages(tmp_path, engine)
    own.take_in()
    assert there(engine) == ["speed"]
    reasons = {each.entry_point: each.reason for each in own.refused}
    assert reasons["raises of raises 1.5"] == "It raised RuntimeError: no licence."
    assert reasons["wants_to_end of wants_to_end 1.5"] == "It raised SystemExit: 3."
    assert reasons["is_no_dimension of is_no_dimension 1.5"] == (
        "It is a int, not a quba.dimension.Dimension or a module with one named DIMENSION."
    )
    assert "AttributeError" in reasons["has_nothing of has_nothing 1.5"]
    assert "lower-case letter" in reasons["has_a_bad_key of has_a_bad_key 1.5"]
    assert len(reasons) == 5
    assert "raises of raises 1.5 was not taken" in caplog.text


def test_one_that_blocks_is_left_behind(installed: Callable[..., Path]) -> None:
    installed("blocks_for_ever", BLOCKED)
    told, refused = dimensions_behind(found(), seconds=0.05)
    assert told == {}
    assert [each.reason for each in refused] == ["It did not come to an end within 0.05 s."]


def test_those_after_one_that_blocks_are_taken(installed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    class Thread(threading.Thread):
        """Only the one that blocks is given up; the others may take as long as a busy machine does."""

        def join(self, timeout: float | None = None) -> None:
            super().join(timeout if self.name == "a_blocks_before" else None)

    monkeypatch.setattr(dimension_packages, "threading", SimpleNamespace(Thread=Thread))
    installed("a_blocks_before", BLOCKED)
    installed("b_is_after", DIMENSION)
    installed("c_is_after", DIMENSION)
    told, refused = dimensions_behind(sorted(found()), seconds=0.05)
    assert sorted(told) == ["b_is_after", "c_is_after"]
    assert [each.entry_point for each in refused] == ["a_blocks_before of a_blocks_before 1.5"]


def test_all_together_hold_up_a_start_for_so_long_and_no_longer(
    installed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes 12 s by this clock, of 30 that it may and 20 that all may."""
    patience = patience_of(monkeypatch, 12, given_up=())
    for name in ("a_first", "b_second", "c_left", "d_left"):
        installed(name, DIMENSION.replace("speed", name))
    told, refused = dimensions_behind(sorted(found()), seconds=30, in_all=20)
    assert (sorted(told), patience) == (["a_first", "b_second"], {"a_first": 20, "b_second": 8})
    reason = "It was not loaded: a_first took 12.0 s, b_second took 12.0 s of the 20 s that a start waits for all."
    assert [(each.entry_point, each.reason) for each in refused] == [
        (f"{name} of {name} 1.5", reason) for name in ("c_left", "d_left")
    ]


def test_one_that_has_less_than_its_seconds_is_not_blamed_for_what_others_took(
    installed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = patience_of(monkeypatch, 9.927, given_up=("b_second", "c_third"))
    for name in ("a_first", "b_second", "c_third"):
        installed(name, DIMENSION.replace("speed", name))
    told, refused = dimensions_behind(sorted(found()), seconds=10, in_all=20)
    assert sorted(told) == ["a_first"]
    assert patience == {"a_first": 10, "b_second": 10, "c_third": pytest.approx(0.146)}
    assert [(each.reason, each.next_step) for each in refused] == [
        (
            "It did not come to an end within 10 s.",
            "Let its module do nothing but define the dimension, and start the service again.",
        ),
        (
            "It was given up before its 10 s were over: a_first took 9.9 s, b_second took 9.9 s of the 20 s that a "
            "start waits for all.",
            "Correct or uninstall those that take longest, and start the service again.",
        ),
    ]


def patience_of(
    monkeypatch: pytest.MonkeyPatch, each_takes: float, *, given_up: tuple[str, ...]
) -> dict[str, float | None]:
    """How long each is waited for, by a clock of its own; those that are given up do not even begin."""
    clock, patience = itertools.count(0, each_takes), {}

    class Thread(threading.Thread):
        """Of the entry points alone: other threads of the process go on as they are."""

        def run(self) -> None:
            if self.name not in given_up:
                super().run()

        def join(self, timeout: float | None = None) -> None:
            patience[self.name] = timeout
            super().join()

    monkeypatch.setattr(dimension_packages, "threading", SimpleNamespace(Thread=Thread))
    monkeypatch.setattr(dimension_packages, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    return patience


def test_none_meets_what_another_has_loaded_by_half(tmp_path: Path, installed: Callable[..., Path]) -> None:
    # Two libraries that import each other, as many do: of two threads that begin with one each, one gets the other's by
    # half.
    left = "import time\nEARLY = 1\ntime.sleep(0.3)\nimport right_library\nright_library.LATE\n"
    right = "import time\ntime.sleep(0.1)\nimport left_library\nleft_library.EARLY\nLATE = 1\n"
    installed("needs_left", "import left_library\n" + DIMENSION)
    installed("needs_right", "import right_library\n" + DIMENSION)
    for name, source in ("left", left), ("right", right):
        (tmp_path / "site" / f"{name}_library.py").write_text(source, encoding="utf-8")
    told, refused = dimensions_behind(sorted(found()), seconds=30)
    assert (sorted(told), refused) == (["needs_left", "needs_right"], [])


def test_what_fails_this_time_keeps_what_it_brought(
    tmp_path: Path, engine: Engine, installed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("fails_later", DIMENSION)
    packages(tmp_path, engine).take_in()
    monkeypatch.setattr(EntryPoint, "load", lambda _: 1 / 0)
    own = packages(tmp_path, engine)
    own.take_in()
    assert there(engine) == ["speed"]
    assert "ZeroDivisionError" in own.refused[0].reason


def test_a_key_that_somebody_else_has_is_refused(
    tmp_path: Path, engine: Engine, installed: Callable[..., Path]
) -> None:
    with writing(engine) as session:
        register(session, defined(key="speed"))
    installed("wants_speed", DIMENSION)
    own = packages(tmp_path, engine)
    own.take_in()
    assert "was added by REST or by command" in own.refused[0].reason


def test_the_service_has_them_from_its_start_and_names_the_others(
    serve: Serve, study_sqlite_url: str, installed: Callable[..., Path]
) -> None:
    installed("serves_speed", DIMENSION)
    installed("raises_in_a_service", "raise RuntimeError('no licence')")
    service = serve(study_sqlite_url)
    service.headers["Authorization"] = f"Bearer {TOKEN}"
    answer: dict[str, Any] = service.get("/v1/dimensions").json()
    assert {item["key"]: item["origin"] for item in answer["items"]}["speed"] == "own"
    assert [each["entry_point"] for each in answer["refused_packages"]] == [
        "raises_in_a_service of raises_in_a_service 1.5"
    ]
    assert service.delete("/v1/dimensions/speed").json()["code"] == "dimension_of_a_package"


def test_a_store_that_is_away_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = create_store_engine(f"sqlite:///{tmp_path / 'nowhere.db'}")
    own = packages(tmp_path, engine)
    (tmp_path / "dimensions").mkdir()
    (tmp_path / "dimensions" / ".identifier").write_text("f00", encoding="ascii")
    asyncio.run(own.look())
    engine.dispose()
    assert "the dimensions of installed packages were not taken" in caplog.text
