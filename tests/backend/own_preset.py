"""A preset of one's own for tests, as REST and a TOML file have it."""

from typing import Any

import tomli_w
from pydantic import JsonValue

from backend.store.preset_definition import PresetDefinition, preset_of

CAMERAS: dict[str, JsonValue] = {
    "key": "cameras",
    "label": "Our cameras",
    "description": "For the cameras at the gate.",
    "weights": {"accuracy": 1, "corruption_robustness": 2.5},
}


def told(**changes: Any) -> dict[str, JsonValue]:  # noqa: ANN401 - any JSON
    """The preset with some of its keys changed; None takes one away."""
    return {key: value for key, value in {**CAMERAS, **changes}.items() if value is not None}


def preset(**changes: Any) -> PresetDefinition:  # noqa: ANN401 - any JSON
    """The same, checked."""
    return preset_of(told(**changes))


def preset_toml(**changes: Any) -> str:  # noqa: ANN401 - any JSON
    """The same, as a file."""
    return tomli_w.dumps(told(**changes))
