"""Whether what a package measures here is what the local store knows under the same key."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from quba.dimension import Dimension
from quba.dimension_package import scale_change
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal

if TYPE_CHECKING:
    from sqlalchemy import Engine


def require_as_stored(engine: "Engine", keys: Iterable[str]) -> None:
    """See that values of packages can stand under the store's own descriptions of their dimensions.

    What the store has no dimension of yet passes: a service that starts where the package is installed adds it.

    Args:
        engine: of the store.
        keys: of the dimensions whose values are to be stored.

    Raises:
        Refusal: `dimension_exists`, where the store's is another package's or nobody's, or of another unit, direction
            or bound.
        StoreUnavailable: the database does not answer or was never migrated.
    """
    its = [DIMENSIONS[key] for key in keys]
    packages = [each for each in its if each.plug_in is not None]
    if not packages:
        return
    from backend.store.engine import reading
    from backend.store.own_dimensions import dimension_set

    with reading(engine) as session:
        stored = {each.key: each for each in dimension_set(session).own}
    for each in packages:
        if each.key in stored:
            _require_same(each, stored[each.key])


def _require_same(its: Dimension, stored: Dimension) -> None:
    here, there = its.plug_in, stored.plug_in
    if here is None:
        raise ValueError(f"the dimension {its.key} is measured by no package.")
    if there is None or there.package != here.package:
        whose = "which no package measures" if there is None else f"which the package {there.package} measures"
        raise Refusal(
            "dimension_exists",
            f"The store has another dimension {its.key!r}, {whose}; the package {here.package} measured this one.",
            f"Leave {its.key} out of --dimensions, or remove the other with `wellbehaved dimension remove {its.key}`.",
        )
    change = scale_change(stored, its)
    if change is not None:
        raise Refusal(
            "dimension_exists",
            f"The package {here.package} measures {its.key!r} here in {change}, as the store knows it.",
            f"Leave {its.key} out of --dimensions, or start the service where this version of {here.package} is "
            "installed, so that the store knows it anew.",
        )
