"""Stores of a module's own, from one of which results go into the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from backend.store import migration
from backend.store.engine import create_store_engine


@contextmanager
def _migrated(folder: Path) -> Iterator[Engine]:
    url = f"sqlite:///{folder / 'store.db'}"
    migration.upgrade(url)
    engine = create_store_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The store that an archive is written of."""
    with _migrated(tmp_path_factory.mktemp("source")) as engine:
        yield engine


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The store that it is read into."""
    with _migrated(tmp_path_factory.mktemp("target")) as engine:
        yield engine
