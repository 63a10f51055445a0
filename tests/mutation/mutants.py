"""Change the source in small ways, one at a time, and see whether a test fails: `make mutants`.

cosmic-ray makes the changes, in constants of modules and in decorated functions too. All changes that it knows are put
into a random order and tried until time is up, so that those tried are a random sample. Work is done on a copy; the
tree itself is not touched. What a change can break is first asked of the tests of the same file, then of all tests of
the package that import the file.
Usage: python tests/mutation/mutants.py PACKAGE [--minutes 20] [--seed 0] [--only quba/groups.py]
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from cosmic_ray.commands.init import _all_work_items  # the list without a data base
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.testing import run_tests
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome
from scipy.stats import binomtest

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = (
    "core/NoOp",
    # "A | B" is a type nearly everywhere, and a wrong type ends the import: such deaths would flatter the tests.
    "core/ReplaceBinaryOperator_BitOr_*",
)
PATIENCE, LEAST_PATIENCE = 10, 60.0
"""Tests may take so many times as long as without a change, and at least so many seconds; then they count as failed."""


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
        return f"{self.killed} of {tried} killed, {self.timeouts} of them by running out of time: {share}"


class Suite:
    """The tests that are asked about a file.

    Args:
        package: whose tests.
    """

    def __init__(self, package: str) -> None:
        self._tests = {path: path.read_text("utf-8") for path in sorted(Path("tests", package).rglob("test_*.py"))}
        self._seconds: dict[str, float] = {}

    def commands(self, module: Path) -> list[str]:
        """The commands to run one after the other, until one fails."""
        name = ".".join(module.with_suffix("").parts).removesuffix(".__init__")
        importing = re.compile(
            rf"(from|import) {re.escape(name)}\b|from {re.escape(name.rpartition('.')[0])} import .*"
        )
        twin = Path("tests", module.parent, f"test_{module.stem}.py")
        others = [str(path) for path, text in self._tests.items() if path != twin and importing.search(text)]
        doctests = [str(module)] if ">>> " in module.read_text("utf-8") else []
        groups = [[*doctests, str(twin)] if twin in self._tests else doctests, others]
        start = f"{sys.executable} -m pytest -x -q -p no:cacheprovider -p no:randomly"
        return [" ".join([start, *group]) for group in groups if group]

    def patience(self, command: str) -> float:
        """Seconds after which a command counts as failed.

        Raises:
            RuntimeError: it fails without any change.
        """
        if command not in self._seconds:
            start = time.monotonic()
            outcome, output = run_tests(command, 3600)
            if outcome != TestOutcome.SURVIVED:
                raise RuntimeError(f"these tests fail without any change; mend them first: {command}\n{output}")
            self._seconds[command] = time.monotonic() - start
        return max(LEAST_PATIENCE, PATIENCE * self._seconds[command])


def changes(modules: Iterable[Path]) -> Iterator[MutationSpec]:
    for item in _all_work_items(modules, {}):
        (change,) = item.mutations
        if not any(fnmatch(change.operator_name, pattern) for pattern in LEFT_OUT):
            yield change


def tried(change: MutationSpec, suite: Suite, tally: Tally) -> None:
    for command in suite.commands(change.module_path):
        result = mutate_and_test([change], command, suite.patience(command))
        if result.worker_outcome != WorkerOutcome.NORMAL:
            raise RuntimeError(f"cosmic-ray could not try {change}: {result.output}")
        if result.test_outcome == TestOutcome.KILLED:
            tally.killed += 1
            tally.timeouts += result.output == "timeout"
            return
    lines = [line for line in result.diff.splitlines() if re.match(r"[-+](?![-+])", line)]
    place = f"{change.module_path}:{change.start_pos[0]} {change.operator_name.removeprefix('core/')}"
    tally.survivors.append("\n    ".join([place, *lines]))
    print(tally.survivors[-1], flush=True)


def copied(target: Path) -> None:
    """Copy what git knows or would take in, as it is now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def main() -> None:
    parser = argparse.ArgumentParser(description="Change the source in small ways and see whether a test fails.")
    parser.add_argument("package", choices=["quba", "evaluation", "backend"])
    parser.add_argument("--minutes", type=float, default=20.0, help="after which no further change is tried")
    parser.add_argument("--seed", type=int, default=0, help="of the order in which changes are tried")
    parser.add_argument("--only", default="*", help="files whose path fits this pattern")
    asked = parser.parse_args()
    os.nice(19)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copied(Path(folder))
        os.chdir(folder)
        modules = [path for path in sorted(Path(asked.package).rglob("*.py")) if fnmatch(str(path), asked.only)]
        found = list(changes(modules))
        random.Random(asked.seed).shuffle(found)
        suite, tally, end = Suite(asked.package), Tally(), time.monotonic() + 60 * asked.minutes
        for change in found:
            if time.monotonic() > end:
                break
            tried(change, suite, tally)
        print(f"{asked.package}: {len(found)} changes known, seed {asked.seed}. {tally.rate()}")


if __name__ == "__main__":
    main()
