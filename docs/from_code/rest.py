"""The page of the REST interface, read from its OpenAPI document."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from backend.app import create_app
from backend.settings import Settings

# What more operations than these take is described once.
_MANY: Final = 5
Described = Mapping[str, Any]


def document() -> Described:
    """The OpenAPI document of this checkout's service."""
    with tempfile.TemporaryDirectory() as folder:
        return create_app(Settings(data_dir=Path(folder), database_url=None, _env_file=None)).openapi()


def page(described: Described) -> str:
    """The page in Markdown: a heading for each path and method, and one for the parameters that many share.

    Args:
        described: the OpenAPI document.
    """
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    used = Counter(_key(each) for _, operation in operations for each in operation.get("parameters", ()))
    shared = {key for key, count in used.items() if count > _MANY}
    lines = [
        "# REST",
        "",
        described["info"]["description"].strip(),
        "",
        "A running service shows the same at `/docs`, with forms to try it, and as OpenAPI at `/openapi.json`.",
        "",
        *_table([each for each in _once(operations) if _key(each) in shared], "Parameters that many paths take"),
    ]
    for name, operation in sorted(operations, key=lambda each: each[0].partition(" ")[2]):
        lines += [f"## {name}", "", operation.get("summary", ""), "", operation.get("description", ""), ""]
        parameters = operation.get("parameters", ())
        if common := [f"`{each['name']}`" for each in parameters if _key(each) in shared]:
            lines += [f"[Shared parameters](#parameters-that-many-paths-take): {', '.join(common)}.", ""]
        lines += _table([each for each in parameters if _key(each) not in shared])
        answers = (f"{code} {answer['description']}" for code, answer in operation["responses"].items())
        lines += [f"Answers: {'; '.join(answers)}.", ""]
    return "\n".join(lines) + "\n"


def _key(parameter: Described) -> tuple[str, str]:
    return parameter["name"], parameter.get("description", "")


def _once(operations: Sequence[tuple[str, Described]]) -> Iterator[Described]:
    """Each parameter where it occurs first."""
    seen = set()
    for _, operation in operations:
        for each in operation.get("parameters", ()):
            if _key(each) not in seen:
                seen.add(_key(each))
                yield each


def _table(parameters: Sequence[Described], heading: str = "") -> list[str]:
    if not parameters:
        return []
    lines = [f"## {heading}", ""] if heading else []
    lines += ["| parameter | in | values | meaning |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{each['name']}`{' (required)' if each.get('required') else ''} | {each['in']} "
        f"| {_values(each['schema'])} | {_cell(each.get('description', ''))} |"
        for each in parameters
    ]
    return [*lines, ""]


def _values(schema: Described) -> str:
    """What a parameter takes: its words, or its kind with its bounds."""
    inner = schema.get("items", schema)
    if words := inner.get("enum"):
        said = ", ".join(f"`{word}`" for word in words)
    else:
        low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
        bounds = f" from {low:g}" if low is not None else ""
        bounds += f" to {high:g}" if high is not None else ""
        said = f"{inner.get('type', 'text')}{bounds}"
    return said if "default" not in schema else f"{said}; `{schema['default']}` unless given"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
