from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from backend.store.utc_date_time import UtcDateTime

DIALECT = sqlite.dialect()
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_time_of_another_zone_is_stored_in_utc() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    stored = UtcDateTime().process_bind_param(elsewhere, DIALECT)
    assert stored is not None
    assert (stored, stored.tzinfo) == (NOON, UTC)


def test_the_zone_that_a_database_forgot_comes_back() -> None:
    assert UtcDateTime().process_result_value(NOON.replace(tzinfo=None), DIALECT) == NOON
    assert UtcDateTime().process_result_value(NOON.astimezone(timezone(timedelta(hours=5))), DIALECT) == NOON


def test_no_time_stays_none() -> None:
    assert UtcDateTime().process_bind_param(None, DIALECT) is None
    assert UtcDateTime().process_result_value(None, DIALECT) is None


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2026-01-01T12:00:00 has no zone.*datetime.now\(UTC\)"):
        UtcDateTime().process_bind_param(NOON.replace(tzinfo=None), DIALECT)
