from pathlib import Path

import pytest
from sqlalchemy import Engine

from backend.store.dimension_sets import DimensionSets
from backend.store.engine import create_store_engine, writing
from backend.store.errors import StoreUnavailable
from backend.store.own_dimensions import register
from backend.store.snapshot import SnapshotCache
from tests.backend.own_dimension import defined


def test_it_is_read_again_when_the_data_version_has_changed(study_engine: Engine) -> None:
    snapshots = SnapshotCache(study_engine)
    sets = DimensionSets(study_engine, snapshots)
    assert sets.last_known.own == ()
    assert sets.at_hand() is None
    first = sets.current()
    assert sets.current() is sets.last_known is first
    assert sets.at_hand() == (snapshots.current_version(), first)
    with writing(study_engine) as session:
        register(session, defined())
    assert sets.at_hand() is None
    assert [each.key for each in sets.current().own] == ["throughput"]
    snapshots.close()


def test_without_a_store_what_was_known_stays(tmp_path: Path) -> None:
    engine = create_store_engine(f"sqlite:///{tmp_path}/none.db")
    snapshots = SnapshotCache(engine)
    sets = DimensionSets(engine, snapshots)
    with pytest.raises(StoreUnavailable):
        sets.current()
    assert sets.last_known.own == ()
    snapshots.close()
    engine.dispose()
