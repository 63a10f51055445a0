"""The data sets, a file for each family, discovered from this folder.

A data set is a row of its family's ``DATA_SETS``, and a new family a file with some; nothing else has to be edited.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from evaluation.datasets.dataset import DataSet
from quba.dimension import Pass


def _sets_of_modules() -> Iterator[DataSet]:
    for found in iter_modules(__path__):
        module = import_module(f"{__name__}.{found.name}")
        yield from getattr(module, "DATA_SETS", ())


DATA_SETS: Mapping[str, DataSet] = MappingProxyType(
    {
        each.key: each
        for each in sorted(
            _sets_of_modules(), key=lambda each: (each.benchmark, list(Pass).index(each.source), each.key)
        )
    }
)
"""All data sets by key, benchmark by benchmark, in the order of the passes."""
