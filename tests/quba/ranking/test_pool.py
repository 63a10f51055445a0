"""The models that a weighting can score."""

import numpy as np
import pytest

from quba.errors import QuestionError
from quba.ranking.pool import complete_pool, scored_pool
from quba.ranking.score import WeightError

COLUMNS = {"shape_bias": np.array([0.1, np.nan, 0.3]), "accuracy": np.array([1.0, 2.0, 3.0])}


def test_only_complete_models_in_the_customary_order() -> None:
    pool = complete_pool(COLUMNS, ["shape_bias", "accuracy"])
    assert pool.keys == ("accuracy", "shape_bias")
    assert pool.rows.tolist() == [0, 2]
    assert pool.good.tolist() == [[1.0, 0.1], [3.0, 0.3]]


def test_a_dimension_without_weight_does_not_matter() -> None:
    pool, weights = scored_pool(COLUMNS, {"accuracy": 2, "shape_bias": 0})
    assert pool.rows.tolist() == [0, 1, 2]
    assert weights.tolist() == [2.0]


def test_places_of_models() -> None:
    pool = complete_pool(COLUMNS, ["shape_bias"])
    assert pool.place(2) == 1
    for stranger in (1, 7, -1):
        with pytest.raises(QuestionError, match="choose a scored model") as caught:
            pool.place(stranger)
        assert caught.value.code == "model_without_score"


def test_a_weight_without_a_column() -> None:
    with pytest.raises(WeightError, match="no values for class_balance"):
        scored_pool(COLUMNS, {"class_balance": 1})
