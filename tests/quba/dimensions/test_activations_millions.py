"""A fact of a model as a dimension: unit, direction and bounds, and how a ranking by it comes out."""

import numpy as np
import pytest

from quba.dimensions import MEASURES, PUBLISHED
from quba.dimensions.activations_millions import DIMENSION
from quba.ranking.normalisation import Normalisation, standardise
from quba.ranking.score import score


def test_it_weighs_nothing_by_itself_and_is_read_and_not_measured() -> None:
    assert (DIMENSION.key, DIMENSION.default_weight, DIMENSION.higher_is_better) == ("activations_millions", 0.0, False)
    assert (DIMENSION.of_facts, DIMENSION.counted, DIMENSION.measurable) == (True, True, False)
    assert "activations_millions" not in MEASURES
    assert "activations_millions" not in PUBLISHED
    assert DIMENSION.best_value() == 0.0
    assert DIMENSION.violation(-1.0) == f"{DIMENSION.label} must be at least 0"


def test_less_is_better_and_what_nobody_counted_has_no_score() -> None:
    columns = {"activations_millions": np.array([4.0, 1.0, np.nan])}
    # Under published norms, which know nothing of it, those of the models at hand stand in.
    standardised = standardise(columns, Normalisation.PUBLISHED)
    found = score(standardised, {"activations_millions": 2.0}).score
    assert found.tolist() == pytest.approx([-1.0, 1.0, np.nan], nan_ok=True)
