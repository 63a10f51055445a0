"""A pool's measurements column by column are what the rows say, on both databases."""

import numpy as np
import pytest
from sqlalchemy import Engine, update

from backend.imports.simulation import simulate
from backend.store import pool_columns as module
from backend.store.engine import reading, writing
from backend.store.measurements import measured_values
from backend.store.pool_columns import PoolColumn, column_by_row, pool_columns
from backend.store.tables import Measurement
from quba.dimension import Missing
from quba.dimensions import STUDY_DIMENSIONS

POOL = ("imagenet-1k", "as-published")


@pytest.fixture
def large(study_engine: Engine) -> Engine:
    """More rows than are read at once."""
    simulate(study_engine, models=200, seed=0)
    with writing(study_engine) as session:
        some = Measurement.model_id.in_(["simulated-000003", "simulated-000007"])
        session.execute(
            update(Measurement).where(some).values(flags=["outlier", "few-images"], ingredients_digest="abc")
        )
    return study_engine


def test_columns_hold_what_the_rows_hold(large: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for rows_at_once in (module._ROWS_AT_ONCE, 7):
        monkeypatch.setattr(module, "_ROWS_AT_ONCE", rows_at_once)
        with reading(large) as session:
            found = pool_columns(session, *POOL)
            wanted = {(each.dimension, each.model_id): each for each in measured_values(session, *POOL)}
        assert set(found) == set(STUDY_DIMENSIONS)
        assert sum(len(column.model_ids) for column in found.values()) == len(wanted)
        for dimension, column in found.items():
            for model_id, *of_it in zip(*column, strict=True):
                row = wanted[dimension, model_id]
                assert of_it == [
                    row.value, row.missing_reason, row.flags, row.standard_error, row.sample_count, row.source,
                    row.ingredients_digest,
                ]  # fmt: skip


def test_writing_goes_on_in_the_session_that_read(large: Engine) -> None:
    """A cursor at the server, as Postgres needs it for reading in parts, must not stay for what comes after."""
    with writing(large) as session:
        pool_columns(session, *POOL)
        session.execute(update(Measurement).values(note="read"))


def test_another_pool_has_no_columns(large: Engine) -> None:
    with reading(large) as session:
        assert pool_columns(session, "toy-shapes", "corrected") == {}


COLUMN = PoolColumn(
    model_ids=["c", "hidden", "a"],
    values=[None, 0.5, 0.25],
    missing_reasons=["failed", None, None],
    flags=[("outlier",), ("outlier",), ("few-images",)],
    standard_errors=[None, 0.1, 0.2],
    sample_counts=[None, 40, 80],
    sources=["evaluation", "study", "study"],
    ingredients_digests=[None, "x", "y"],
)


def test_each_measurement_is_placed_in_its_row() -> None:
    found = column_by_row(COLUMN, {"a": 0, "b": 1, "c": 2})
    np.testing.assert_array_equal(found.values, [0.25, np.nan, np.nan])
    np.testing.assert_array_equal(found.standard_errors, [0.2, np.nan, np.nan])
    np.testing.assert_array_equal(found.from_study, [True, False, False])
    assert found.sample_counts == {0: 80}
    # c has a flag without a value that it could be about.
    assert found.flags == {0: ("few-images",)}
    assert found.missing == {1: Missing.NOT_MEASURED, 2: Missing.FAILED}
    assert found.ingredients == {0: "y"}


def test_of_a_dimension_that_no_model_is_expected_to_have_only_what_was_tried_has_a_reason() -> None:
    found = column_by_row(COLUMN, {"a": 0, "b": 1, "c": 2}, expected=False)
    np.testing.assert_array_equal(found.values, [0.25, np.nan, np.nan])
    assert found.missing == {2: Missing.FAILED}
    assert column_by_row(None, {"a": 0}, expected=False).missing == {}


def test_a_dimension_that_nobody_was_measured_on() -> None:
    found = column_by_row(None, {"a": 0, "b": 1})
    assert np.isnan(found.values).all()
    assert found.missing == dict.fromkeys((0, 1), Missing.NOT_MEASURED)
    assert (found.flags, found.sample_counts, found.ingredients) == ({}, {}, {})
