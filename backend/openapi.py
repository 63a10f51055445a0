"""Completes the OpenAPI document with what no single route says: problems, headers, who may ask, and answers to see."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

import orjson
from fastapi import FastAPI
from pydantic import JsonValue

from backend.idempotent_route import HEADER, REPLAYED
from backend.own_dimensions_openapi import with_dimensions
from backend.problems import Problem, responses
from backend.ranking.checked_route import describe_as_sent
from backend.ranking.formats import JSON
from backend.store.tables import JsonObject
from quba.dimensions import DimensionSet, current_dimensions

_BEARER: Final = "HTTPBearer"
# By name: what it says. Each is a text.
_HEADERS: Final[Mapping[str, str]] = {
    "X-Request-ID": "The identifier of the request: the caller's own, or a new one.",
    "ETag": "The name of this answer, for `If-None-Match`: same data, question, page, format and coding, same bytes.",
    "X-Data-Version": "The data version that the answer was computed from.",
    "Link": 'The addresses of other pages, relative to the request\'s own, with `rel="next"`, `prev` and `first`.',
    "X-Next-Cursor": "The `cursor` of the next page, where the answer is not JSON; absent on the last.",
    "Content-Disposition": "The name of the file, where the answer is one.",
    "Accept-Ranges": "The word `bytes`, where the answer is a file that can be read in parts.",
    "Content-Range": "The bytes of the file that the answer holds, and the size of the whole.",
    REPLAYED: "The word `true`, where the answer is the one that the request with this `Idempotency-Key` had before.",
    "Retry-After": "The seconds after which to ask again.",
}
_FILE: Final = ("Content-Disposition", "Accept-Ranges", "X-Next-Cursor")
_BY_STATUS: Final[Mapping[str, tuple[str, ...]]] = {
    "206": ("Content-Range", "ETag", "X-Data-Version", *_FILE),
    "304": ("ETag", "X-Data-Version"),
    "416": ("Content-Range",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}


def complete_openapi(app: FastAPI, root_path: str = "") -> None:
    """Let an application's document say what holds for all paths, with an answer of each.

    Args:
        app: the service.
        root_path: the sub-path of a host that its paths lie below; empty for none.
    """
    make = app.openapi
    kept: dict[DimensionSet, JsonObject] = {}

    def openapi() -> JsonObject:
        dimensions = current_dimensions()
        if not (dimensions.own or dimensions.presets):
            return built_in()
        if dimensions not in kept:
            document = with_dimensions(built_in(), dimensions.own, (each.key for each in dimensions.presets))
            # The one of now alone: whoever adds a dimension asks no more for the document of before.
            kept.clear()
            kept[dimensions] = document
            return document
        return kept[dimensions]

    def built_in() -> JsonObject:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = make()
        # Of whichever host a reader found the document under.
        document.setdefault(
            "servers", [{"url": root_path or "/", "description": "The service that this document is from."}]
        )
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        document["components"]["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()
        }
        examples = orjson.loads((files("backend.api") / "examples.json").read_bytes())
        tags: dict[str, None] = {}
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete_operation(operation, examples.get(f"{method.upper()} {path}"))
                tags |= dict.fromkeys(operation["tags"])
        document["tags"] = [{"name": tag} for tag in tags]
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _complete_operation(operation: Any, example: JsonValue) -> None:  # noqa: ANN401 - a part of FastAPI's document
    answers = operation["responses"]
    for status in (406, 429):
        # What any path may answer: to an Accept that nothing satisfies, and beyond the rate that an operator sets.
        answers.setdefault(str(status), responses(status)[status])
    if "503" in answers:
        # What is answered from the store may hold private models, for who carries the token.
        answers.setdefault("401", responses(401)[401])
        operation.setdefault("security", [{}, {_BEARER: []}])
    operation.setdefault("security", [])
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query":
            describe_as_sent(parameter)
    for status, answer in answers.items():
        if example is not None and status.startswith("2") and JSON in answer["content"]:
            answer["content"][JSON]["example"] = example
    _describe_headers(operation)


def _describe_headers(operation: Any) -> None:  # noqa: ANN401 - a part of FastAPI's document
    answers = operation["responses"]
    asked = {parameter["name"] for parameter in operation.get("parameters", ())}
    whole = [
        *(("ETag", "X-Data-Version") if "304" in answers else ()),
        *(("Link",) if "cursor" in asked else ()),
        *(_FILE if "206" in answers else ()),
    ]
    for status, answer in answers.items():
        names = ("X-Request-ID", *_BY_STATUS.get(status, ()), *(whole if status == "200" else ()))
        if HEADER in asked and status.startswith("2"):
            names = (*names, REPLAYED)
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
