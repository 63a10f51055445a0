"""Change the source in small ways, one at a time, and see whether a test fails: `make mutants`.

cosmic-ray makes the changes, in constants of modules and in decorated functions too. All changes that it knows are put
into a random order and tried until time is up, so that those tried are a random sample. Work is done on a copy; the
tree itself is not touched. Which tests are asked is said in suite.py, how they are run quickly in nursery.py.
Usage: python -m tests.mutation.mutants PACKAGE [--minutes 20] [--seed 0] [--only quba/deciding/groups.py]
"""

import argparse
import ast
import importlib.util
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from cosmic_ray.commands.init import _all_work_items  # the list without a data base
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_item import MutationSpec
from scipy.stats import binomtest

from tests.mutation.nursery import load_libraries, run_tests
from tests.mutation.suite import Suite

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {
    "core/NoOp": "changes nothing",
    "core/ReplaceBinaryOperator_BitOr_*": (
        "A | B is a type nearly everywhere, and a wrong type ends the import: such deaths would flatter the tests"
    ),
    "core/ReplaceComparisonOperator_Is_Eq": "both are the same for members of enumerations and for None",
    "core/ReplaceComparisonOperator_IsNot_NotEq": "both are the same for members of enumerations and for None",
}
_times = itertools.count(1)
"""Of changed files, in seconds since 1970, each its own: no file compiled from another text is taken for it."""


@dataclass(kw_only=True)
class Tally:
    """What became of the changes.

    Attributes:
        killed: a test failed.
        timeouts: of those, how many because the tests did not end.
        survivors: the changes that no test noticed, as text.
    """

    killed: int = 0
    timeouts: int = 0
    survivors: list[str] = field(default_factory=list)

    def rate(self) -> str:
        tried = self.killed + len(self.survivors)
        if not tried:
            return "none tried"
        found = binomtest(self.killed, tried)
        low, high = found.proportion_ci(0.95, method="wilson")
        share = f"{found.statistic:.1%} (95 % interval {low:.1%} to {high:.1%})"
        return (
            f"{tried} tried, {self.killed} killed, {self.timeouts} of them by running out of time, "
            f"{len(self.survivors)} survived: {share}"
        )


Place = tuple[int, int]
"""Line and column."""


def annotations(source: str) -> list[tuple[Place, Place]]:
    """Where types are written.

    A wrong type is the type checker's to find; no value that the code computes depends on it.
    """
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign | ast.arg):
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(node.returns)
    return [((node.lineno, node.col_offset), _end(node)) for node in found if node]


def operators(source: str) -> list[tuple[Place, Place]]:
    """Where an operator between two values stands.

    cosmic-ray takes the stars of signatures and calls for operators too; a change of those is mostly no Python, and the
    death of what cannot be read would flatter the tests.
    """
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.BinOp)]
    return [(_end(node.left), (node.right.lineno, node.right.col_offset)) for node in nodes]


def _end(node: ast.expr) -> Place:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _within(change: MutationSpec, places: list[tuple[Place, Place]]) -> bool:
    return any(start <= change.start_pos and change.end_pos <= end for start, end in places)


def changes(modules: Iterable[Path]) -> Iterator[MutationSpec]:
    """All changes but those of types and of stars that are no operators, and those in LEFT_OUT."""
    for module in modules:
        source = module.read_text("utf-8")
        types, between = annotations(source), operators(source)
        for item in _all_work_items([module], {}):
            (change,) = item.mutations
            no_operator = "BinaryOperator" in change.operator_name and not _within(change, between)
            if not (
                no_operator
                or _within(change, types)
                or any(fnmatch(change.operator_name, pattern) for pattern in LEFT_OUT)
            ):
                yield change


def tried(change: MutationSpec, suite: Suite, tally: Tally, log: Path) -> None:
    path = Path(change.module_path)
    before = path.read_text("utf-8")
    after = MutationVisitor.mutate_code(before, get_operator(change.operator_name)(), change.occurrence)
    if after is None:
        raise RuntimeError(f"cosmic-ray could not make {change}")
    # Groups of tests are made and timed between the runs, when the file is as it was.
    for group in suite.groups(path):
        patience = suite.patience(group)
        with written(path, after):
            run = run_tests([*suite.options(), *map(str, group)], patience, log)
        if not run.passed:
            tally.killed += 1
            tally.timeouts += not run.in_time
            return
    tally.survivors.append(difference(change, before, after))
    print(tally.survivors[-1], flush=True)


@contextmanager
def written(path: Path, text: str) -> Iterator[None]:
    """Another text in a file, for as long as the context is open."""
    before, stat = path.read_bytes(), path.stat()
    path.write_text(text, "utf-8")
    os.utime(path, (0, next(_times)))
    try:
        yield
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def difference(change: MutationSpec, before: str, after: str) -> str:
    """The lines that a change makes different, below file, line and kind of change."""
    place = f"{change.module_path}:{change.start_pos[0]} {change.operator_name.removeprefix('core/')}"
    old, new = before.splitlines(), after.splitlines()
    if len(old) != len(new):  # a decorator that was removed
        return f"{place}\n    - {old[change.start_pos[0] - 1].strip()}"
    pairs = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    return "\n    ".join([place, *(line for a, b in pairs for line in (f"- {a.strip()}", f"+ {b.strip()}"))])


def copied(target: Path) -> None:
    """Copy what git knows or would take in, as it is now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def stand_in(folder: Path, package: str) -> None:
    """Work in a folder, and import from there.

    Raises:
        RuntimeError: the package would be imported from elsewhere, so that no change would be seen.
    """
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    os.environ["PYTHONPATH"] = str(folder)
    importlib.invalidate_caches()
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None or not Path(found.origin).is_relative_to(folder):
        raise RuntimeError(f"{package} would be imported from {found and found.origin} and not from the copy {folder}.")


def report(asked: argparse.Namespace, folder: Path) -> str:
    modules = [path for path in sorted(Path(asked.package).rglob("*.py")) if fnmatch(str(path), asked.only)]
    found = list(changes(modules))
    random.Random(asked.seed).shuffle(found)
    log = folder / "tests.log"
    suite, tally = Suite(asked.package, log), Tally()
    load_libraries([*suite.options(), *suite.tests()], log)
    end = time.monotonic() + 60 * asked.minutes
    with suppress(KeyboardInterrupt):  # who has seen enough gets the rate so far
        for change in found:
            if time.monotonic() > end:
                break
            tried(change, suite, tally, log)
    return f"{asked.package}: {len(found)} changes known, seed {asked.seed}. {tally.rate()}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Change the source in small ways and see whether a test fails.")
    parser.add_argument("package", choices=["quba", "evaluation", "backend", "wellbehaved"])
    parser.add_argument("--minutes", type=float, default=20.0, help="after which no further change is tried")
    parser.add_argument("--seed", type=int, default=0, help="of the order in which changes are tried")
    parser.add_argument("--only", default="*", help="files whose path fits this pattern")
    asked = parser.parse_args()
    os.nice(5)
    # Starting a server costs more than the tests on SQLite, which ask the same.
    os.environ.setdefault("WELLBEHAVED_TEST_WITHOUT_POSTGRES", "1")
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name).resolve()
        copied(folder)
        stand_in(folder, asked.package)
        print(report(asked, folder))


if __name__ == "__main__":
    main()
