import contextvars
from collections.abc import Callable
from pathlib import Path

import pytest

from quba.dimensions import DIMENSIONS, DimensionSet, dimensions_in_force
from tests.dimension_package import DOUBT, doubt_of, install
from wellbehaved.installed_dimensions import adopt_installed, dimension_of


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


def test_the_entry_point_of_its_name_is_loaded_alone_and_others_where_it_is_not_enough(site: Path) -> None:
    # Before the other in the order of names, and not asked where the other has what is wanted.
    install(site, "a_raises_if_loaded", "raise RuntimeError('loaded')")
    install(site, "named_as_it_is", DOUBT.replace('key="doubt"', 'key="named_as_it_is"'))

    def ask() -> None:
        assert adopt_installed(["accuracy", "named_as_it_is"]) == ""
        assert "named_as_it_is" in DIMENSIONS
        assert "RuntimeError: loaded" in adopt_installed(["beauty"])

    apart(ask)


def test_each_is_loaded_once_and_what_failed_is_remembered(site: Path) -> None:
    for module, source in ("fails_once", "raise RuntimeError('no licence')"), ("is_loaded_once", DOUBT):
        count = f"with open({str(site / module)!r}, 'a') as loads:\n    loads.write('.')\n"
        install(site, module, count + source)

    def ask() -> None:
        said = adopt_installed(["beauty"])
        assert "no licence" in said
        assert adopt_installed(["beauty"]) == said
        assert dimension_of("doubt").label == "Doubt"

    apart(ask)
    # In another context nothing is in force, and all is known.
    apart(ask)
    assert [(site / module).read_text() for module in ("fails_once", "is_loaded_once")] == [".", "."]


def test_what_nobody_brings_is_no_dimension() -> None:
    with pytest.raises(KeyError):
        dimension_of("beauty")


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
