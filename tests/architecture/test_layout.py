"""The rules of the tree: where tests lie, how long files are, what they are called, and who may print."""

import ast
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
LONGEST_FILE = 400
LARGEST_BYTES = 500_000

# Folders of tests that look at the whole and not at one file.
WHOLE = {"architecture", "browser", "faults", "mutation", "packaging", "recipes"}
# Tests without a source of the same name, and why.
WITHOUT_TWIN = {
    "backend/api/test_discovery.py": "the folder's __init__, which finds the routers",
    "backend/findings/test_claims.py": "the folder claims/, with every claim in it",
    "backend/test_openapi.py": "the document that all routes make together",
    "backend/test_outage.py": "what all routes do without their database",
    "evaluation/attacks/test_attacks.py": "the folder's __init__, and what all attacks promise",
    "evaluation/corruptions/test_corruptions.py": "the folder's __init__, and what all promise",
    "evaluation/corruptions/test_strengths.py": "all corruptions against the published program",
    "evaluation/test_evaluate_command.py": "the command over the whole engine",
    "evaluation/test_known_models.py": "the whole engine on models whose values are known",
    "quba/dimensions/test_discovery.py": "the folder's __init__, which finds the dimensions",
    "quba/dimensions/test_measures.py": "what all dimensions' measure() promise",
    "quba/test_imports.py": "what the whole package may import",
    "quba/test_interval_coverage.py": "the standard errors of all dimensions against simulations",
    "quba/test_known_models.py": "all formulas on models whose values are known",
    "quba/test_published_decisions.py": "the functions for decisions against the published scores",
    "quba/test_published_study.py": "the whole chain against the published scores",
    "quba/test_values.py": "what all results of the package promise",
}
# The command line speaks to its user; everything else returns, raises or logs.
SPEAKING = {
    "wellbehaved/cli.py", "wellbehaved/datasets_commands.py", "wellbehaved/evaluate_command.py",
    "wellbehaved/evaluation_commands.py", "wellbehaved/questions.py", "wellbehaved/terminal.py",
    "wellbehaved/worker_command.py",
}  # fmt: skip
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def twin(test: Path) -> Path:
    """The source that a test is about, by its name."""
    beside = test.relative_to(ROOT / "tests")
    return ROOT / beside.with_name(beside.name.removeprefix("test_"))


def test_the_walk_sees_the_tree() -> None:
    assert {"quba/ranking/score.py", "backend/app.py", "dashboard/app.py", "wellbehaved/cli.py"} <= set(
        map(name, SOURCES)
    )
    assert "tests/quba/ranking/test_score.py" in map(name, TESTS)


@pytest.mark.parametrize("test", TESTS, ids=name)
def test_a_test_has_a_source_of_the_same_name(test: Path) -> None:
    place = test.relative_to(ROOT / "tests")
    excused = place.parts[0] in WHOLE or place.as_posix() in WITHOUT_TWIN
    assert excused or twin(test).is_file(), (
        f"{name(test)} mirrors no source: tests repeat the tree so that nobody has to search. Move it, "
        "or name it with a reason in WITHOUT_TWIN."
    )


def test_no_excuse_is_kept_that_is_no_longer_needed() -> None:
    needed = {place for place in WITHOUT_TWIN if not twin(ROOT / "tests" / place).is_file()}
    assert set(WITHOUT_TWIN) == needed


@pytest.mark.parametrize("source", SOURCES, ids=name)
def test_a_source_can_be_read_at_one_sitting(source: Path) -> None:
    lines = source.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_FILE, f"{name(source)} has {lines} lines; part it by subject."
    assert source.stem not in VAGUE, f"{name(source)} does not say what it holds."


@pytest.mark.parametrize("source", SOURCES, ids=name)
def test_only_the_command_line_speaks(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    printed = any(isinstance(function, ast.Name) and function.id == "print" for function in called)
    echoed = any(isinstance(function, ast.Attribute) and function.attr in ("echo", "secho") for function in called)
    assert not printed, f"{name(source)} prints; return the text, raise, or log."
    assert not echoed or name(source) in SPEAKING


@pytest.mark.parametrize("source", SOURCES, ids=name)
def test_no_failure_is_swallowed(source: Path) -> None:
    handlers = [
        node for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))) if isinstance(node, ast.ExceptHandler)
    ]
    broad = [node.lineno for node in handlers if node.type is None or _is_broad(node.type)]
    silent = [
        node.lineno
        for node in handlers
        if node.lineno in broad and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert silent == [], f"{name(source)} hides every failure in lines {silent}; name the one that is expected."


def _is_broad(kind: ast.expr) -> bool:
    return isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")


def test_no_large_file_is_kept() -> None:
    """A repository is copied whole by everybody; figures and weights belong elsewhere."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    files = [ROOT / path for path in listed.split("\0") if path]
    assert len(files) > len(SOURCES)
    assert [name(path) for path in files if path.is_file() and path.stat().st_size > LARGEST_BYTES] == []
