"""Dimensions of installed packages in a command or a notebook, which have no service that took them in."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from quba.dimension import Dimension
from quba.dimensions import DIMENSIONS, adopt_dimensions, current_dimensions

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from backend.dimension_packages import RefusedPackage
    from backend.store.dimension_definition import DimensionDefinition


def dimension_of(key: str) -> Dimension:
    """A dimension of the program, or of an installed package, whose thread or task never asked for it before.

    Raises:
        KeyError: there is none.

    >>> dimension_of("accuracy").label
    'Accuracy'
    """
    adopt_installed([key])
    return DIMENSIONS[key]


def adopt_installed(keys: Iterable[str]) -> str:
    """Put the dimensions of installed packages in force here, until each of some keys is.

    Packages are loaded for nothing else: who asks for the program's own dimensions does not wait for them. Each is
    loaded once for as long as the program runs, in which Python keeps its modules.

    Args:
        keys: of dimensions that are asked for, or that results are of.

    Returns:
        A sentence for each package that was asked and brought none, beginning with a space; "" where there is none.
    """
    wanted = {key for key in keys if key not in DIMENSIONS}
    if not wanted:
        return ""
    from importlib.metadata import entry_points

    from backend.dimension_packages import RefusedPackage
    from quba.vocabulary import DIMENSION_PACKAGES

    added: dict[str, Dimension] = {}
    refused = []
    # Only its code says which dimension a package brings; its author may have named the entry point like that.
    for each in sorted(
        entry_points(group=DIMENSION_PACKAGES), key=lambda entry: (entry.name not in wanted, entry.name)
    ):
        if wanted <= set(added):
            break
        brought = _brought(each)
        if isinstance(brought, RefusedPackage):
            refused.append(brought)
        elif brought.key not in DIMENSIONS:
            added.setdefault(brought.key, brought.dimension())
    if added:
        now = current_dimensions()
        adopt_dimensions(replace(now, own=(*now.own, *added.values())))
    return "".join(f" {each.entry_point} was not taken: {each.reason} {each.next_step}" for each in refused)


@cache
def _brought(each: "EntryPoint") -> "DimensionDefinition | RefusedPackage":
    from backend.dimension_packages import SECONDS_TO_LOAD, dimensions_behind

    found, refused = dimensions_behind([each], SECONDS_TO_LOAD)
    return refused[0] if refused else found[each.name]
