"""Weights among the dimensions that a benchmark declares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quba.dimensions import DIMENSIONS
from quba.ranking.declared import coverage, declared_weights
from quba.ranking.presets import PRESETS
from quba.ranking.score import WeightError

some = st.sets(st.sampled_from(list(DIMENSIONS)), min_size=1)


@given(declared=some)
def test_the_declared_dimensions_keep_their_proportions_and_the_order(declared: set[str]) -> None:
    weights = dict.fromkeys(DIMENSIONS, 2.0)
    assert declared_weights(weights, declared) == {key: 2.0 for key in DIMENSIONS if key in declared}


@given(declared=some)
def test_every_preset_either_weighs_something_declared_or_says_what_would(declared: set[str]) -> None:
    for preset in PRESETS.values():
        weighed = {key for key, weight in preset.weights.items() if weight} & declared
        if weighed:
            found = declared_weights(preset.weights, declared)
            assert {key for key, weight in found.items() if weight} == weighed
        else:
            with pytest.raises(WeightError, match="give one of"):
                declared_weights(preset.weights, declared)


def test_a_weight_that_is_none_is_refused_wherever_it_lies() -> None:
    with pytest.raises(WeightError, match="-1"):
        declared_weights({"accuracy": 1, "shape_bias": -1}, ["accuracy"])


def test_coverage_counts_against_what_presets_weigh() -> None:
    assert coverage(["accuracy", "top5_accuracy"]) == "1 of 9 dimensions"
    assert coverage(list(DIMENSIONS)) == "9 of 9 dimensions"
