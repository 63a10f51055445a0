"""Which tests are asked about a file of the source, in which order, and how long they may take."""

import ast
import math
from collections.abc import Iterator
from pathlib import Path

from tests.mutation.nursery import run_tests

# The tests of quba ask for nothing of tests/conftest.py, which loads the database and all of the backend.
ROOT_OF_CONFTESTS = {"quba": "tests/quba"}
# Tests that reach the change through other files only, conftest.py among them, are asked in the order of their
# distance, without the files that take longer than the first and until they take the second together, in seconds of
# the processor. Of quba that is all but the tests of group_intervals, which repeat an experiment many times.
QUICK_SECONDS, FARTHER_SECONDS = 20.0, 60.0
_FAR = 1_000
PATIENCE, LEAST_PATIENCE, LONGEST = 4, 15.0, 600.0
"""Tests may take so many times as long as without a change, and at least so many seconds; then they count as failed."""


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, known: dict[str, Path]) -> set[str]:
    """The modules of the project that a file names in an import, and those that it finds by itself."""
    text = path.read_text("utf-8")
    named: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    named &= known.keys()
    if "pkgutil" in text:
        # It walks a folder: its own, such as quba/dimensions, or that of a package it imports.
        walked = {file.parent for name, file in known.items() if name in named and file.stem == "__init__"}
        walked |= {path.parent} if path.stem == "__init__" else set()
        named |= {name for name, file in known.items() if file != path and walked & set(file.parents)}
    return named


class Suite:
    """The tests of a package.

    Args:
        package: whose.
        log: file for what the tests print.
    """

    def __init__(self, package: str, log: Path) -> None:
        self._log = log
        self._root = ROOT_OF_CONFTESTS.get(package, "tests")
        tops = {package, "quba"}
        self._known = {module_name(path): path for top in sorted(tops) for path in sorted(Path(top).rglob("*.py"))}
        self._imports = {name: imported(path, self._known) for name, path in self._known.items()}
        tests = sorted(Path("tests", package).rglob("test_*.py"))
        self._direct = {path: imported(path, self._known) for path in tests}
        self._by_fixtures = {path: self._direct[path] | self._of_conftests(path) for path in tests}
        self._seconds: dict[Path, float] = {}

    def options(self) -> list[str]:
        return [f"--confcutdir={self._root}"]

    def tests(self) -> list[str]:
        return [str(path) for path in self._direct]

    def groups(self, module: Path) -> Iterator[list[Path]]:
        """Files of tests, to be run one group after the other until one fails; in each group the quickest first.

        First the tests of the same place and name and the examples in the docstrings; then the tests that import the
        file, and those of its name elsewhere; then those that reach it through other files, and those beside it.
        """
        name = module_name(module)
        twin = Path("tests", module.parent, f"test_{module.stem if module.stem != '__init__' else 'discovery'}.py")
        first = [twin] if twin in self._direct else []
        # A route is often called like the table that it reads, and its test reaches both.
        alike = {path for path in self._direct if path.name == twin.name}
        second = [
            path for path, names in self._direct.items() if (name in names or path in alike) and path not in first
        ]
        examples = [module] if ">>> " in module.read_text("utf-8") else []
        for group in ([*examples, *first], second):
            if sound := [path for path in group if math.isfinite(self.seconds(path))]:
                yield sorted(sound, key=self.seconds)
        # Only now, for a change that got as far as this: each file is timed once.
        if farther := list(self._farther(name, {*first, *second})):
            yield farther

    def _farther(self, name: str, asked: set[Path]) -> Iterator[Path]:
        places = {path: self._place(path, name) for path in self._direct if path not in asked}
        # Of one subject, and perhaps in another process, which no import tells.
        beside = Path("tests", self._known[name].parent)
        places |= {path: (False, _FAR) for path, place in places.items() if place is None and path.parent == beside}
        together = 0.0
        for _, path in sorted((place, path) for path, place in places.items() if place is not None):
            if self.seconds(path) <= QUICK_SECONDS:
                together += self.seconds(path)
                yield path
            if together > FARTHER_SECONDS:
                return

    def seconds(self, path: Path) -> float:
        """How long a file of tests takes without a change; endless where it fails even so, which is printed."""
        if path not in self._seconds:
            run = run_tests([*self.options(), str(path)], LONGEST, self._log)
            self._seconds[path] = run.seconds if run.passed else math.inf
            if not run.passed:
                print(f"not asked, for it fails without any change: {path}\n{run.output}", flush=True)
        return self._seconds[path]

    def patience(self, group: list[Path]) -> float:
        return max(LEAST_PATIENCE, PATIENCE * sum(self.seconds(path) for path in group))

    def _of_conftests(self, test: Path) -> set[str]:
        """What the fixtures import that a test can ask for."""
        folders = [folder for folder in test.parents if folder.is_relative_to(self._root)]
        files = [folder / "conftest.py" for folder in folders if (folder / "conftest.py").is_file()]
        return {name for file in files for name in imported(file, self._known)}

    def _place(self, test: Path, name: str) -> tuple[bool, int] | None:
        """Whether a test is away from a module by fixtures, and by how many imports; None where it is out of reach."""
        for by_fixtures, start in ((False, self._direct[test]), (True, self._by_fixtures[test])):
            if (distance := self._distance(start, name)) is not None:
                return by_fixtures, distance
        return None

    def _distance(self, start: set[str], name: str) -> int | None:
        # What a package imports when any of its modules is imported counts for each of them.
        seen: set[str] = set()
        here, distance = start, 0
        while here - seen:
            if name in here:
                return distance
            seen |= here
            packages = {found.rpartition(".")[0] for found in here} & self._known.keys()
            here = {found for module in here for found in self._imports[module]} | packages
            distance += 1
        return None
