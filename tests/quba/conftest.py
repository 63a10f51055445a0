"""What the tests of quba share: the published study, and a way past the shape checks."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jaxtyping
import numpy as np
import pytest

from quba.dimensions import STUDY_DIMENSIONS
from quba.measuring.observations import CueKind

PUBLISHED_SCORES = Path(__file__).parents[2] / "backend" / "imports" / "published_scores.csv"


@dataclass(frozen=True)
class Study:
    """The 326 published rows as columns."""

    names: list[str]
    columns: dict[str, np.ndarray]


def kinds_of(shape: int, texture: int, other: int) -> np.ndarray:
    """What so many decisions on images of shape and texture went by."""
    return np.repeat(np.array([CueKind.SHAPE, CueKind.TEXTURE, CueKind.OTHER], dtype=np.int8), [shape, texture, other])


@pytest.fixture(scope="session")
def study() -> Study:
    with PUBLISHED_SCORES.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {key: np.array([float(row[key]) for row in rows]) for key in STUDY_DIMENSIONS}
    return Study([row["name"] for row in rows], columns)


@pytest.fixture
def unchecked_shapes() -> Iterator[None]:
    """Switch off the shape checks of the test run, to meet the refusals that a user without them gets."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
