"""Profiles made by hand, for tests of what is done with one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evaluation.engine.determinants import library_versions
from evaluation.engine.ingredients import dimension_digest
from evaluation.engine.stages import Request
from quba.dimension import Missing
from quba.measuring.evidence import Conditions, Evidence
from wellbehaved.profile import Profile
from wellbehaved.profile_content import Setting

CONDITIONS = Conditions(benchmark="toy-shapes", digest=None, protocol="corrected", seed=0, samples_per_class=None)
LABELS = [0, 0, 0, 0, 1, 1, 1, 1]
RIGHT = [True, True, True, False, True, True, False, False]
IDENTITY = {
    "model_id": "mine", "name": "mine", "architecture": "cnn", "training": "unknown", "recipe": "unknown",
    "head": "unknown", "pretraining_data": "unknown", "backbone": "Net", "source_library": "module",
    "source_identifier": "sha256:0123456789ab", "note": "A module.",
}  # fmt: skip


def plain(value: float | None, error: float | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    told = {"sample_count": 8, "parts": {"top1": 0.625}, "flags": [], "missing": None, "detail": None}
    return {"value": value, "standard_error": error, **told, **more}


RESULTS: dict[str, dict[str, Any]] = {
    "accuracy": plain(0.625, 0.171),
    "adversarial_robustness": plain(None, missing="not_applicable", detail="No <pixels> | are known."),
    "calibration_error": plain(0.1, 0.05, flags=["few-images"], detail="Few images."),
    "parameters_millions": plain(0.3, sample_count=None, parts={"parameter_count": 300_000}),
}


def make_profile(
    name: str = "mine",
    *,
    right: Sequence[bool] = RIGHT,
    results: Mapping[str, Mapping[str, Any]] = RESULTS,
    conditions: Conditions = CONDITIONS,
    **more: Any,  # noqa: ANN401 - further fields
) -> Profile:
    """A profile of eight images of two classes."""
    from evaluation.benchmark import BENCHMARKS

    clean = np.array(right)
    accuracy = clean.mean()
    values = {key: each["value"] for key, each in results.items() if each["value"] is not None}
    evidence = Evidence(
        conditions=conditions,
        values={**values, "accuracy": float(accuracy)},
        standard_errors={key: results[key]["standard_error"] for key in values},
        replicates={"accuracy": np.array([np.delete(clean, place).mean() for place in range(clean.size)])},
        missing={key: Missing(each["missing"]) for key, each in results.items() if each["missing"]},
        right={"clean": clean},
        labels=np.array(LABELS[: clean.size]),
        confidence=np.full(clean.size, 200, dtype=np.uint8),
    )
    suite = Request(benchmark=BENCHMARKS["toy-shapes"]).benchmark
    setting = Setting(
        benchmark_label="Toy shapes", class_count=16, precision="fp32", device="cpu", versions=library_versions(),
        ingredients={key: dimension_digest(suite, key) for key in results},
        measured_at="2026-11-26T09:00:00+00:00", seconds=1.5, unreadable={"clean": 1},
    )  # fmt: skip
    return replace(Profile(name=name, identity=IDENTITY, setting=setting, evidence=evidence, results=results), **more)
