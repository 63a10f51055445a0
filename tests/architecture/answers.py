"""Writes the types of the client's answers from the OpenAPI document: `make answers` after a change of an answer.

They are those that the client's methods name, and what these are made of. An endpoint without a method has none yet.
Each becomes a TypedDict, which costs nothing when the program runs: an answer stays the dictionary that was sent. They
lie in one module for each tag of the routes; what several need lies in `shared`.
"""

import ast
import re
import subprocess
import sys
import tempfile
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from backend.app import create_app
from backend.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "wellbehaved" / "client" / "answers"
SHARED = "shared"
_PACKAGE = "wellbehaved.client.answers"
_REFERENCE = "#/components/schemas/"
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_WIDTH = 112
# Subjects with many answers of their own, beside the tag that their route has.
_OWN = ("decision-record", "findings")

_TYPING = ("Any", "Literal", "NotRequired", "TypeAlias", "TypedDict")

Schema = Mapping[str, Any]


def document() -> dict[str, Any]:
    """The OpenAPI document of this checkout's service."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=None, _env_file=None)
        return create_app(settings).openapi()


def named_by_the_client() -> set[str]:
    """The types that the client's modules import."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.parent.glob("*.py")]
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {each.name for node in imports if (node.module or "").startswith(_PACKAGE) for each in node.names}


def modules(described: Schema, named: set[str]) -> dict[str, str]:
    """The text of each module by its name.

    Args:
        described: the OpenAPI document.
        named: the schemas that are needed, with what they are made of.
    """
    schemas: dict[str, Schema] = described["components"]["schemas"]
    if unknown := named - set(schemas):
        raise ValueError(f"The client names {sorted(unknown)}, which the interface does not have. Correct its imports.")
    needed = named | _reached([schemas[name] for name in named], schemas)
    homes: dict[str, set[str]] = defaultdict(set)
    for path, operations in described["paths"].items():
        for operation in operations.values():
            own = [subject for subject in _OWN if path.endswith(f"/{subject}")]
            reached = _reached(_answers_of(operation), schemas)
            for name in reached & needed if reached & named else ():
                homes[name].add([*own, *operation["tags"]][0].replace("-", "_"))
    placed: dict[str, list[str]] = defaultdict(list)
    for name, tags in homes.items():
        placed[tags.pop() if len(tags) == 1 else SHARED].append(name)
    shared = placed.get(SHARED, [])
    return {module: _module(module, sorted(names), schemas, shared) for module, names in placed.items()}


def _answers_of(operation: Schema) -> list[Schema]:
    good = (answer for code, answer in operation["responses"].items() if code.startswith("2"))
    return [form["schema"] for answer in good for form in answer.get("content", {}).values() if form.get("schema")]


def _reached(found: object, schemas: Mapping[str, Schema]) -> set[str]:
    """The names of all schemas that a schema needs, at any depth."""
    seen: set[str] = set()
    waiting = set(_references(found))
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= set(_references(schemas[name])) - seen
    return seen


def _references(found: object) -> Iterator[str]:
    if isinstance(found, Mapping):
        if isinstance(reference := found.get("$ref"), str):
            yield reference.removeprefix(_REFERENCE)
        found = list(found.values())
    if isinstance(found, list):
        for part in found:
            yield from _references(part)


def _module(module: str, names: list[str], schemas: Mapping[str, Schema], shared: list[str]) -> str:
    bodies = [_definition(name, schemas[name]) for name in names]
    text = "\n\n\n".join(bodies)
    typing = [word for word in _TYPING if re.search(rf"\b{word}\b", text)]
    what = "Parts of answers that several subjects share" if module == SHARED else f"Answers about {module}"
    lines = [f'"""{what.replace("_", "-")}; written by `make answers`."""', ""]
    lines += ["from __future__ import annotations", "", f"from typing import {', '.join(typing)}", ""]
    if module != SHARED:
        needed = sorted(name for name in shared if re.search(rf"\b{name}\b", text))
        lines += [f"from {_PACKAGE}.{SHARED} import {', '.join(needed)}", ""] if needed else []
    return "\n".join(lines) + "\n\n" + text + "\n"


def _definition(name: str, schema: Schema) -> str:
    if "properties" not in schema:
        return f"{name}: TypeAlias = {_type(schema, quoted=True)}"
    said = schema.get("description") or f"{name} of the interface."
    lines = [f"class {name}(TypedDict):", *textwrap.indent(_docstring(said), "    ").splitlines(), ""]
    needed = set(schema.get("required", ()))
    for key, field in schema["properties"].items():
        kind = _type(field)
        lines.append(f"    {key}: {kind if key in needed else f'NotRequired[{kind}]'}")
    return "\n".join(lines)


def _docstring(said: str) -> str:
    first = " ".join(said.split("\n\n")[0].split())
    first = first if first.endswith((".", "?", "!")) else f"{first}."
    return f'"""{textwrap.shorten(first, _WIDTH - 6, placeholder=" ...")}"""'


def _type(schema: Schema, *, quoted: bool = False) -> str:
    if reference := schema.get("$ref"):
        name = reference.removeprefix(_REFERENCE)
        return f'"{name}"' if quoted else str(name)
    if options := schema.get("anyOf"):
        return " | ".join(dict.fromkeys(_type(each, quoted=quoted) for each in options))
    if "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        return f"Literal[{', '.join(repr(each) for each in values)}]"
    match schema.get("type"):
        case "array":
            return f"list[{_type(schema.get('items', {}), quoted=quoted)}]"
        case "object":
            inner = schema.get("additionalProperties")
            return f"dict[str, {_type(inner, quoted=quoted) if isinstance(inner, Mapping) else 'Any'}]"
        case str() as plain:
            return _PLAIN[plain]
    return "Any"


def formatted(text: str) -> str:
    """A module as ruff writes it."""
    for order in (("check", "--select", "I", "--fix"), ("format",)):
        words = [sys.executable, "-m", "ruff", *order, "--quiet", "--config", str(ROOT / "pyproject.toml"), "-"]
        text = subprocess.run(words, input=text, capture_output=True, text=True, check=True).stdout
    return text


def write() -> None:
    """Write the modules, and drop those that no route needs any more."""
    texts = modules(document(), named_by_the_client())
    for file in FOLDER.glob("[!_]*.py"):
        if file.stem not in texts:
            file.unlink()
    for module, text in texts.items():
        (FOLDER / f"{module}.py").write_text(formatted(text), encoding="utf-8")


if __name__ == "__main__":
    write()
