"""Decision support on the published study: figures that were worked out apart from this code."""

import csv
import math
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from quba.deciding.break_points import reigns
from quba.deciding.explanation import explanation, sentence
from quba.deciding.groups import Comparison, compare_two_groups
from quba.deciding.rank_uncertainty import (
    estimated_standard_errors,
    score_standard_error,
    standardised_errors,
    tiers,
)
from quba.deciding.stability import Noise, acceptability, any_weights, fixed_weights, jittered_weights
from quba.deciding.what_if import nearest_weights
from quba.ranking.normalisation import Normalisation, norms, standardise
from quba.ranking.presets import PRESETS
from quba.ranking.ranks import alphabetical, competition_ranks
from quba.ranking.score import score
from quba.ranking.statistics import spearman

PAPER = PRESETS["paper"].weights
LEADER = "EVA02-b (IN-21k)"
PUBLISHED_SCORES = Path(__file__).parents[2] / "backend" / "imports" / "published_scores.csv"


class Study(Protocol):
    names: list[str]
    columns: dict[str, np.ndarray]


@pytest.fixture
def standardised(study: Study) -> dict[str, np.ndarray]:
    return standardise(study.columns, Normalisation.PUBLISHED)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with PUBLISHED_SCORES.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [("parameters_millions", 0.3632, 1.6394), ("calibration_error", 0.9246, 2.1020), ("class_balance", 0.3168, 1.0636)],
)
def test_the_leader_leads_within_these_weights(
    study: Study, standardised: dict[str, np.ndarray], key: str, low: float, high: float
) -> None:
    (reign,) = [one for one in reigns(standardised, PAPER, key) if one.low < PAPER[key] < one.high]
    assert study.names[reign.leader] == LEADER
    assert (reign.low, reign.high) == pytest.approx((low, high), abs=5e-5)
    for at, leads in ((reign.low * 1.0001, True), (reign.low * 0.9999, False), (reign.high * 1.0001, False)):
        found = score(standardised, {**PAPER, key: at}).score
        assert (study.names[int(found.argmax())] == LEADER) == leads


def test_without_a_weight_on_size_a_large_model_leads(study: Study, standardised: dict[str, np.ndarray]) -> None:
    first = reigns(standardised, PAPER, "parameters_millions")[0]
    assert study.names[first.leader] == "ViT-L/14-DINOv2-reg-FT"
    found = score(standardised, {**PAPER, "parameters_millions": 0}).score
    assert found[first.leader] == pytest.approx(1.814, abs=5e-4)


def test_125_models_can_be_first_under_some_weights(standardised: dict[str, np.ndarray]) -> None:
    found = [nearest_weights(standardised, PAPER, row) for row in range(326)]
    assert sum(one.weights is not None for one in found) == 125
    assert all(one.proven for one in found)
    for row, one in enumerate(found):
        if one.weights is not None:
            assert competition_ranks(score(standardised, one.weights).score)[row] == 1


def test_the_default_winner_keeps_its_place_in_about_half_of_all_weightings(
    study: Study, standardised: dict[str, np.ndarray]
) -> None:
    draws = jittered_weights(PAPER, rng=np.random.default_rng(0), draws=10_000, spread=0.25)
    found = acceptability(standardised, draws)
    assert found.first[study.names.index(LEADER)] == pytest.approx(0.55, abs=0.02)
    # No two models of the study agree on all nine values, so each draw has one winner.
    assert found.first.sum() == pytest.approx(1)


def test_who_can_be_first_by_drawing_can_be_first_by_programming(standardised: dict[str, np.ndarray]) -> None:
    found = acceptability(standardised, any_weights(rng=np.random.default_rng(0), draws=5_000))
    for row in np.flatnonzero(found.first > 0).tolist():
        assert nearest_weights(standardised, PAPER, row).weights is not None


def test_two_correlations(study: Study) -> None:
    together = spearman(study.columns["accuracy"], study.columns["object_focus"])
    assert together.rho == pytest.approx(0.7172, abs=5e-5)
    barely = spearman(study.columns["parameters_millions"], study.columns["calibration_error"])
    assert barely.p == pytest.approx(0.04798, abs=5e-6)


def by_key(found: list[Comparison]) -> dict[str, Comparison]:
    return {one.key: one for one in found}


def test_zero_shot_vision_language_models_against_the_rest(study: Study, rows: list[dict[str, str]]) -> None:
    zero_shot = np.array([row["head"] == "zero-shot" for row in rows])
    found = by_key(compare_two_groups(study.columns, zero_shot, ~zero_shot, rng=np.random.default_rng(0)))
    assert (found["accuracy"].first_count, found["accuracy"].second_count) == (25, 301)
    assert found["class_balance"].difference == pytest.approx(0.1158, abs=5e-5)
    assert found["ood_robustness"].difference == pytest.approx(0.4633, abs=5e-5)
    assert found["calibration_error"].difference == pytest.approx(0.0293, abs=5e-5)
    assert found["class_balance"].favours_first() is True
    assert found["calibration_error"].favours_first() is False


def test_more_pre_training_data_in_20_matched_pairs(study: Study, rows: list[dict[str, str]]) -> None:
    # B-cos networks share a backbone with plain ones but compute something else.
    plain = np.array([row["training"] == "supervised" and row["architecture"] != "b-cos" for row in rows])
    larger = np.array([row["pretraining_data"] == "imagenet-21k" for row in rows])
    smaller = np.array([row["pretraining_data"] == "imagenet-1k" for row in rows])
    found = by_key(
        compare_two_groups(
            study.columns,
            plain & larger,
            plain & smaller,
            rng=np.random.default_rng(0),
            paired_by=[row["backbone"] for row in rows],
        )
    )
    assert found["accuracy"].first_count == 20
    assert found["accuracy"].difference == pytest.approx(0.0221, abs=5e-5)
    assert found["accuracy"].favours_first() is True
    assert found["ood_robustness"].difference == pytest.approx(-0.0039, abs=5e-5)
    assert found["ood_robustness"].favours_first() is None


def test_the_leader_and_its_follower_cannot_be_told_apart(study: Study, standardised: dict[str, np.ndarray]) -> None:
    errors = standardised_errors(
        estimated_standard_errors(study.columns), norms(study.columns, Normalisation.PUBLISHED)
    )
    scores = score(standardised, PAPER).score
    found = tiers(scores, score_standard_error(errors, PAPER))
    leader, follower = study.names.index(LEADER), study.names.index("Hiera-B-Plus")
    assert found[leader] == found[follower] == 1
    noisy = acceptability(standardised, fixed_weights(PAPER), noise=Noise(errors, np.random.default_rng(0)))
    assert 0.5 < noisy.first[leader] < 0.9
    assert noisy.low_rank[leader] == 1
    assert noisy.high_rank[leader] > 1


def test_the_leader_in_one_sentence(study: Study, standardised: dict[str, np.ndarray]) -> None:
    scores = score(standardised, PAPER)
    found = explanation(scores, study.names.index("Hiera-B-Plus"), alphabetical(study.names))
    assert found.to_leader is not None
    said = sentence(found.to_leader, study.names)
    assert said.startswith("EVA02-b (IN-21k) leads Hiera-B-Plus by 0.04: ")
    assert math.fsum(found.to_leader.parts.values()) == pytest.approx(found.to_leader.difference)
