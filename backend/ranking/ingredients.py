"""Whether the values of one dimension are made of the same corruptions, attacks and data sets."""

from collections.abc import Mapping

from backend.ranking.pool import Prepared
from quba.dimensions import DIMENSIONS

SHOWN_CHARACTERS = 12


def ingredient_counts(prepared: Prepared, weights: Mapping[str, float]) -> dict[str, dict[str | None, int]]:
    """How many values of the pool each digest of ingredients stands behind, most first.

    Only weighted dimensions are in it for which some digest is known; None counts their values without one, which are
    published, imported, or from before digests were kept.
    """
    return {key: counts for key, counts in prepared.ingredient_counts.items() if weights.get(key)}


def ingredient_notices(prepared: Prepared, weights: Mapping[str, float]) -> list[str]:
    """One sentence for each weighted dimension whose values are known to be made of different ingredients."""
    return [
        _notice(key, known)
        for key, counts in ingredient_counts(prepared, weights).items()
        # A value without a digest may be made of the same: only what is known to differ is said to differ.
        if len(known := {digest: count for digest, count in counts.items() if digest is not None}) > 1
    ]


def _notice(key: str, counts: Mapping[str, int]) -> str:
    parts = ", ".join(f"{count} with the digest {digest[:SHOWN_CHARACTERS]}" for digest, count in counts.items())
    return (
        f"{DIMENSIONS[key].label} mixes values that are made of different corruptions, attacks or data sets: of "
        f"{sum(counts.values())} models measured here, {parts}. Evaluate them again with one version of the program, "
        f"or set the weight of {key} to 0."
    )
