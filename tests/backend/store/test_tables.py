from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, StatementError

from backend.store.engine import reading, writing
from backend.store.tables import Base, DataVersion, Measurement, Model

_IDENTITY: dict[str, Any] = {
    "architecture": "cnn",
    "training": "supervised",
    "pretraining_data": "imagenet-1k",
    "backbone": "resnet50",
    "source_library": "timm",
}
_MEASUREMENT: dict[str, Any] = {
    "model_id": "m",
    "benchmark": "imagenet-1k",
    "protocol": "corrected",
    "dimension": "accuracy",
    "value": 0.5,
    "source": "evaluation",
}


@pytest.fixture
def engine(empty_engine: Engine) -> Engine:
    with writing(empty_engine) as session:
        session.add(Model(id="m", name="M", **_IDENTITY))
    return empty_engine


def _add(engine: Engine, row: Base) -> None:
    with writing(engine) as session:
        session.add(row)


def test_a_full_measurement_comes_back_as_it_was(engine: Engine) -> None:
    measured_at = datetime(2026, 7, 1, 12, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    circumstances: dict[str, Any] = {
        "parts": {"fgsm": 0.1, "pgd": {"é": [1, 2.5, None]}},
        "sample_count": 50_000,
        "standard_error": 0.0025,
        "flags": ["outlier"],
        "note": "“quoted”",
        "evaluation_id": "e1",
        "library_versions": {"torch": "2.13.0"},
        "device": "NVIDIA H200",
        "precision": "float32",
        "seed": 2**40,
        "measured_at": measured_at,
    }
    _add(engine, Measurement(**_MEASUREMENT, **circumstances))
    with reading(engine) as session:
        row = session.query(Measurement).one()
        assert {key: getattr(row, key) for key in circumstances} == circumstances
        assert row.measured_at is not None
        assert row.measured_at.utcoffset() == timedelta(0)


def test_what_is_not_given_is_absent_and_not_zero(engine: Engine) -> None:
    _add(engine, Measurement(**_MEASUREMENT))
    with reading(engine) as session:
        row = session.query(Measurement).one()
        absent = ("missing_reason", "sample_count", "standard_error", "evaluation_id", "device", "seed", "measured_at")
        assert [getattr(row, key) for key in absent] == [None] * len(absent)
        assert (row.parts, row.flags, row.library_versions, row.note) == ({}, [], {}, "")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"value": None}, id="neither value nor reason"),
        pytest.param({"missing_reason": "failed"}, id="both value and reason"),
        pytest.param({"value": float("nan")}, id="not a number"),
        pytest.param({"value": float("inf")}, id="infinite"),
        pytest.param({"value": float("-inf")}, id="minus infinite"),
        pytest.param({"protocol": "my-own"}, id="unknown protocol"),
        pytest.param({"source": "hearsay"}, id="unknown source"),
        pytest.param({"sample_count": 0}, id="measured on nothing"),
        pytest.param({"standard_error": -0.1}, id="negative error"),
        pytest.param({"model_id": "nobody"}, id="unknown model"),
        pytest.param({"benchmark": "nothing"}, id="unknown benchmark"),
    ],
)
def test_impossible_measurements_are_refused(fault: dict[str, Any], engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        _add(engine, Measurement(**{**_MEASUREMENT, **fault}))
    with reading(engine) as session:
        assert session.query(Measurement).count() == 0


def test_one_value_for_each_model_benchmark_protocol_and_dimension(engine: Engine) -> None:
    _add(engine, Measurement(**_MEASUREMENT))
    with pytest.raises(IntegrityError):
        _add(engine, Measurement(**{**_MEASUREMENT, "value": 0.6}))
    _add(engine, Measurement(**{**_MEASUREMENT, "protocol": "as-published"}))
    _add(engine, Measurement(**{**_MEASUREMENT, "dimension": "shape_bias"}))


@pytest.mark.parametrize(
    "fault", [{"id": ""}, {"name": ""}, {"id": "other", "name": "M"}, {"id": "m", "name": "Other"}]
)
def test_impossible_models_are_refused(fault: dict[str, str], engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        _add(engine, Model(**{"id": "n", "name": "N", **_IDENTITY, **fault}))


def test_times_need_a_zone(empty_engine: Engine) -> None:
    with pytest.raises(StatementError, match=r"2026-01-01T00:00:00 has no zone.*datetime.now\(UTC\)"):
        _add(empty_engine, DataVersion(digest="0", reason="", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_version_numbers_are_never_used_twice(empty_engine: Engine) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    _add(empty_engine, DataVersion(digest="a" * 64, reason="first", created_at=now))
    with writing(empty_engine) as session:
        first = session.query(DataVersion).one()
        assert first.public_name == f"{first.id}-aaaaaaaa"
        assert first.created_at == now
        session.delete(first)
    _add(empty_engine, DataVersion(digest="b" * 64, reason="second", created_at=now))
    with reading(empty_engine) as session:
        assert session.query(DataVersion).one().id == first.id + 1


def test_no_column_holds_code() -> None:
    kinds = {type(column.type).__name__ for table in Base.metadata.tables.values() for column in table.columns}
    assert kinds == {"String", "Text", "Integer", "BigInteger", "Double", "JSON", "Boolean", "UtcDateTime"}
