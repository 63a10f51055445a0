"""The script behind a tag: it refuses what does not belong together before anything is built."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the script reads, and a `make` that only notes what it was asked for."""
    for name in (".ci", "pyproject.toml", "CHANGELOG.md"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    make = tmp_path / "bin" / "make"
    make.parent.mkdir()
    make.write_text('#!/bin/sh\necho "$1" >> asked.txt\n', encoding="utf-8")
    make.chmod(0o755)
    return tmp_path


def release(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "BASE_PYTHON": sys.executable,
    }
    return subprocess.run([folder / ".ci/release", *words], capture_output=True, text=True, env=environment)


def version_of(folder: Path) -> str:
    [version] = re.findall(r'^version = "(.+)"$', (folder / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    return str(version)


def test_a_tag_of_another_version_is_refused(copy: Path) -> None:
    done = release(copy, "v9.9.9")
    assert done.returncode == 1
    assert f"The tag is v9.9.9 and pyproject.toml has version {version_of(copy)}." in done.stderr
    assert not (copy / "asked.txt").exists()


def test_a_changelog_without_the_day_is_refused(copy: Path) -> None:
    page = copy / "CHANGELOG.md"
    page.write_text(page.read_text("utf-8").replace("## ", "## 0.0.", 1), "utf-8")
    done = release(copy, f"v{version_of(copy)}")
    assert done.returncode == 1
    assert "Write the day of the release" in done.stderr
    assert not (copy / "asked.txt").exists()


def test_no_tag_is_wrong_usage(copy: Path) -> None:
    done = release(copy)
    assert done.returncode != 0
    assert "Name the tag" in done.stderr


def test_a_release_is_built_and_its_notes_are_the_entry_of_the_changelog(copy: Path) -> None:
    version = version_of(copy)
    entries = f"## {version} (2026-12-31)\n\n### Added\n\n- newer\n\n## 0.0.1 (2020-01-01)\n\n- older\n"
    (copy / "CHANGELOG.md").write_text(f"# Changelog\n\nWhat users notice.\n\n{entries}", "utf-8")
    done = release(copy, f"v{version}")
    assert done.returncode == 0, done.stderr
    assert (copy / "asked.txt").read_text("utf-8") == "dist\n"
    assert (copy / "build" / "release-notes.md").read_text("utf-8") == "\n### Added\n\n- newer\n\n"
    assert not list(copy.glob("*notes*"))
