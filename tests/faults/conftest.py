"""What the fault tests share: the short form runs with every test run, the long one by `make soak`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation.checkpoints.checker import Checker


@pytest.fixture(scope="session")
def soak() -> bool:
    """Whether the long form is asked for."""
    return bool(os.environ.get("WELLBEHAVED_SOAK"))


@pytest.fixture(scope="session")
def checker() -> Iterator[Checker]:
    """One process that checks files."""
    with Checker() as running:
        yield running


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that only code inside a checkpoint would make."""
    return tmp_path / "canary"
