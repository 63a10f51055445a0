"""The benchmarks that the store knows."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.tables import Benchmark
from quba.vocabulary import PROTOCOLS, STUDY, TOY, BenchmarkFacts

STUDY_BENCHMARK = STUDY.key
TOY_BENCHMARK = TOY.key


def _facts(benchmark: BenchmarkFacts) -> dict[str, str | int]:
    return {
        "key": benchmark.key,
        "label": benchmark.label,
        "class_count": benchmark.class_count,
        "default_protocol": benchmark.default_protocol.value,
    }


# Rows that every store has from its migration on, as columns of Benchmark.
BUILT_IN: Mapping[str, Mapping[str, str | int | None]] = MappingProxyType(
    {
        STUDY_BENCHMARK: {
            **_facts(STUDY),
            "description": (
                "The study's suite: ImageNet-1k validation, ImageNet-C, ImageNet-R, the 16-class sets of "
                "model-vs-human, and the Backgrounds Challenge."
            ),
            "reference": "published",
        },
        TOY_BENCHMARK: {
            **_facts(TOY),
            "description": (
                "Drawn shapes whose form, texture, colour and background vary independently: made on any machine by "
                "`wellbehaved datasets make-toy`, in the layouts of the study's suite."
            ),
            "reference": None,
        },
    }
)


class UnknownBenchmark(LookupError):
    """No benchmark of this key is in the store."""


class UnknownProtocol(LookupError):
    """No protocol has this name."""


def benchmarks(session: Session) -> tuple[Benchmark, ...]:
    """All benchmarks, by key."""
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
    for key, columns in BUILT_IN.items():
        if session.get(Benchmark, key) is None:
            session.add(Benchmark(**columns))


def checked_protocol(protocol: str) -> str:
    """The protocol, if there is one of this name.

    Raises:
        UnknownProtocol: there is none.
    """
    if protocol not in PROTOCOLS:
        raise UnknownProtocol(f"protocol {protocol[:80]!r} is not known; use one of: {', '.join(PROTOCOLS)}.")
    return protocol
