"""What somebody writes to add a preset of their own: the same keys in a TOML file and in the JSON of REST."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, ValidationError

from backend.store.definition_text import Label, Text, faults_in_words, toml_document
from quba.errors import Refusal
from quba.ranking.presets import BUILT_IN_PRESETS
from quba.vocabulary import WEIGHT

_KEY = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_ABSENT = {"weights": "write a table [weights] with a weight for each dimension that matters"}
_NEXT_STEP = "Correct it and add the preset again; docs/dimensions.md explains every key."


def _key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(
            "it must begin with a lower-case letter and hold only those, digits, underscores and hyphens, up to 64"
        )
    if key in BUILT_IN_PRESETS:
        raise ValueError("this preset comes with the program; choose another key")
    return key


def _weights(weights: dict[str, float]) -> dict[str, float]:
    for key, weight in weights.items():
        if not WEIGHT.hold(weight):
            raise ValueError(f"{key} = {weight:g}: weights must be 0 to {WEIGHT.highest:g}; use 0 to leave one out")
    if not any(weights.values()):
        raise ValueError("at least one dimension must weigh more than 0")
    return weights


class PresetDefinition(BaseModel):
    """A preset of one's own as its owner writes it; an unknown key is refused, for it may be a misspelt one."""

    # Strict: a weight in quotation marks is a slip, and a key that is misspelt must not count for nothing.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: Annotated[str, AfterValidator(_key)] = Field(
        description="The key, which the parameter `preset` takes: lower-case letters, digits, underscores and hyphens.",
        examples=["our-cameras"],
    )
    label: Label = Field(description="The name on screen.")
    description: Text = Field(description="The purpose in one sentence.")
    weights: Annotated[dict[str, FiniteFloat], AfterValidator(_weights)] = Field(
        description="The weight of dimensions by their keys, each 0 or more; a dimension that is not named weighs 0."
    )


def preset_of(document: Mapping[str, JsonValue], *, place: str = "the preset") -> PresetDefinition:
    """A definition from the contents of a file, of a request, or of the store.

    Args:
        document: as TOML or JSON gives it.
        place: named in refusals.

    Raises:
        Refusal: `bad_preset`, naming each value and its rule.
    """
    try:
        return PresetDefinition.model_validate(dict(document))
    except ValidationError as error:
        told = faults_in_words(error, PresetDefinition.model_fields, _ABSENT)
        raise Refusal("bad_preset", f"{place}: {told}.", _NEXT_STEP) from None


def read_preset(path: Path) -> PresetDefinition:
    """A definition from a TOML file.

    Raises:
        Refusal: `bad_preset`, naming the file, the place in it and the rule it breaks.
    """
    try:
        document = toml_document(path)
    except ValueError as fault:
        raise Refusal("bad_preset", str(fault), _NEXT_STEP) from None
    return preset_of(document, place=str(path))
