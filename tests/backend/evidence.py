"""Evidence for the tests of the service: of a model with a given accuracy on few images."""

from dataclasses import replace
from typing import Any

import numpy as np

from quba.measuring.evidence import Conditions, Evidence
from quba.measuring.jackknife import balanced_groups

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
