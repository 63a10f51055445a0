"""How many values measured here agree with the published ones, in words: for the command line and for the pages."""

import math
from collections.abc import Mapping
from typing import Any

from quba.wording import signed_text


def tally_sentence(tally: Mapping[str, Any], kind: str) -> str:
    """How many of some values are far from the published ones, beside how many would be by chance alone.

    Args:
        tally: with `compared`, `far` and `expected_far`, of which there is at least one.
        kind: of which published values, such as "without a quality flag".

    >>> sentence = tally_sentence({"compared": 40, "far": 3, "expected_far": 1.82}, "without a quality flag")
    >>> sentence.partition(" from ")[0]
    'Of 40 values without a quality flag, 3 lie more than 2 standard errors'
    """
    values = "value" if tally["compared"] == 1 else "values"
    lie = "lies" if tally["far"] == 1 else "lie"
    # Upwards, for rounded down it would be no upper bound.
    expected = math.ceil(round(tally["expected_far"] * 10, 6)) / 10
    return (
        f"Of {tally['compared']} {values} {kind}, {tally['far']} {lie} more than 2 standard errors from the published "
        f"one; by chance alone, at most {expected:.1f} would."
    )


def distance_text(item: Mapping[str, Any]) -> str:
    """How far a value is from the published one, in standard errors.

    Args:
        item: with `in_standard_errors`; None where the error is not known.

    >>> distance_text({"in_standard_errors": -2.345}), distance_text({"in_standard_errors": None})
    ('−2.3', 'not known')
    """
    distance = item["in_standard_errors"]
    return "not known" if distance is None else signed_text(distance, 1)
