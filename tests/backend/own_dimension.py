"""A dimension of one's own for tests, as REST and a TOML file have it."""

from typing import Any

import tomli_w
from pydantic import JsonValue

from backend.store.dimension_definition import DimensionDefinition, definition_of

THROUGHPUT: dict[str, JsonValue] = {
    "key": "throughput",
    "label": "Throughput",
    "unit": "images per second",
    "higher_is_better": True,
    "theme": "size",
    "description": "How many images one of our cameras classifies in a second.",
    "smallest_meaningful_difference": 5.0,
    "plausible": [0, 100000],
    "decimals": 0,
}


def described(**changes: Any) -> dict[str, JsonValue]:  # noqa: ANN401 - any JSON
    """The dimension with some of its keys changed; None takes one away."""
    return {key: value for key, value in {**THROUGHPUT, **changes}.items() if value is not None}


def defined(**changes: Any) -> DimensionDefinition:  # noqa: ANN401 - any JSON
    """The same, checked."""
    return definition_of(described(**changes))


def toml_of(**changes: Any) -> str:  # noqa: ANN401 - any JSON
    """The same, as a file."""
    return tomli_w.dumps(described(**changes))
