"""Spans of statements: of those that are part of a trace alone, and marked where the database refuses one."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from backend import tracing
from backend.store.engine import create_store_engine, reading, writing
from tests.otlp_collector import Collector


def test_a_statement_outside_of_a_trace_makes_none(traced: Collector, study_url: str) -> None:
    engine = create_store_engine(study_url)
    with reading(engine) as session:
        session.execute(text("SELECT 1"))
    with tracing.span("asked"), reading(engine) as session:
        session.execute(text("SELECT 2"))
    engine.dispose()
    tracing.flush()
    asked = traced.await_named("asked")
    texts = [each.attributes["db.query.text"] for each in traced.spans if each is not asked and each.name == "SELECT"]
    assert "SELECT 2" in texts
    assert "SELECT 1" not in texts
    assert {each.trace_id for each in traced.spans} == {asked.trace_id}


def test_the_wait_for_the_only_writer_is_seen(traced: Collector, study_url: str) -> None:
    engine = create_store_engine(study_url)
    with tracing.span("asked"), writing(engine) as session:
        session.execute(text("SELECT 1"))
    engine.dispose()
    tracing.flush()
    traced.await_named("asked")
    texts = " ".join(each.attributes.get("db.query.text", "") for each in traced.spans)
    assert "BEGIN IMMEDIATE" in texts or "pg_advisory_xact_lock" in texts


def test_a_refused_statement_is_marked(traced: Collector, study_url: str) -> None:
    engine = create_store_engine(study_url)
    with tracing.span("asked"), engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text("SELECT nonsense FROM model"))
    engine.dispose()
    tracing.flush()
    traced.await_named("asked")
    (failed,) = [each for each in traced.spans if each.failed]
    assert failed.attributes["error.type"] in {"OperationalError", "UndefinedColumn"}


def test_an_engine_that_was_made_before_has_none(study_engine: Engine, traced: Collector) -> None:
    with tracing.span("asked"), reading(study_engine) as session:
        session.execute(text("SELECT 1"))
    tracing.flush()
    traced.await_named("asked")
    assert [each.name for each in traced.spans] == ["asked"]
