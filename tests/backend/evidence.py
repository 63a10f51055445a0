"""Evidence for the tests of the service: of a model with a given accuracy on few images."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine

from backend.store.evidence import keep_evidence, tidying
from backend.store.evidence_files import EvidenceFiles, Owner
from backend.store.local_files import LocalFiles
from quba.measuring.evidence import Conditions, Evidence
from quba.measuring.jackknife import balanced_groups
from tests.backend.conftest import values_of

CLASSES, PER_CLASS = 3, 20
IMAGES = CLASSES * PER_CLASS
CONDITIONS = Conditions(
    benchmark="flowers", digest="sha256:1", protocol="corrected", seed=0, samples_per_class=None
)  # fmt: skip


def decided(accuracy: float, *, seed: int = 0) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which images are right: a share of all, in an order of the seed's."""
    return np.random.default_rng(seed).permutation(IMAGES) < round(accuracy * IMAGES)


def evidence(accuracy: float, *, seed: int = 0, **others: Any) -> Evidence:  # noqa: ANN401 - any field of it
    """Of a model that decides so many images right."""
    right = decided(accuracy, seed=seed)
    labels = np.repeat(np.arange(CLASSES), PER_CLASS)
    groups = balanced_groups(labels).of_image
    value = float(right.mean())
    found = Evidence(
        conditions=CONDITIONS,
        values={"accuracy": value},
        standard_errors={"accuracy": float(np.sqrt(value * (1 - value) / IMAGES))},
        replicates={"accuracy": np.array([right[groups != group].mean() for group in range(20)])},
        right={"clean": right},
        labels=labels,
        confidence=np.full(IMAGES, 200, dtype=np.uint8),
    )
    return replace(found, **others)


def keep_flowers(engine: Engine, folder: Path, number: int, **others: Any) -> Evidence:  # noqa: ANN401
    """Evidence of a model that `fill` added, with the values that are stored of it."""
    stored: Mapping[str, float] = values_of(number)
    names = ("accuracy", "calibration_error")
    found = evidence(
        stored["accuracy"], seed=number, values={name: stored[name] for name in names},
        standard_errors=dict.fromkeys(names, 0.02),
        replicates={
            name: stored[name] + np.random.default_rng(number + 1).normal(0, 0.015, 20) for name in names
        },
    )  # fmt: skip
    found = replace(found, **others)
    files = EvidenceFiles(LocalFiles(folder))
    owner = Owner(model_id=f"mine-{number}", benchmark="flowers", digest="sha256:1", protocol="corrected")
    with tidying(engine, files) as session:
        keep_evidence(session, files, owner, found, evaluation_id=None, measured_at=datetime(2026, 7, 1, tzinfo=UTC))
    return found
