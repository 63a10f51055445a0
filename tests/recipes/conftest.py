"""A copy of the house in which a recipe of docs/recipes is followed to the letter, and its own tests are run."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
_PACKAGES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"][
    "targets"
]["wheel"]["packages"]
_COPIED = (*_PACKAGES, "tests", "docs", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "alembic.ini",
           "pyproject.toml")  # fmt: skip
# All tests of the house run in the long form.
_SECONDS = 3_600 if os.environ.get("WELLBEHAVED_SOAK") else 300
# A file as recipes write it, with `<key>` for the new name.
_PATH = re.compile(r"`([\w./<>-]+/[\w.<>-]+\.[a-z]+)`")

# They are put into the copy and mean nothing here.
collect_ignore = ["added", "checks"]


class House:
    """The copy.

    Args:
        root: its folder, empty.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.touched: set[str] = set()
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                # With what Python has compiled, which spares the children most of their start.
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("recipes", "node_modules"))
            else:
                shutil.copyfile(source, root / name)
        shutil.copytree(ROOT / "docs" / "recipes", root / "docs" / "recipes")

    def add(self, recipe: str) -> list[str]:
        """Put the files of a recipe in; gives those that are tests."""
        own = HERE / "added" / recipe
        files = sorted(path.relative_to(own).as_posix() for path in own.rglob("*.*") if path.suffix != ".pyc")
        assert files
        for file in files:
            assert not (self.root / file).exists(), f"{file} would be changed, not added."
            self._copy(own, file)
        return [file for file in files if file.startswith("tests/")]

    def check(self, recipe: str) -> list[str]:
        """Put the questions of a recipe in, which are no part of it; gives their files."""
        own = HERE / "checks" / recipe
        files = sorted(path.relative_to(own).as_posix() for path in own.rglob("*.py"))
        for file in files:
            shutil.copyfile(own / file, self.root / file)
        return files

    def edit(self, file: str, old: str, new: str) -> None:
        """Change the one place of a file that the recipe names; with nothing old, add at the end."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        if old:
            assert text.count(old) == 1, f"{file} has {old!r} {text.count(old)} times."
            text = text.replace(old, new)
        else:
            text += new
        path.write_text(text, encoding="utf-8")
        self.touched.add(file)

    def follows(self, recipe: str, **names: str) -> None:
        """Hold what was touched against what the recipe names: no more, and every new file of it. Then begins anew."""
        text = (ROOT / "docs" / "recipes" / f"{recipe}.md").read_text(encoding="utf-8")
        named, required = set(), set()
        for path in _PATH.findall(text):
            full = re.sub(r"<(\w+)>", lambda found: names.get(found[1], found[0]), path)
            named.add(full)
            if full != path:
                required.add(full)
        assert self.touched <= named, f"{recipe}.md does not say: {sorted(self.touched - named)}"
        assert required <= self.touched, f"{recipe}.md asks for more: {sorted(required - self.touched)}"
        self.touched.clear()

    def run(self, *arguments: str) -> str:
        """Run Python in the copy; gives what it printed."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.root),
            "PYTHONSAFEPATH": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        # The long form here is that all tests run in the copy, each in its usual one.
        for name in [name for name in environment if name.startswith(("COV_", "COVERAGE_", "WELLBEHAVED_SOAK"))]:
            del environment[name]
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root, env=environment, capture_output=True, text=True, timeout=_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-8000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def pytest(self, *tests: str) -> None:
        """Run tests in the copy, on SQLite and without a browser."""
        # A folder of its own for temporary files: pytest clears the usual one, which others are using at the time.
        options = ("-q", "-p", "no:cacheprovider", "--basetemp", str(self.root / "tests-temp"))
        self.run("-m", "pytest", *options, "-m", "not postgres and not browser", *tests)

    def _copy(self, own: Path, file: str) -> None:
        target = self.root / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(own / file, target)
        self.touched.add(file)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A copy of its own for each test, removed after it."""
    root = tmp_path / "house"
    root.mkdir()
    yield House(root)
    shutil.rmtree(root)
