"""Writes the options of the commands that ask for a ranking, from the OpenAPI document: `make answers` after a change.

They are kept with the command line, for its help is asked where no service is installed.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from tests.architecture.answers import ROOT, document, formatted

FILE = ROOT / "wellbehaved" / "view_options.py"
# Named by the path of the address, or said by an option that the command has itself.
_NOT_OPTIONS = ("models", "format")
_MEASUREMENTS = ("benchmark", "protocol", "quality")
_WEIGHTS = ("preset", "normalisation")
_LIST = ("sort", "limit", "cursor", "among")
_BOUNDS = (".gte", ".lte")
_HEAD = '''"""Options of the commands that ask for a ranking; written by `make answers` from the OpenAPI document."""
# ruff: noqa: E501

from typing import Final, NamedTuple


class ViewOption(NamedTuple):
    """An option that the interface checks: its name, its heading in the help, its text, and the words it takes."""

    name: str
    panel: str
    help: str
    choices: tuple[str, ...] = ()


OPTIONS: Final = (
'''


def panel(name: str) -> str:
    """The heading under which the help lists a parameter."""
    if name.endswith(_BOUNDS):
        return "Ranges"
    if name.startswith("w.") or name in _WEIGHTS:
        return "Weights"
    if name in _LIST:
        return "List"
    return "Measurements" if name in _MEASUREMENTS else "Filters"


def options(described: Mapping[str, Any]) -> Iterator[str]:
    """Each option as a line of Python.

    Args:
        described: the OpenAPI document.
    """
    paths = ("/v1/rankings", "/v1/comparisons")
    parameters = itertools.chain(*(described["paths"][path]["get"]["parameters"] for path in paths))
    by_name = {each["name"]: each for each in parameters if each["name"] not in _NOT_OPTIONS}
    for name, each in by_name.items():
        schema = each["schema"]
        choices = tuple(schema.get("enum") or schema.get("items", {}).get("enum") or ())
        said = f"ViewOption({f'--{name}'!r}, {panel(name)!r}, {each['description']!r}"
        yield said + (f", {choices!r})," if choices else "),")


def module(described: Mapping[str, Any]) -> str:
    """The whole file."""
    return formatted(_HEAD + "\n".join(options(described)) + "\n)\n")


if __name__ == "__main__":
    FILE.write_text(module(document()), encoding="utf-8")
