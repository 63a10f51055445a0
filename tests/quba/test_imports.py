"""The science stays pure: no dependency beyond numpy, scipy and shapes, and no door to the world outside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import quba

SOURCES = sorted(Path(quba.__file__).parent.rglob("*.py"))
ALLOWED = {
    # the packages of the contract
    "quba", "numpy", "scipy", "jaxtyping",
    # the part of the standard library that reads no file, clock, network or environment; importlib and pkgutil only
    # find what the package itself ships: the dimensions, and the files that describe the built-in benchmarks
    "bisect", "collections", "contextlib", "contextvars", "dataclasses", "enum", "heapq", "importlib", "itertools",
    "math", "pkgutil", "re", "tomllib", "types", "typing",
}  # fmt: skip
# What turns results into bytes in memory and back, and names what can be wrong with them; whoever calls it reads and
# writes the files.
IN_MEMORY: dict[str, tuple[set[str], set[str]]] = {
    "dimension_package": ({"json", "numbers"}, set()),
    "evidence": ({"io", "json", "zipfile"}, {"load"}),
    "zip_damage": ({"errno", "lzma", "struct", "zipfile", "zlib"}, set()),
}
DOORS = {"open", "print", "input", "eval", "exec", "__import__", "breakpoint"}
GLOBAL_STATE = {"seterr", "loadtxt", "load", "save", "fromfile", "memmap"}


def imported_packages(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_only_the_agreed_packages_are_imported(source: Path) -> None:
    strangers = set(imported_packages(ast.parse(source.read_text(encoding="utf-8")))) - ALLOWED
    strangers -= IN_MEMORY.get(source.stem, (set(), set()))[0]
    assert not strangers, (
        f"{source.name} imports {sorted(strangers)}: quba is pure science so that every result can be recomputed "
        "from its arguments. Do this in evaluation/ or backend/ and hand the arrays in."
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_nothing_outside_is_touched(source: Path) -> None:
    nodes = list(ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    of_numpy = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "np"
    }
    of_random = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random"
    }
    assert not called & DOORS
    assert of_random <= {"Generator"}, "chance comes in as an argument, so that a result can be had again"
    assert not of_numpy & GLOBAL_STATE - IN_MEMORY.get(source.stem, (set(), set()))[1]
    # Of the in-memory packages, only what takes and gives bytes.
    streams = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("io", "zipfile")
    }
    assert streams <= {"BytesIO", "BadZipFile"}


def test_the_walk_sees_the_whole_package() -> None:
    assert {"score", "normalisation", "calibration_error", "pareto"} <= {source.stem for source in SOURCES}
