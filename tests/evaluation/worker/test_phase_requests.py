from typing import Any

import pytest
from sqlalchemy import Engine

from backend.store import evaluations
from backend.store.engine import writing
from backend.store.evaluations import EvaluationRecord, NewEvaluation
from evaluation.benchmark import BENCHMARKS
from evaluation.worker.phase_requests import phase_requests, quick_samples

TOY = BENCHMARKS["toy-shapes"]


def asked(engine: Engine, **changes: Any) -> EvaluationRecord:  # noqa: ANN401
    plain: dict[str, Any] = {
        "name": "Mine", "checkpoint_id": None, "model": "resnet18", "architecture": "resnet18", "benchmark": TOY.key,
        "protocol": "corrected", "dimensions": ("accuracy",), "samples_per_class": None, "seed": 3, "priority": 50,
    }  # fmt: skip
    with writing(engine) as session:
        record, _ = evaluations.submit(session, NewEvaluation(**{**plain, **changes}))
    return record


def test_a_large_benchmark_has_a_larger_quick_subset() -> None:
    assert quick_samples(BENCHMARKS["imagenet-1k"]) > quick_samples(TOY)


@pytest.mark.parametrize(("samples", "phases"), [(None, {"quick": 5, "full": None}), (2, {"full": 2})])
def test_a_quick_subset_comes_first_where_all_images_are_wanted(
    study_engine: Engine, samples: int | None, phases: dict[str, int | None]
) -> None:
    found = phase_requests(asked(study_engine, samples_per_class=samples), TOY)
    assert {phase: request.samples_per_class for phase, request in found.items()} == phases
    assert list(found) == list(phases)
    assert {(request.seed, request.dimensions, request.checks_order) for request in found.values()} == {
        (3, ("accuracy",), False)
    }
