from dataclasses import asdict

import pytest
from sqlalchemy import Engine

from backend.store.benchmarks import (
    UnknownBenchmark,
    UnknownProtocol,
    benchmark,
    benchmarks,
    checked_protocol,
    ensure_built_in,
)
from backend.store.engine import reading, writing
from backend.store.tables import Benchmark
from quba.benchmarks import BUILT_IN


def test_a_new_store_knows_the_study_benchmark(empty_engine: Engine) -> None:
    with reading(empty_engine) as session:
        found = benchmark(session, "imagenet-1k")
        assert [each.key for each in benchmarks(session)] == ["imagenet-1k", "toy-shapes"]
        columns = asdict(BUILT_IN["imagenet-1k"])
        assert {name: getattr(found, name) for name in columns} == columns
    assert found.class_count == 1000
    assert (found.reference, found.default_protocol) == ("published", "as-published")


def test_built_in_benchmarks_come_back_and_changed_ones_stay(empty_engine: Engine) -> None:
    with writing(empty_engine) as session:
        session.delete(benchmark(session, "imagenet-1k"))
        session.add(Benchmark(key="b", label="B", description="", class_count=2, default_protocol="corrected"))
    with writing(empty_engine) as session:
        ensure_built_in(session)
        session.flush()
        benchmark(session, "imagenet-1k").label = "Ours"
        ensure_built_in(session)
        assert [each.label for each in benchmarks(session)] == ["B", "Ours", "Toy shapes"]


def test_an_unknown_benchmark_is_refused_with_the_known_ones(empty_engine: Engine) -> None:
    refused = pytest.raises(UnknownBenchmark, match="'imagenet-2k' is not known; use one of: imagenet-1k")
    with refused, reading(empty_engine) as session:
        benchmark(session, "imagenet-2k")
    assert issubclass(UnknownBenchmark, LookupError)


def test_protocols_are_checked() -> None:
    assert checked_protocol("corrected") == "corrected"
    with pytest.raises(UnknownProtocol, match="'Corrected' is not known; use one of: as-published, corrected"):
        checked_protocol("Corrected")
