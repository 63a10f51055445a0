"""The JSON form of a question: the parameters of the query string, with weights and filters grouped."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import JsonValue

from backend.body import json_object, repeated_parameter, repeats
from backend.problems import ProblemError
from backend.ranking.parameter_errors import shown_value
from backend.ranking.parameters import FILTERS, WEIGHT_PREFIX, CheckedParameters
from backend.store.tables import JsonObject

Parameters = TypeVar("Parameters", bound=CheckedParameters)
_GROUPS = {"weights": WEIGHT_PREFIX, "filters": ""}


def read_question(model: type[Parameters], body: bytes) -> Parameters:
    """Read a question about a view.

    `{"weights": {"accuracy": 2}, "filters": {"architecture": ["cnn"]}}` asks what `w.accuracy=2&architecture=cnn` does.

    Args:
        model: the parameters that the question may have.
        body: the JSON text; null stands for absent, under a known name.

    Raises:
        ProblemError: 422 `invalid_json`, `repeated_parameter`, or as `CheckedParameters.read`.
    """
    document = json_object(body)
    pairs = [(name, value) for name, value in document.items() if name not in _GROUPS]
    for name, prefix in _GROUPS.items():
        group = document.get(name)
        if not isinstance(group, dict | None):
            raise ProblemError(
                422,
                "invalid_parameter",
                f"{name} is {shown_value(group)}: it must be an object.",
                "Send {} or leave it out.",
            )
        pairs.extend((prefix + key, value) for key, value in (group or {}).items())
    # A name may stand in a group and beside it: neither of the two is more valid.
    if repeated := repeats([name for name, _ in pairs]):
        raise repeated_parameter(repeated)
    return read_fields(model, dict(pairs))


def read_fields(model: type[Parameters], fields: Mapping[str, JsonValue]) -> Parameters:
    """Read the fields of a JSON object; null stands for absent, under a known name.

    Raises:
        ProblemError: as `CheckedParameters.read`.
    """
    known = model.in_force().model_fields
    given = {name: value for name, value in fields.items() if value is not None or name not in known}
    return model.read(given, strict=True)


def question_openapi(model: type[CheckedParameters], examples: Mapping[str, JsonValue]) -> JsonObject:
    """What FastAPI's `openapi_extra` wants, to document the body of `read_question`; examples by title."""
    fields = field_schemas(model)
    weights = {name: field for name, field in fields.items() if name.startswith(WEIGHT_PREFIX)}
    filters = {name: field for name, field in fields.items() if name in FILTERS}
    rest = {name: field for name, field in fields.items() if name not in weights and name not in filters}
    return body_openapi(
        {
            **rest,
            "weights": object_schema({name.removeprefix(WEIGHT_PREFIX): field for name, field in weights.items()}),
            "filters": object_schema(filters),
        },
        examples,
    )


def body_openapi(fields: Mapping[str, JsonValue], examples: Mapping[str, JsonValue]) -> JsonObject:
    """What FastAPI's `openapi_extra` wants, to document a body with these fields; examples by title."""
    content: JsonObject = {
        "schema": {**object_schema(fields), "type": "object"},
        "examples": {title: {"value": body} for title, body in examples.items()},
    }
    return {"requestBody": {"content": {"application/json": content}}}


def field_schemas(model: type[CheckedParameters]) -> JsonObject:
    """The JSON schema of each field that `read_fields` reads."""
    return {name: _nullable(field) for name, field in model.model_json_schema()["properties"].items()}


def object_schema(properties: Mapping[str, JsonValue]) -> JsonObject:
    """The JSON schema of an object that has these fields and no others, or of null."""
    return {"type": ["object", "null"], "properties": dict(properties), "additionalProperties": False}


def _nullable(field: JsonObject) -> JsonObject:
    # Generated from the name, which stands right above it.
    own = {key: value for key, value in field.items() if key != "title"}
    if "anyOf" in own:
        return own
    about: JsonObject = {key: own.pop(key) for key in ("description", "default") if key in own}
    return {**about, "anyOf": [own, {"type": "null"}]}
