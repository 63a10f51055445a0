"""What the tests of quba share: the published study, and a way past the shape checks."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jaxtyping
import numpy as np
import pytest

from quba.dimensions import STUDY_DIMENSIONS

PUBLISHED_SCORES = Path(__file__).parents[2] / "backend" / "imports" / "published_scores.csv"


@dataclass(frozen=True)
class Study:
    """The 326 published rows as columns."""

    names: list[str]
    columns: dict[str, np.ndarray]


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
