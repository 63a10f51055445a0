"""Errors of values, of scores and of ranks."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from quba.deciding.rank_uncertainty import (
    ESTIMATE_BASIS,
    behind_best,
    estimated_standard_errors,
    score_standard_error,
    standardised_errors,
    tiers,
)
from quba.deciding.stability import Noise, acceptability, fixed_weights
from quba.dimension import Pass
from quba.dimensions import DIMENSIONS, MEASURES, STUDY_DIMENSIONS
from quba.errors import QuestionError
from quba.measuring.observations import ONLY, Observations, Outcome
from quba.reference import Reference

COLUMNS = {key: np.array([0.5, np.nan]) for key in STUDY_DIMENSIONS} | {"accuracy": np.array([0.8, 0.0])}


def test_every_estimate_says_what_it_rests_on() -> None:
    assert set(ESTIMATE_BASIS) == set(STUDY_DIMENSIONS)
    found = estimated_standard_errors(COLUMNS)
    assert set(found) == set(STUDY_DIMENSIONS)
    assert all(errors[0] > 0 for errors in found.values())


def test_a_missing_value_has_no_error() -> None:
    found = estimated_standard_errors(COLUMNS)
    assert all(np.isnan(errors[1]) for key, errors in found.items() if key != "accuracy")
    # An accuracy of 0 has no binomial spread, and its digits are rounded.
    assert found["accuracy"][1] == pytest.approx(1e-4 / np.sqrt(12))


def test_a_dimension_without_an_estimate_has_an_unknown_error_and_not_none(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = replace(DIMENSIONS["accuracy"], published_error=None)
    monkeypatch.setattr("quba.deciding.rank_uncertainty.DIMENSIONS", {"accuracy": unknown})
    assert np.isnan(estimated_standard_errors({"accuracy": np.array([0.8, np.nan])})["accuracy"]).all()


def test_estimates_by_hand() -> None:
    found = {key: float(errors[0]) for key, errors in estimated_standard_errors(COLUMNS).items()}
    rounding, of_accuracy = 1e-4 / np.sqrt(12), np.sqrt(0.16 / 50_000)
    assert found["accuracy"] == pytest.approx(np.hypot(of_accuracy, rounding))
    assert found["adversarial_robustness"] == pytest.approx(np.hypot(np.sqrt(0.24 / 50_000) / 0.8, rounding))
    assert found["corruption_robustness"] == found["adversarial_robustness"]
    sets = sum(0.24 / images for images in (160, 160, 800, 800, 30_000))
    # The largest set adds next to nothing, and one image of it less still is a wrong count.
    assert found["ood_robustness"] == pytest.approx(np.hypot(np.sqrt(sets) / 5 / 0.8, rounding), rel=1e-12)
    assert found["calibration_error"] == pytest.approx(np.hypot(0.05 * of_accuracy, rounding))
    assert found["class_balance"] == pytest.approx(np.hypot(0.5 * of_accuracy, rounding))
    assert found["object_focus"] == pytest.approx(np.hypot(np.sqrt(2 * 0.16 / 4050) / 0.8, rounding))
    assert found["shape_bias"] == pytest.approx(np.hypot(np.sqrt(0.25 / 1200), rounding))
    assert found["parameters_millions"] == pytest.approx(0.1 / np.sqrt(12))


def test_an_estimate_is_of_the_size_of_a_measured_error() -> None:
    # Five sets, each half right, and a clean pass: the estimate takes the clean accuracy for known.
    rng = np.random.default_rng(0)
    sizes = {Pass.EDGE: 160, Pass.SILHOUETTE: 160, Pass.SKETCH: 800, Pass.STYLIZED: 800, Pass.RENDITIONS: 30_000}
    outcomes = {source: {ONLY: Outcome(right=rng.random(size) < 0.4)} for source, size in sizes.items()}
    outcomes[Pass.CLEAN] = {ONLY: Outcome(right=rng.random(50_000) < 0.8)}
    measured = MEASURES["ood_robustness"](Observations(outcomes=outcomes))
    estimated = estimated_standard_errors({"accuracy": np.array([0.8]), "ood_robustness": np.array([measured.value])})
    assert measured.standard_error == pytest.approx(estimated["ood_robustness"][0], rel=0.1)


def test_estimates_need_accuracies_and_known_dimensions() -> None:
    with pytest.raises(ValueError, match="need accuracies"):
        estimated_standard_errors({"shape_bias": np.array([0.5])})
    with pytest.raises(ValueError, match="fairness is no dimension"):
        estimated_standard_errors({"accuracy": np.array([0.5]), "fairness": np.array([0.5])})


def test_a_norm_without_spread_takes_the_error_away() -> None:
    errors = {"accuracy": np.array([0.1])}
    assert standardised_errors(errors, {"accuracy": Reference(0.5, 0.0)})["accuracy"].tolist() == [0.0]
    assert standardised_errors(errors, {"accuracy": Reference(0.5, 0.2)})["accuracy"].tolist() == [0.5]


def test_the_error_of_a_score_is_what_simulation_gives() -> None:
    rng = np.random.default_rng(2)
    weights = {"accuracy": 1.0, "class_balance": 2.0, "shape_bias": 0.5}
    errors = {"accuracy": np.array([0.2]), "class_balance": np.array([0.1]), "shape_bias": np.array([np.nan])}
    drawn = (rng.normal(0, 0.2, 100_000) + 2 * rng.normal(0, 0.1, 100_000)) / 3.5
    assert score_standard_error(errors, weights)[0] == pytest.approx(drawn.std(), rel=0.02)


def test_rank_intervals_know_the_chance_of_an_overtaking() -> None:
    standardised = {"accuracy": np.array([0.5, 0.2]), "shape_bias": np.array([0.1, 0.3])}
    weights = {"accuracy": 3.0, "shape_bias": 1.0}
    errors = {"accuracy": np.array([0.2, 0.1]), "shape_bias": np.array([0.3, 0.3])}
    noise = Noise(errors, np.random.default_rng(3))
    found = acceptability(standardised, fixed_weights(weights, draws=40_000), noise=noise, k=1)
    lead = 0.75 * 0.3 - 0.25 * 0.2
    spread = float(np.hypot(*score_standard_error(errors, weights)))
    assert found.first[0] == pytest.approx(norm.cdf(lead / spread), abs=0.01)
    assert found.central_weights[0, 0] == pytest.approx(0.75)


@pytest.mark.parametrize("draws", [0, 100_001])
def test_draws_out_of_range(draws: int) -> None:
    with pytest.raises(QuestionError, match="draws is"):
        fixed_weights({"accuracy": 1}, draws=draws)


def test_tiers_begin_where_the_best_of_the_last_can_be_told_apart() -> None:
    score = np.array([0.5, 1.0, 0.95, np.nan, 0.6, 0.1])
    found = tiers(score, np.full(6, 0.05))
    # 1.96 times the root of two errors of .05 is .139.
    assert found.tolist() == [2, 1, 1, 0, 2, 3]
    assert tiers(score, np.zeros(6)).tolist() == [4, 1, 2, 0, 3, 5]
    # At 80 % it takes .091 only.
    assert tiers(score, np.full(6, 0.05), confidence=0.8).tolist() == [3, 1, 1, 0, 2, 4]


def test_models_that_tie_share_a_tier_even_without_error() -> None:
    assert tiers(np.array([0.5, 0.5, 0.4]), np.zeros(3)).tolist() == [1, 1, 2]
    assert tiers(np.array([np.nan]), np.zeros(1)).tolist() == [0]


def test_tiers_need_a_confidence() -> None:
    with pytest.raises(QuestionError, match="confidence is"):
        tiers(np.array([1.0]), np.array([0.1]), confidence=1.0)


def test_the_interval_behind_the_best_holds_the_true_difference_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    true, errors = np.array([2.0, 1.0, 0.4]), np.array([0.1, 0.2, 0.3])
    drawn = true + errors * rng.standard_normal((20_000, 3))
    held = np.zeros(3)
    for scores in drawn:
        # The gaps are so wide that the first one is always the best.
        _, low, high = behind_best(scores, errors, confidence=0.9)
        held += (low <= true[0] - true) & (true[0] - true <= high)
    assert held[0] == len(drawn)
    assert held[1:] / len(drawn) == pytest.approx(0.9, abs=0.012)


def test_the_first_tier_ends_where_the_interval_leaves_zero() -> None:
    rng = np.random.default_rng(4)
    for _ in range(50):
        score, errors = rng.normal(0, 0.3, 12), rng.uniform(0.02, 0.2, 12)
        score[rng.integers(12)] = np.nan
        behind, low, high = behind_best(score, errors, confidence=0.8)
        order = np.argsort(-score)
        clear = [bool(low[row] > 0) for row in order if not np.isnan(score[row])]
        first = sum(found == 1 for found in tiers(score, errors, confidence=0.8))
        assert first == (clear.index(True) if any(clear) else len(clear))
        assert np.array_equal(np.isnan(behind), np.isnan(score))
        assert np.nanmin(behind) == 0
        assert (high + low)[order[0]] == 0


def test_nobody_is_behind_where_nobody_has_a_score() -> None:
    assert all(np.isnan(each).all() for each in behind_best(np.array([np.nan]), np.array([0.1])))
    assert all(each.size == 0 for each in behind_best(np.array([]), np.array([])))
    with pytest.raises(QuestionError, match="confidence is"):
        behind_best(np.array([1.0]), np.array([0.1]), confidence=0.0)
