from pathlib import Path

import pytest

from evaluation.engine.packages import installed_entry_point, installed_version, package_versions, packages_of
from quba.dimension import PlugIn
from quba.dimensions import DimensionSet, dimensions_in_force
from tests.dimension_package import DOUBT, doubt_of, install


def test_the_version_that_is_installed_here_counts_and_nothing_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "never_loaded", "raise RuntimeError('loaded')", version="2.0")
    known = doubt_of("never_loaded", version="1.0")
    with dimensions_in_force(DimensionSet(own=(known,))):
        assert package_versions(["accuracy", "doubt", "of nobody"]) == {"doubt": "2.0"}
        assert packages_of({"doubt": "2.0"}) == {"never_loaded": "2.0"}


def test_a_package_is_known_by_its_name_and_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "known_here", DOUBT)
    assert installed_version(PlugIn(package="known_here", version="9", entry_point="known_here")) == "1.5"
    assert installed_entry_point(PlugIn(package="another", version="1.5", entry_point="known_here")) is None
    assert installed_version(PlugIn(package="known_here", version="1.5", entry_point="another")) is None
