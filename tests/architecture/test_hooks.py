"""The commit hooks are the checks of `make check`, and come from .venv and not from the network."""

import re
import shlex
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
REPOSITORIES: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]


def checks() -> list[list[str]]:
    """The commands of `make check`, without what make does with their output."""
    recipe = re.search(r"^check:.*\n((?:\t.+\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert recipe
    lines = [re.split(r" \|\| | > ", line.strip().removeprefix("@"))[0] for line in recipe[1].splitlines()]
    return [shlex.split(line.replace("$(BIN)", ".venv/bin")) for line in lines]


def test_the_hooks_call_what_make_check_calls() -> None:
    hooks = [shlex.split(hook["entry"]) for repository in REPOSITORIES for hook in repository["hooks"]]
    assert hooks == checks()
    assert len(hooks) >= 5


def test_the_hooks_fetch_nothing() -> None:
    assert [repository["repo"] for repository in REPOSITORIES] == ["local"]
    assert {hook["language"] for hook in REPOSITORIES[0]["hooks"]} == {"system"}
