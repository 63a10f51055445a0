"""Writes the dimensions and presets of one's own into the OpenAPI document, as it has the built-in ones."""

import copy
from collections.abc import Iterable
from typing import Any, Final

from backend.store.tables import JsonObject
from quba.dimension import Dimension
from quba.dimensions import BUILT_IN, MEASURES
from quba.ranking.presets import BUILT_IN_PRESETS

# Wherever a document has something about this one, it is about any dimension.
_MODEL: Final = "accuracy"
_NAMES: Final = (f"w.{_MODEL}", f"{_MODEL}.gte", f"{_MODEL}.lte")


def with_dimensions(document: JsonObject, added: Iterable[Dimension], presets: Iterable[str] = ()) -> JsonObject:
    """A copy of a document that has the parameters of further dimensions, and further presets among the choices.

    Args:
        document: of the built-in dimensions alone; it stays as it is.
        added: the dimensions of one's own.
        presets: the keys of the presets of one's own.
    """
    own, named = list(added), list(presets)
    found: Any = copy.deepcopy(document)
    for path, operations in found["paths"].items():
        for operation in operations.values():
            _add_parameters(operation, own)
            _add_fields(operation.get("requestBody", {}), own)
            for part in (operation.get("parameters", []), operation.get("requestBody", {})):
                _add_choices(part, list(BUILT_IN_PRESETS), named)
            # Requests to measure take only those that workers can.
            measures = path.startswith("/v1/evaluations")
            part = operation.get("requestBody" if measures else "parameters", {})
            _add_choices(
                part,
                list(MEASURES if measures else BUILT_IN),
                [each.key for each in own if each.plug_in or not measures],
            )
    return found  # type: ignore[no-any-return]


def _add_parameters(operation: Any, added: list[Dimension]) -> None:  # noqa: ANN401 - a part of FastAPI's document
    known = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
    for dimension in added:
        for name in (name for name in _NAMES if name in known):
            operation["parameters"].append(_copy_for(known[name], dimension) | {"name": _name(name, dimension)})


def _add_fields(body: Any, added: list[Dimension]) -> None:  # noqa: ANN401 - a part of FastAPI's document
    """Give every object of a body the fields of further dimensions where it has that of accuracy."""
    if isinstance(body, list):
        for part in body:
            _add_fields(part, added)
    if not isinstance(body, dict):
        return
    fields = body.get("properties")
    # Weights are named by the dimension alone where they stand in an object of their own.
    if isinstance(fields, dict):
        for name in (name for name in (_MODEL, *_NAMES) if name in fields):
            fields.update({_name(name, each): _copy_for(fields[name], each) for each in added})
    for part in body.values():
        _add_fields(part, added)


def _add_choices(part: Any, known: list[str], keys: list[str]) -> None:  # noqa: ANN401 - a part of FastAPI's document
    if isinstance(part, list):
        for each in part:
            _add_choices(each, known, keys)
    if isinstance(part, dict):
        if part.get("enum") == known:
            part["enum"] = [*known, *keys]
        for each in part.values():
            _add_choices(each, known, keys)


def _name(name: str, dimension: Dimension) -> str:
    return name.replace(_MODEL, dimension.key)


def _copy_for(part: Any, dimension: Dimension) -> Any:  # noqa: ANN401 - a part of FastAPI's document
    """What is said of accuracy, said of another dimension."""
    found = copy.deepcopy(part)
    text = found.get("description", "")
    is_weight = text.startswith("Weight of ")
    found["description"] = text.replace(_MODEL, dimension.label.lower() if is_weight else dimension.key)
    return found
