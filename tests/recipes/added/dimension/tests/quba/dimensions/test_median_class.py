"""Median class."""

import numpy as np
import pytest
from quba.dimensions.median_class import DIMENSION, median_class  # type: ignore[import-not-found,unused-ignore]

from quba.dimension import Missing, UndefinedResult
from quba.dimensions import MEASURES
from quba.measuring.observations import Observations


def test_the_median_of_the_accuracies() -> None:
    labels = np.array([0, 0, 1, 1, 2, 2, 2, 2])
    assert median_class(np.array([0, 0, 1, 0, 2, 2, 2, 0]), labels, 3) == 0.75


def test_it_is_measured_from_the_clean_images() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], dtype=np.float32)
    measured = MEASURES[DIMENSION.key](Observations(probabilities=probabilities, labels=np.array([0, 1, 1])))
    assert (measured.value, measured.parts, measured.sample_count) == (0.75, {}, 3)


def test_without_clean_images_it_is_absent() -> None:
    with pytest.raises(UndefinedResult) as caught:
        MEASURES[DIMENSION.key](Observations())
    assert caught.value.reason is Missing.NOT_MEASURED
