import contextvars
from collections.abc import Callable
from pathlib import Path

import pytest

from quba.dimensions import DIMENSIONS, DimensionSet, dimensions_in_force
from tests.dimension_package import DOUBT, doubt_of, install
from wellbehaved.installed_dimensions import adopt_installed


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def apart(ask: Callable[[], None]) -> None:
    """Ask in a context of its own, so that no other test has the dimensions."""
    contextvars.copy_context().run(ask)


def test_a_package_is_loaded_where_its_dimension_is_asked_for(site: Path) -> None:
    install(site, "adopted_here", DOUBT)

    def ask() -> None:
        assert adopt_installed(["accuracy"]) == ""
        assert "doubt" not in DIMENSIONS
        assert adopt_installed(["accuracy", "doubt"]) == ""
        its = DIMENSIONS["doubt"].plug_in
        assert its is not None
        assert its.package == "adopted_here"

    apart(ask)
    assert "doubt" not in DIMENSIONS


def test_what_is_in_force_already_stays_as_it_is(site: Path) -> None:
    install(site, "adopted_too_late", DOUBT)

    def ask() -> None:
        with dimensions_in_force(DimensionSet(own=(doubt_of("another"),))):
            adopt_installed(["beauty"])
            its = DIMENSIONS["doubt"].plug_in
            assert its is not None
            assert its.package == "another"

    apart(ask)


def test_a_package_that_brings_none_is_named(site: Path) -> None:
    install(site, "adopts_nothing", "raise RuntimeError('no licence')")
    said = adopt_installed(["doubt"])
    assert said.startswith(" adopts_nothing of adopts_nothing 1.5 was not taken: It raised RuntimeError: no licence.")
