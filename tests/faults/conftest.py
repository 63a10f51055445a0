"""What the fault tests share: the short form runs with every test run, the long one by `make soak`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation.checkpoints.checker import Checker
from tests.faults.queue_world import QueueWorld, queue_world


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


@pytest.fixture
def world(study_url: str, toy_root: Path, tmp_path: Path) -> Iterator[QueueWorld]:
    """A store with a queue and no worker yet, once on SQLite and once on Postgres."""
    with queue_world(study_url, toy_root, tmp_path / "world") as made:
        yield made


@pytest.fixture
def embedded_world(study_sqlite_url: str, toy_root: Path, tmp_path: Path) -> Iterator[QueueWorld]:
    """The same on SQLite alone, for what does not depend on the database."""
    with queue_world(study_sqlite_url, toy_root, tmp_path / "world") as made:
        yield made
