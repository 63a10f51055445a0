import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from backend.store.data_versions import EMPTY, current, current_name, record
from backend.store.engine import reading, writing

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def _record(engine: Engine, *changes: object, created_at: datetime = NOW) -> str:
    with writing(engine) as session:
        return record(session, reason="test", changes=changes, created_at=created_at).public_name


def test_an_empty_store_has_a_name(empty_engine: Engine) -> None:
    with reading(empty_engine) as session:
        assert current(session) is None
        assert current_name(session) == EMPTY == "0-00000000"


def test_each_change_makes_the_next_version(empty_engine: Engine) -> None:
    first = _record(empty_engine, {"accuracy": 0.5})
    second = _record(empty_engine, {"accuracy": 0.5})
    assert first != second
    with reading(empty_engine) as session:
        newest = current(session)
        assert newest is not None
        assert current_name(session) == newest.public_name == second
        assert (newest.reason, newest.created_at) == ("test", NOW)
        assert newest.digest.startswith(second.partition("-")[2])


def test_the_digest_follows_from_the_history_alone(empty_engine: Engine) -> None:
    """Spelt out, so that the same history names the same version on every machine, database and day."""
    first = hashlib.sha256(b'{"a": [0.1], "b": 1}\n"\\u00e9"\n').hexdigest()
    second = hashlib.sha256(first.encode() + b"[]\n").hexdigest()
    assert _record(empty_engine, {"b": 1, "a": [0.1]}, "é") == f"1-{first[:8]}"
    assert _record(empty_engine, [], created_at=NOW + timedelta(days=1)) == f"2-{second[:8]}"


def test_what_is_not_a_number_has_no_digest(empty_engine: Engine) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        _record(empty_engine, float("nan"))
    with reading(empty_engine) as session:
        assert current(session) is None
