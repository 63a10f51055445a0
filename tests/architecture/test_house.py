"""The tree keeps the targets that it has reached; those still open are named."""

from pathlib import Path

import pytest

from tests.architecture import house
from tests.architecture.house import Source

# Open targets by the start of their line's name. Take a line out once its target is reached: it is then kept.
OPEN = (
    "test lines per line of backend", "test lines per line of dashboard", "test lines per line of wellbehaved",
)  # fmt: skip

SAMPLE = '''"""A module.

With two lines of words.
"""

from __future__ import annotations

# Why this is so.
LIMIT = 3  # apples


def told(values: list[int], *, most: int = LIMIT) -> int:
    """Words."""
    text = "# no comment"
    for value in values:
        if value > most:  # noqa: SIM102
            if text:
                return value
        elif value < 0:
            return 0
        elif value == 1:
            return 1
    return -1
'''


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setattr(house, "ROOT", tmp_path)
    (tmp_path / "sample.py").write_text(SAMPLE, encoding="utf-8")
    return Source(tmp_path / "sample.py")


def test_lines_comments_and_blocks_are_counted_as_a_reader_would(sample: Source) -> None:
    told = sample.functions[0]
    assert sample.lines == 23
    # Two before the function and eleven in it: without blanks, comments and docstrings.
    assert len(sample.code) == 13
    assert sample.comments == 2
    assert house._nesting(told) == 3
    assert house._complexity(told) == 6
    assert len(house._arguments(told)) == 2
    assert sample.imports == {"__future__", "__future__.annotations"}


def test_a_circle_of_imports_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "ROOT", tmp_path)
    texts = {
        "a": "import b",
        "b": "from c import one",
        "c": "import a",
        "d": "import a\ndef f():\n    import e",
        "e": "import d",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    tree = [Source(tmp_path / f"{name}.py") for name in texts]
    assert house._in_cycles(tree) == 3  # d and e need each other only when called


@pytest.mark.parametrize(
    ("name", "bare"),
    [("told", True), ("_copied", True), ("need", False), ("told_twice", False), ("answer", False), ("_succeed", False)],
)
def test_a_bare_participle_is_known(name: str, bare: bool) -> None:
    assert bool(house._PARTICIPLE.fullmatch(name)) == bare


def test_the_tree_keeps_its_targets() -> None:
    table = list(house.rows())
    assert [str(row) for row in table if not row.met and not row.name.startswith(OPEN)] == []
    assert {start for start in OPEN if any(row.name.startswith(start) for row in table)} == set(OPEN)
