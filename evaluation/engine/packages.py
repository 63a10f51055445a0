"""Which of the packages that measure dimensions are installed here, and in which version.

Nothing of a package is imported for that: its code runs in a process of its own alone (`package_process`).
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

from quba.dimension import PlugIn
from quba.dimensions import DIMENSIONS
from quba.vocabulary import DIMENSION_PACKAGES


def package_versions(dimensions: Iterable[str]) -> dict[str, str]:
    """By dimension that a package measures, the version that is installed here; without those that are not.

    Args:
        dimensions: keys; those that no package measures are passed over.

    >>> package_versions(["accuracy"])
    {}
    """
    found = {}
    for key in dimensions:
        plug_in = DIMENSIONS[key].plug_in if key in DIMENSIONS else None
        installed = None if plug_in is None else installed_version(plug_in)
        if installed is not None:
            found[key] = installed
    return found


def packages_of(versions: Mapping[str, str]) -> dict[str, str]:
    """The versions of packages by the name of the package.

    Args:
        versions: by the key of the dimension that each measures, from `package_versions`.

    >>> packages_of({})
    {}
    """
    return {its.package: version for key, version in versions.items() if (its := DIMENSIONS[key].plug_in) is not None}


def installed_version(plug_in: PlugIn) -> str | None:
    """The version of a package that is installed here with its entry point; None where it is not."""
    found = installed_entry_point(plug_in)
    return None if found is None or found.dist is None else found.dist.version


def installed_entry_point(plug_in: PlugIn) -> EntryPoint | None:
    """The entry point of a package, not loaded; None where the package is not installed or has none of the name."""
    found = entry_points(group=DIMENSION_PACKAGES, name=plug_in.entry_point)
    return next((each for each in found if each.dist is not None and each.dist.name == plug_in.package), None)
