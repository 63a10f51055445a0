"""A benchmark: a suite of data sets with its classes, one data set for each pass that it can answer."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from evaluation.datasets import DATA_SETS
from evaluation.datasets.dataset import DataSet
from evaluation.published import PUBLISHED_DATA_SETS
from quba.benchmarks import BUILT_IN
from quba.dimension import Pass

logger = logging.getLogger(__name__)


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
        folder: below which its sets lie; None for those of the data folder.
        classes: names in the order of the labels; empty where the data sets know them.
        digest: of a benchmark of one's own, over class list and contents; None for those that come with the program.
        dimensions: that it declares; None for all.
        measured: that a run measures where nobody asks otherwise; None for all.
    """

    key: str
    label: str
    class_count: int
    data_sets: Mapping[Pass, DataSet]
    default_protocol: str
    folder: Path | None = None
    classes: tuple[str, ...] = ()
    digest: str | None = None
    dimensions: tuple[str, ...] | None = None
    measured: tuple[str, ...] | None = None


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


BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType(
    {
        key: Benchmark(
            key=key,
            label=each.label,
            class_count=each.class_count,
            data_sets=_suite(key),
            default_protocol=each.default_protocol,
        )
        for key, each in BUILT_IN.items()
    }
)
"""All benchmarks by key."""
