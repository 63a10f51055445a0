"""The JSON form of a question: the parameters of the query string, with weights and filters grouped."""

from collections.abc import Mapping
from typing import Any

from backend.body import json_object, repeated_parameter, repeats
from backend.problems import ProblemError
from backend.ranking.parameter_errors import shown
from backend.ranking.parameters import FILTERS, WEIGHT_PREFIX, ParameterSet

_GROUPS = {"weights": WEIGHT_PREFIX, "filters": ""}


def read_question(parameters: ParameterSet, body: bytes) -> dict[str, Any]:
    """Read a question, as `from_query` reads a query string.

    `{"weights": {"accuracy": 2}, "filters": {"architecture": ["cnn"]}}` asks what `w.accuracy=2&architecture=cnn` does.

    Args:
        parameters: that the question may have.
        body: the JSON text; null stands for absent, under a known name.

    Raises:
        ProblemError: 422 `invalid_json`, `repeated_parameter`, or as `ParameterSet.from_query`.
    """
    document = json_object(body)
    pairs = [(name, value) for name, value in document.items() if name not in _GROUPS]
    for name, prefix in _GROUPS.items():
        group = document.get(name)
        if not isinstance(group, dict | None):
            raise ProblemError(
                422, "invalid_parameter", f"{name} is {shown(group)}: it must be an object.", "Send {} or leave it out."
            )
        pairs.extend((prefix + key, value) for key, value in (group or {}).items())
    if repeated := repeats([name for name, _ in pairs]):
        raise repeated_parameter(repeated)
    return read_fields(parameters, dict(pairs))


def read_fields(parameters: ParameterSet, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Read the fields of a JSON object; null stands for absent, under a known name.

    Raises:
        ProblemError: as `ParameterSet.from_query`.
    """
    given = {name: value for name, value in fields.items() if value is not None or name not in parameters}
    return parameters.from_mapping(given, strict=True)


def question_openapi(parameters: ParameterSet, examples: Mapping[str, Any]) -> dict[str, Any]:
    """What FastAPI's `openapi_extra` wants, to document the body.

    Args:
        parameters: as for `read_question`.
        examples: title -> body.
    """
    fields = field_schemas(parameters)
    weights = {name: field for name, field in fields.items() if name.startswith(WEIGHT_PREFIX)}
    filters = {name: field for name, field in fields.items() if name in FILTERS}
    rest = {name: field for name, field in fields.items() if name not in weights and name not in filters}
    schema = object_schema(
        {
            **rest,
            "weights": object_schema({name.removeprefix(WEIGHT_PREFIX): field for name, field in weights.items()}),
            "filters": object_schema(filters),
        }
    )
    return body_openapi(schema, examples)


def body_openapi(schema: Mapping[str, Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    """What FastAPI's `openapi_extra` wants, to document a body that is an object; examples by title."""
    content = {
        "schema": {**schema, "type": "object"},
        "examples": {title: {"value": body} for title, body in examples.items()},
    }
    return {"requestBody": {"content": {"application/json": content}}}


def field_schemas(parameters: ParameterSet) -> dict[str, Any]:
    """The JSON schema of each field that `read_fields` reads."""
    return {name: _nullable(field) for name, field in parameters.json_schema()["properties"].items()}


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of an object that has these fields and no others, or of null."""
    return {"type": ["object", "null"], "properties": dict(properties), "additionalProperties": False}


def _nullable(field: Mapping[str, Any]) -> dict[str, Any]:
    if any(kind == {"type": "null"} for kind in field.get("anyOf", ())):
        return dict(field)
    about = {key: field[key] for key in ("description", "default", "title") if key in field}
    return {**about, "anyOf": [{key: value for key, value in field.items() if key not in about}, {"type": "null"}]}
