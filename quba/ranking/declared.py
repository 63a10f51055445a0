"""The dimensions that a benchmark declares: whatever it cannot measure takes no part, and no model lacks it."""

from collections.abc import Collection, Mapping

from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.ranking.score import WeightError, checked_weights


def declared_weights(weights: Mapping[str, float | int], declared: Collection[str]) -> dict[str, float]:
    """A weighting among the dimensions that a benchmark declares, which share the whole weight.

    Args:
        weights: weight per dimension key, each 0 or more, such as a preset's.
        declared: the keys of the benchmark's dimensions.

    Returns:
        The weights of the declared dimensions as given, in the customary order; the others are left out. Only
        proportions count in a score, so that what is left shares all of the weight.

    Raises:
        WeightError: as ``checked_weights``; where no declared dimension has a weight above 0.

    >>> declared_weights({"accuracy": 1, "class_balance": 2, "shape_bias": 5}, ["class_balance", "accuracy"])
    {'accuracy': 1.0, 'class_balance': 2.0}
    """
    # All weights are checked, also those left out: a misspelt key is refused on any benchmark.
    found = {key: weight for key, weight in checked_weights(weights).items() if key in declared}
    if not any(found.values()):
        raise WeightError(
            "all weights are 0 among the dimensions that this benchmark has; give one of "
            f"{', '.join(key for key in DIMENSIONS if key in declared)} a weight above 0."
        )
    return found


def coverage(declared: Collection[str]) -> str:
    """How many of the dimensions that presets weigh a benchmark has, in words.

    Args:
        declared: the keys of the benchmark's dimensions; those that the study does not have are not counted.

    Returns:
        Such as "6 of 9 dimensions".

    >>> coverage(["accuracy", "shape_bias", "brier_score"])
    '2 of 9 dimensions'
    """
    return f"{sum(key in declared for key in STUDY_DIMENSIONS)} of {len(STUDY_DIMENSIONS)} dimensions"
