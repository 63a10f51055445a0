"""What definitions of one's own share, be they of dimensions or of presets: their texts, their files, their faults."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from backend.store.names import normalised_text, text_violation
from backend.store.tables import JsonObject

MOST_BYTES: Final = 64 * 1024
"""Of a definition."""
_SHOWN = 80
_MOST_FAULTS = 3
_TRUTHS = ("bool_parsing", "bool_type")
_LONGEST_LABEL = 60
_LONGEST_TEXT = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class DefinitionFile:
    """Where a definition came from, when it came from a file.

    Attributes:
        folder: identifier of the folder, which stays the same when the folder is moved.
        name: of the file in it.
    """

    folder: str
    name: str


def _text(text: str) -> str:
    text = normalised_text(text)
    if violated := text_violation(text, _LONGEST_TEXT):
        raise ValueError(violated.rstrip("."))
    return text


def _label(label: str) -> str:
    if len(_text(label)) > _LONGEST_LABEL:
        raise ValueError(f"must have at most {_LONGEST_LABEL} characters; shorten it")
    return _text(label)


Text = Annotated[str, Field(min_length=1), AfterValidator(_text)]
"""A sentence on screen, such as a description."""
Label = Annotated[str, Field(min_length=1), AfterValidator(_label)]
"""A name on screen."""


def toml_document(path: Path) -> JsonObject:
    """What a TOML file says.

    Raises:
        ValueError: it cannot be read, is too large, or is no TOML in UTF-8; the message names the file and the rule.
    """
    try:
        # One byte more shows that there are more; a pipe or a device has no size to ask for.
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > MOST_BYTES:
        raise ValueError(f"{path} is larger than {MOST_BYTES} bytes, which no definition is.")
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not written in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not valid TOML: {error}.") from None


def faults_in_words(error: ValidationError, keys: Iterable[str], absent: Mapping[str, str]) -> str:
    """The first faults of a definition, each with the value and its rule.

    Args:
        error: of pydantic.
        keys: that there are.
        absent: what to write where a key is missing, by the key.
    """
    faults = [_sentence(each, keys, absent) for each in error.errors()]
    more = f" and {len(faults) - _MOST_FAULTS} more faults" if len(faults) > _MOST_FAULTS else ""
    return f"{'; '.join(faults[:_MOST_FAULTS])}{more}"


def _sentence(fault: ErrorDetails, keys: Iterable[str], absent: Mapping[str, str]) -> str:
    where = ".".join(str(part) for part in fault["loc"])[:_SHOWN]
    if fault["type"] == "missing":
        return f"{where} is missing: {absent.get(where, f'write {where} = ...')}"
    if fault["type"] == "extra_forbidden":
        return f"the key {where} is unknown; the keys are {', '.join(keys)}"
    if fault["type"] == "value_error" and not where:
        return str(fault["ctx"]["error"])
    if fault["type"] in _TRUTHS:
        return f"{where} is {_as_written(fault['input'])}: write {where} = true or false, without quotes"
    rule = str(fault["ctx"]["error"]) if fault["type"] == "value_error" else fault["msg"]
    return f"{where} is {_as_written(fault['input'])}: {rule[0].lower()}{rule[1:]}"


def _as_written(given: object) -> str:
    """What is there, as it was written: JSON and TOML have null, true and false where Python has other words."""
    if given is None or isinstance(given, bool):
        return {None: "null", True: "true", False: "false"}[given]
    return repr(str(given)[:_SHOWN])
