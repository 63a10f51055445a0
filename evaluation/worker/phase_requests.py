"""What an evaluation of the queue asks for, phase by phase."""

from dataclasses import replace

from backend.store.evaluations import EvaluationRecord
from evaluation.benchmark import Benchmark
from evaluation.engine.packages import package_versions
from evaluation.engine.stages import Protocol, Request
from quba.vocabulary import FULL, QUICK

_MANY_CLASSES, _FEW_OF_EACH, _MORE_OF_EACH = 100, 5, 10


def quick_samples(benchmark: Benchmark) -> int:
    """How many images of each label the quick subset has."""
    return _MORE_OF_EACH if benchmark.class_count >= _MANY_CLASSES else _FEW_OF_EACH


def phase_requests(record: EvaluationRecord, benchmark: Benchmark) -> dict[str, Request]:
    """The requests by phase, in the order in which they are measured.

    Args:
        record: what somebody asked for.
        benchmark: that it is measured on.
    """
    full = Request(
        benchmark=benchmark,
        dimensions=record.dimensions,
        protocol=Protocol(record.protocol),
        samples_per_class=record.samples_per_class,
        seed=record.seed,
        checks_order=benchmark.digest is not None and not record.class_order_checked,
        package_versions=package_versions(record.dimensions),
    )
    # Who asked for a subset has asked for something quick already.
    if record.samples_per_class is not None:
        return {FULL: full}
    return {QUICK: replace(full, samples_per_class=quick_samples(benchmark)), FULL: full}
