"""What a reader must know about a ranking beside its figures, in sentences that REST and the decision record share."""

from backend.ranking.ingredients import ingredient_notices
from backend.ranking.pool import SECOND_MODEL, Prepared
from backend.ranking.query import View
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation


def notices(prepared: Prepared, view: View) -> list[str]:
    """The notices of a view, the most important first; empty for most.

    Args:
        prepared: the view's pool.
        view: the question, about the dimensions that the pool has.
    """
    found = []
    if prepared.scoreless:
        found.append(f"{prepared.scoreless} {SECOND_MODEL}")
    if view.left_out:
        named = " and ".join(DIMENSIONS[key].inline_label for key in view.left_out)
        found.append(f"{prepared.snapshot.label} does not measure {named}: the given weight counts for nothing.")
    if view.removed:
        named = " and ".join(view.removed)
        found.append(f"{named} was removed from this service: its weight and limits count for nothing.")
    if prepared.snapshot.own and view.normalisation is Normalisation.PUBLISHED:
        found.append(
            "The norms are those that the study took on ImageNet-1k: on other images, a score of 0 is nobody's mean."
        )
    if prepared.frozen_norms is not None:
        frozen = prepared.frozen_norms
        found.append(
            f"The norms were frozen on {frozen.frozen_at:%Y-%m-%d}, when {frozen.models} models had been measured."
        )
    return [*found, *ingredient_notices(prepared, view.weights)]
