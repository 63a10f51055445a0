"""Scenes that node plays with the board's scripts."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent

Played = Callable[[str], Any]


@pytest.fixture
def played() -> Played:
    """Play a scene of this folder, and give what it printed."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the board's scripts are checked where it is")

    def play(scene: str) -> Any:  # noqa: ANN401 - any JSON
        done = subprocess.run([node, FOLDER / scene], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return play
