"""Dimensions of installed packages in a command or a notebook, which have no service that took them in."""

from collections.abc import Iterable

from quba.dimensions import DIMENSIONS, adopt_dimensions, current_dimensions

_SECONDS = 10.0


def adopt_installed(keys: Iterable[str]) -> str:
    """Put the dimensions of installed packages in force here, where one of some keys is not in force yet.

    Packages are loaded for nothing else: who asks for the program's own dimensions does not wait for them.

    Args:
        keys: of dimensions that are asked for, or that results are of.

    Returns:
        A sentence for each package that brought none, beginning with a space; "" where each did, or none was loaded.
    """
    if all(key in DIMENSIONS for key in keys):
        return ""
    from dataclasses import replace
    from importlib.metadata import entry_points

    from backend.dimension_packages import dimensions_behind
    from quba.vocabulary import DIMENSION_PACKAGES

    found, refused = dimensions_behind(sorted(entry_points(group=DIMENSION_PACKAGES)), _SECONDS)
    now = current_dimensions()
    added = {each.key: each.dimension() for each in found.values() if each.key not in DIMENSIONS}
    if added:
        adopt_dimensions(replace(now, own=(*now.own, *added.values())))
    return "".join(f" {each.entry_point} was not taken: {each.reason} {each.next_step}" for each in refused)
