"""What the accuracy of a model that guesses says of its other results, before they are in any store."""

from collections.abc import Mapping
from typing import Any

# Flags and their test are imported inside: most commands must start without waiting for SciPy.

Results = dict[str, dict[str, Any]]


def with_chance_flags(results: Results, class_count: int) -> Results:
    """The results by dimension, with the flag and its meaning where the accuracy may be guessing.

    Args:
        results: each with its value, sample count, flags and detail.
        class_count: classes of the benchmark.
    """
    from backend.imports.flags import FLAGS
    from backend.store.snapshot import guesses
    from quba.vocabulary import CHANCE_LEVEL

    accuracy: Mapping[str, Any] = results.get("accuracy", {"value": None, "sample_count": None})
    if not guesses(accuracy["value"], accuracy["sample_count"], class_count):
        return results
    flag = FLAGS[CHANCE_LEVEL]
    found = dict(results)
    for key in flag.dimensions:
        told = found.get(key)
        if told is not None and told["value"] is not None:
            detail = " ".join(filter(None, (told["detail"], flag.meaning)))
            # A copy: the results of the run must not gain the flag for whoever else holds them.
            found[key] = {**told, "flags": [*told["flags"], flag.key], "detail": detail}
    return found
