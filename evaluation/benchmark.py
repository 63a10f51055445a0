"""A benchmark: a suite of data sets with its classes, one data set for each pass that it can answer."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from evaluation.datasets import DATA_SETS
from evaluation.datasets.dataset import DataSet
from quba.dimension import Pass
from quba.vocabulary import STUDY, TOY, BenchmarkFacts

logger = logging.getLogger(__name__)

PUBLISHED_DATA_SETS = frozenset(
    {
        "imagenet-val", "imagenet-c", "imagenet-r", "edge", "silhouette", "sketch", "stylized", "cue-conflict",
        "mixed-same", "mixed-rand", "toy-val", "toy-edge", "toy-silhouette", "toy-sketch", "toy-stylized",
        "toy-renditions", "toy-cue-conflict", "toy-mixed-same", "toy-mixed-rand",
    }
)  # fmt: skip
"""The sets that published numbers come from. A second set for the pass of one of them does not take its place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Benchmark:
    """A named suite of data sets.

    Attributes:
        key: its name everywhere.
        label: its name on screen.
        class_count: classes that a model must decide among.
        data_sets: what each pass runs over. FGSM and PGD attack the images of the clean pass. A benchmark without a
            data set of corruptions has them made from its clean images while it runs.
        default_protocol: where attacks happen unless one asks otherwise: "as-published" or "corrected".
    """

    key: str
    label: str
    class_count: int
    data_sets: Mapping[Pass, DataSet]
    default_protocol: str


def _suite(key: str) -> Mapping[Pass, DataSet]:
    found: dict[Pass, DataSet] = {}
    for data_set in DATA_SETS.values():
        if data_set.benchmark != key:
            continue
        first = found.setdefault(data_set.source, data_set)
        if first is data_set:
            continue
        if data_set.key in PUBLISHED_DATA_SETS:
            found[data_set.source], first, data_set = data_set, data_set, first
        # Whoever adds a file must hear of it, but the package, worker and command line must still start.
        logger.warning(
            "data set %s is not used: %s answers the pass %s of %s. Put it under another benchmark.",
            data_set.key, first.key, data_set.source.value, key,
        )  # fmt: skip
    return MappingProxyType(found)


def _benchmark(facts: BenchmarkFacts) -> Benchmark:
    return Benchmark(
        key=facts.key,
        label=facts.label,
        class_count=facts.class_count,
        data_sets=_suite(facts.key),
        default_protocol=facts.default_protocol.value,
    )


BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType({facts.key: _benchmark(facts) for facts in (STUDY, TOY)})
"""All benchmarks by key."""
