"""The benchmarks that the store knows."""

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.tables import Benchmark
from quba.benchmarks import BUILT_IN
from quba.vocabulary import RANKED_PROTOCOLS


class UnknownBenchmark(LookupError):
    """No benchmark of this key is in the store."""


class UnknownProtocol(LookupError):
    """No protocol has this name."""


def benchmarks(session: Session) -> tuple[Benchmark, ...]:
    """All benchmarks, by key."""
    # Sorted here and not by the database, whose order of letters depends on how it was set up.
    return tuple(sorted(session.scalars(select(Benchmark)), key=lambda benchmark: benchmark.key))


def benchmark(session: Session, key: str) -> Benchmark:
    """One benchmark.

    Raises:
        UnknownBenchmark: the store has none of this key.
    """
    found = session.get(Benchmark, key)
    if found is None:
        known = ", ".join(each.key for each in benchmarks(session))
        raise UnknownBenchmark(f"benchmark {key[:80]!r} is not known; use one of: {known}.")
    return found


def ensure_built_in(session: Session) -> None:
    """Add the built-in benchmarks that a store lacks; those it has stay as they are."""
    for key, each in BUILT_IN.items():
        # Only those that lack: what an operator sees of a benchmark must not change by a restart.
        if session.get(Benchmark, key) is None:
            session.add(Benchmark(**asdict(each)))


def checked_protocol(protocol: str) -> str:
    """The protocol, if there is one of this name.

    Raises:
        UnknownProtocol: there is none.
    """
    if protocol not in RANKED_PROTOCOLS:
        raise UnknownProtocol(f"protocol {protocol[:80]!r} is not known; use one of: {', '.join(RANKED_PROTOCOLS)}.")
    return protocol
