"""The tool that asks whether the tests can fail, on a package of three lines whose answers are known."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.mutants import ROOT, Tally, annotations, changes
from tests.mutation.nursery import run_tests
from tests.mutation.suite import Suite

SOURCE = '''"""Of two numbers."""


def larger(a: "int | None", b: int = 0) -> int:
    return a if a > b else b
'''
TEST = (
    "from quba.toy import larger\n\n\ndef test_larger():\n    assert larger(1, 2) == larger(2, 1) == larger(2) == 2\n"
)
WHOLE_RUN = """
import argparse, sys
from pathlib import Path
from tests.mutation.mutants import report, stand_in
folder = Path(sys.argv[1]).resolve()
stand_in(folder, "quba")
print(report(argparse.Namespace(package="quba", only="*", seed=0, minutes=5), folder))
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = ['--import-mode=importlib']\n",
        "quba/__init__.py": "",
        "quba/toy.py": SOURCE,
        "quba/user.py": "from quba import toy\n\nlargest = toy.larger(1, 2)\n",
        "tests/quba/test_toy.py": TEST,
        "tests/quba/test_user.py": "from quba.user import largest\n\n\ndef test_largest():\n    assert largest == 2\n",
        "tests/quba/test_beside.py": "def test_nothing():\n    pass\n",
        "tests/quba/elsewhere/test_nothing.py": "def test_nothing():\n    pass\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_survivors_are_the_changes_that_no_test_can_notice(toy: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WHOLE_RUN, str(toy)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    *survivors, last = done.stdout.splitlines()
    assert sorted(" ".join(line.split()) for line in survivors if not line.startswith(" ")) == [
        "quba/toy.py:4 NumberReplacer", "quba/toy.py:4 NumberReplacer",  # the default matters in no test
        "quba/toy.py:5 ReplaceComparisonOperator_Gt_GtE",  # of equal numbers either is the larger
        "quba/user.py:3 NumberReplacer", "quba/user.py:3 NumberReplacer",  # of 0 and 2, or 2 and 2, 2 is the largest
    ]  # fmt: skip
    assert "    - return a if a > b else b\n    + return a if a >= b else b" in done.stdout
    assert "14 tried, 9 killed, 0 of them by running out of time, 5 survived" in last
    assert Path("quba/toy.py").read_text("utf-8") == SOURCE


def test_types_are_left_alone(toy: Path) -> None:
    assert [SOURCE.splitlines()[start[0] - 1][start[1] : end[1]] for start, end in sorted(annotations(SOURCE))] == [
        '"int | None"', "int", "int",
    ]  # fmt: skip
    kinds = {change.operator_name for change in changes([Path("quba/toy.py")])}
    assert "core/ReplaceComparisonOperator_Gt_Lt" in kinds
    assert not [kind for kind in kinds if "BitOr" in kind or "NoOp" in kind]


def test_stars_that_are_no_operators_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "stars.py"
    path.write_text("def f(*, a, **more):\n    return g(*a, **more) * a\n", "utf-8")
    found = {change.start_pos for change in changes([path]) if "BinaryOperator" in change.operator_name}
    assert found == {(2, 25)}


def test_the_tests_nearest_to_the_change_are_asked_first(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Suite, "seconds", lambda *_: 0.0)
    suite = Suite("quba", toy / "log")
    asked = [[path.name for path in group] for group in suite.groups(Path("quba/toy.py"))]
    assert asked == [["test_toy.py"], ["test_user.py", "test_beside.py"]]


def test_a_folder_that_finds_its_files_imports_them_all(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Suite, "seconds", lambda *_: 0.0)
    (toy / "quba/found").mkdir()
    (toy / "quba/found/__init__.py").write_text("import pkgutil\n", "utf-8")
    (toy / "quba/found/one.py").write_text("ONE = 1\n", "utf-8")
    (toy / "tests/quba/test_found.py").write_text("import quba.found\n", "utf-8")
    asked = [[path.name for path in group] for group in Suite("quba", toy / "log").groups(Path("quba/found/one.py"))]
    assert asked == [["test_found.py"]]


def test_a_run_tells_passed_failed_and_endless_apart(tmp_path: Path) -> None:
    cases = {"pass": "pass", "fail": "assert False", "endless": "while True: pass"}
    runs = {}
    for name, body in cases.items():
        path = tmp_path / f"test_{name}.py"
        path.write_text(f"def test():\n    {body}\n", "utf-8")
        runs[name] = run_tests([str(path)], 30 if name != "endless" else 3, tmp_path / "log")
    assert [(run.passed, run.in_time) for run in runs.values()] == [(True, True), (False, True), (False, False)]


def test_the_report_gives_the_interval() -> None:
    # Wilson's interval of 9 in 10, by its closed form: centre (9 + 1.96² / 2) / (10 + 1.96²).
    assert Tally(killed=9, timeouts=1, survivors=["one"]).rate() == (
        "10 tried, 9 killed, 1 of them by running out of time, 1 survived: 90.0% (95 % interval 59.6% to 98.2%)"
    )
    assert Tally().rate() == "none tried"
