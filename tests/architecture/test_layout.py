"""The rules of the tree: where tests lie, how long files are, what they are called, and who may print."""

import ast
import subprocess
from pathlib import Path

import pytest

from tests.architecture import mirror
from tests.architecture.house import PACKAGES, ROOT, SPEAKING, Source

SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
LONGEST_FILE = 400
LARGEST_BYTES = 500_000
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
    excused = place.parts[0] in mirror.WHOLE or place.as_posix() in mirror.WITHOUT_SOURCE
    script = twin(test).with_suffix(".js")
    assert excused or twin(test).is_file() or script.is_file(), (
        f"{name(test)} mirrors no source: tests repeat the tree so that nobody has to search. Move it, "
        "or name it with a reason in WITHOUT_SOURCE of tests/architecture/mirror.py."
    )


def without_test(source: Path) -> bool:
    place = source.relative_to(ROOT)
    return not (ROOT / mirror.mirrored(place)).is_file() and Source(source).has_code


@pytest.mark.parametrize("source", SOURCES, ids=name)
def test_a_source_has_a_test_of_the_same_name(source: Path) -> None:
    excused = mirror.family(name(source)) or name(source) in mirror.ELSEWHERE or name(source) in mirror.NOT_YET
    assert excused or not without_test(source), (
        f"{name(source)} has no test of its name: write {mirror.mirrored(source.relative_to(ROOT))}, or move there "
        "what tests it under another name."
    )


def test_no_excuse_is_kept_that_is_no_longer_needed() -> None:
    needed = {place for place in mirror.WITHOUT_SOURCE if not twin(ROOT / "tests" / place).is_file()}
    assert set(mirror.WITHOUT_SOURCE) == needed
    untested = {name(source) for source in SOURCES if without_test(source)}
    assert set(mirror.ELSEWHERE) | mirror.NOT_YET <= untested
    for pattern, test in mirror.FAMILIES.items():
        assert any(mirror.family(name(source)) == test for source in SOURCES), f"{pattern} names no source."
    for test in (*mirror.FAMILIES.values(), *mirror.ELSEWHERE.values()):
        assert (ROOT / test).is_file(), f"{test} is named as a test and is not there."


def test_the_sources_without_a_test_only_become_fewer() -> None:
    assert len(mirror.NOT_YET) <= mirror.MOST_NOT_YET, "Write the new source's test rather than adding it to NOT_YET."


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
