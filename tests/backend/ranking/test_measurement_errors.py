"""The errors of values: measured, estimated from the study's image counts, or not known."""

from dataclasses import replace

import numpy as np
import pytest

from backend.ranking.measurement_errors import MeasurementErrors, measurement_errors
from backend.ranking.pool import Prepared
from backend.store.snapshot import Snapshot
from quba.dimensions import DIMENSIONS, PUBLISHED
from quba.ranking.normalisation import Normalisation

NAN = np.nan


def errors(snapshot: Snapshot) -> MeasurementErrors:
    return measurement_errors(Prepared(snapshot, "all", Normalisation.PUBLISHED))


@pytest.fixture
def mixture(small_pool: Snapshot) -> Snapshot:
    """Ash has no accuracy, Birch a measured error, Elm came by import; the others are the study's."""
    measured = {**small_pool.standard_errors, "accuracy": np.array([0.5, 0.01, NAN, NAN, NAN])}
    from_study = {key: np.array([True, False, True, True, False]) for key in DIMENSIONS}
    return replace(small_pool, standard_errors=measured, from_study=from_study)


def test_measured_before_estimated_before_unknown(mixture: Snapshot) -> None:
    found = errors(mixture)
    # Of 50,000 images, and of rounding to four decimals.
    published = (0.8 * 0.2 / 50_000 + 0.0001**2 / 12) ** 0.5
    np.testing.assert_allclose(found.own["accuracy"], [NAN, 0.01, published, published, NAN])
    assert found.estimated["accuracy"].tolist() == [False, False, True, True, False]
    assert found.unknown["accuracy"].tolist() == [False, False, False, False, True]
    np.testing.assert_allclose(
        found.standardised["accuracy"], found.own["accuracy"] / PUBLISHED["accuracy"].standard_deviation
    )


def test_what_is_counted_has_no_error_but_the_rounding_of_what_was_published(mixture: Snapshot) -> None:
    found = errors(mixture)
    rounded = 0.1 / 12**0.5
    np.testing.assert_allclose(found.own["parameters_millions"], [rounded, 0, rounded, rounded, 0])
    assert not found.unknown["parameters_millions"].any()


def test_other_benchmarks_have_no_estimates(mixture: Snapshot) -> None:
    found = errors(replace(mixture, benchmark="toy-shapes"))
    np.testing.assert_allclose(found.own["accuracy"], [NAN, 0.01, NAN, NAN, NAN])
    assert found.unknown["accuracy"].tolist() == [False, False, True, True, True]


def test_only_what_weighs_makes_a_model_unknown(mixture: Snapshot) -> None:
    found = errors(mixture)
    nothing = dict.fromkeys(DIMENSIONS, 0.0)
    assert found.unknown_under({**nothing, "accuracy": 2.0}).tolist() == [False, False, False, False, True]
    assert not found.unknown_under({**nothing, "parameters_millions": 1.0}).any()


def test_errors_of_some_rows(mixture: Snapshot) -> None:
    whole, part = errors(mixture), errors(mixture).of_rows(np.array([4, 1]))
    for kind in ("own", "standardised", "estimated", "unknown"):
        for key in DIMENSIONS:
            np.testing.assert_array_equal(getattr(part, kind)[key], getattr(whole, kind)[key][[4, 1]])
