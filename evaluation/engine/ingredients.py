"""The digest of what a number is made of, and what was added to the house that no published number is made of."""

import hashlib
import json
from typing import Any

from evaluation.attacks import ATTACKS
from evaluation.benchmark import Benchmark
from evaluation.corruptions import CORRUPTIONS
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES
from quba.dimension import Pass
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS


def extra_attacks() -> tuple[str, ...]:
    """Attacks that no dimension is made of."""
    named = {source for each in DIMENSIONS.values() for source in (*each.passes, *each.alternatives)}
    return tuple(key for key in ATTACKS if key not in named)


def extra_corruptions() -> tuple[str, ...]:
    """Corruptions that corruption robustness is not made of."""
    return tuple(key for key in CORRUPTIONS if key not in PUBLISHED_CORRUPTIONS)


def ingredients_digest(benchmark: Benchmark) -> str:
    """Of all that the study's dimensions are made of on a benchmark: other ingredients give other steps."""
    return _digest({key: _ingredients(benchmark, key) for key in STUDY_DIMENSIONS})


def dimension_digest(benchmark: Benchmark, dimension: str, package_version: str | None = None) -> str | None:
    """Of what one dimension is made of on a benchmark; None where it is counted and not measured on images.

    Two values of one dimension are made of the same corruptions, severities, attacks with their settings and data
    sets if, and only if, it is equal. The formulas of this program are its own to keep; that of a package is an
    ingredient, so that its values under two versions are not taken for comparable.

    Args:
        benchmark: the data.
        dimension: key.
        package_version: of the package that measured it, for a dimension that one measures.
    """
    if DIMENSIONS[dimension].counted:
        return None
    made = _ingredients(benchmark, dimension)
    plug_in = DIMENSIONS[dimension].plug_in
    return _digest(made if plug_in is None else {**made, "package": [plug_in.package, package_version]})


def _ingredients(benchmark: Benchmark, dimension: str) -> dict[str, Any]:
    # As the formula itself chooses them: on a benchmark with shifted sets other passes make up the dimension.
    passes = DIMENSIONS[dimension].passes_on(benchmark.data_sets)
    return {source.value: _of_pass(benchmark, source) for source in passes}


def _of_pass(benchmark: Benchmark, source: Pass) -> dict[str, Any]:
    made: dict[str, Any] = {}
    own = benchmark.data_sets.get(source)
    if source in ATTACKS:
        made["attack"] = dict(ATTACKS[source].settings)
    elif source is Pass.CORRUPTIONS and own is None:
        made["corruptions"], made["severities"] = PUBLISHED_CORRUPTIONS, SEVERITIES
    # Attacks and generated corruptions change the clean images, which are then what they are made of.
    found = own or (benchmark.data_sets.get(Pass.CLEAN) if made else None)
    return {**made, "data_set": None if found is None else [found.key, found.variants, found.image_count]}


def _digest(ingredients: dict[str, Any]) -> str:
    # Tuples and lists are alike in JSON, so that a change from one to the other measures nothing anew.
    return hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode()).hexdigest()
