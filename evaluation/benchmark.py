"""A benchmark: a suite of data sets with its classes, one data set for each pass that it can answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from evaluation.datasets import DATA_SETS
from evaluation.datasets.dataset import DataSet
from quba.dimension import Pass


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
        if data_set.source in found:
            raise ValueError(
                f"{data_set.key} and {found[data_set.source].key} both answer the pass {data_set.source.value} of "
                f"{key}; one pass has one data set. Put one of them under another benchmark."
            )
        found[data_set.source] = data_set
    return MappingProxyType(found)


BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType(
    {
        each.key: each
        for each in (
            Benchmark(
                key="imagenet-1k",
                label="ImageNet-1k",
                class_count=1000,
                data_sets=_suite("imagenet-1k"),
                default_protocol="as-published",
            ),
            # Nobody has published values for it, so nothing ties it to the study's attack in normalised space.
            Benchmark(
                key="toy-shapes",
                label="Toy shapes",
                class_count=16,
                data_sets=_suite("toy-shapes"),
                default_protocol="corrected",
            ),
        )
    }
)
"""All benchmarks by key."""
