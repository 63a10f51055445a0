"""What all results and descriptions of the package promise: nobody changes them, and `==` never meets an array."""

import dataclasses
import importlib
import pkgutil
from typing import Any

import pytest

import quba

MODULES = [importlib.import_module(found.name) for found in pkgutil.walk_packages(quba.__path__, "quba.")]
VALUES: list[type[Any]] = [
    value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == module.__name__
]
# Numbers by name and nothing else: compared as a whole; or the mapping follows from the other fields.
COMPARED_WITH_MAPPINGS = {"DimensionSet", "Measured", "Preset"}
# Many fields of one type: by position, two of them would be exchanged unseen.
MADE_BY_NAME = {
    "BuiltInBenchmark", "ClassReport", "ClassRow", "Comparison", "Conditions", "CueDecisions", "Difference",
    "Dimension", "Evidence", "Flips", "Judgement", "Measured", "Method", "Observations", "OrderFinding", "Outcome",
    "PackageDimension", "PairedDifference", "PlugIn", "RelativeAccuracies", "ReliabilityBin", "Values", "_Comparison",
    "_Scaled", "Fit",
}  # fmt: skip


def named(value: type[Any]) -> str:
    return f"{value.__module__}.{value.__qualname__}"


def held(value: type[Any]) -> str:
    """The types of all fields, as text; a function is a value whatever it takes and gives."""
    types = [str(part.type) for part in dataclasses.fields(value)]
    return " ".join(text for text in types if "Callable" not in text)


def test_the_walk_sees_the_results() -> None:
    assert {"quba.ranking.score.Scores", "quba.dimension.Dimension", "quba.deciding.what_if.NearestWeights"} <= set(
        map(named, VALUES)
    )
    assert {value.__name__ for value in VALUES} >= MADE_BY_NAME | COMPARED_WITH_MAPPINGS


@pytest.mark.parametrize("value", VALUES, ids=named)
def test_it_cannot_be_changed_and_takes_no_misspelt_field(value: type[Any]) -> None:
    blank = object.__new__(value)
    first = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(blank, first, None)
    assert not hasattr(blank, "__dict__")


@pytest.mark.parametrize("value", VALUES, ids=named)
def test_it_is_compared_by_value_only_where_no_array_is_in_it(value: type[Any]) -> None:
    by_identity = "ndarray" in held(value) or any(
        not other.__dataclass_params__.eq and named(other) in held(value) for other in VALUES
    )
    if "Mapping" in held(value) and value.__name__ not in COMPARED_WITH_MAPPINGS:
        by_identity = True
    assert ("__eq__" in vars(value)) == (not by_identity)


@pytest.mark.parametrize("value", VALUES, ids=named)
def test_many_fields_of_one_type_are_given_by_name(value: type[Any]) -> None:
    by_name = [part.kw_only for part in dataclasses.fields(value)]
    assert by_name == [value.__name__ in MADE_BY_NAME] * len(by_name)
