"""The published figures come out of the published values: numbers that somebody else computed."""

from typing import Protocol

import numpy as np
import pytest
from scipy.stats import kendalltau

from quba.dimensions import DIMENSIONS, PUBLISHED, STUDY_DIMENSIONS
from quba.ranking.normalisation import Normalisation, standardise
from quba.ranking.pareto import dominating_witness, pareto_layers
from quba.ranking.presets import PRESETS
from quba.ranking.ranks import alphabetical, competition_ranks, ranking_order
from quba.ranking.score import score
from quba.ranking.statistics import spearman
from quba.reference import trimmed_reference

PAPER = PRESETS["paper"].weights


class Study(Protocol):
    names: list[str]
    columns: dict[str, np.ndarray]


def quba_score(study: Study, normalisation: Normalisation = Normalisation.PUBLISHED) -> np.ndarray:
    return score(standardise(study.columns, normalisation), PAPER).score


def test_there_are_326_complete_models(study: Study) -> None:
    assert len(study.names) == len(set(study.names)) == 326
    assert not any(np.isnan(column).any() for column in study.columns.values())


def test_no_published_value_breaks_a_rule(study: Study) -> None:
    broken = [
        (key, value, rule)
        for key, column in study.columns.items()
        for value in column.tolist()
        if (rule := DIMENSIONS[key].violation(value))
    ]
    assert broken == []


def test_the_first_three_and_the_last(study: Study) -> None:
    scores = quba_score(study)
    order = ranking_order(scores, alphabetical(study.names))
    assert [(study.names[i], round(float(scores[i]), 4)) for i in order[[0, 1, 2, -1]]] == [
        ("EVA02-b (IN-21k)", 1.0738),
        ("Hiera-B-Plus", 1.0310),
        ("ConvNextV2-B (IN-21k)", 0.9639),
        ("SigLIP2-l/16", -3.4493),
    ]
    assert competition_ranks(scores)[order].tolist() == list(range(1, 327))


@pytest.mark.parametrize(
    ("name", "published"), [("AlexNet", -2.094608), ("ResNet50", -0.310483), ("EfficientNet-B6 (Noisy Student)", 0.937)]
)
def test_single_scores(study: Study, name: str, published: float) -> None:
    # Half a unit of the last digit that is published.
    tolerance = 0.5 * 10 ** -len(str(published).rpartition(".")[2])
    assert quba_score(study)[study.names.index(name)] == pytest.approx(published, abs=tolerance)


@pytest.mark.parametrize("key", STUDY_DIMENSIONS)
def test_the_trimming_rule_reproduces_the_published_norms(study: Study, key: str) -> None:
    # The values are rounded to 4 decimals, the norms were taken before rounding.
    norm = trimmed_reference(study.columns[key])
    assert norm.mean == pytest.approx(PUBLISHED[key].mean, abs=1e-5)
    assert norm.standard_deviation == pytest.approx(PUBLISHED[key].standard_deviation, abs=1e-5)


@pytest.mark.parametrize(
    ("normalisation", "tau"),
    [
        (Normalisation.PUBLISHED, 1.0),
        (Normalisation.TRIMMED, 1.0),
        (Normalisation.ZSCORE, 0.87),
        (Normalisation.ROBUST, 0.89),
        (Normalisation.MINMAX, 0.78),
        (Normalisation.PERCENTILE, 0.74),
    ],
)
def test_how_far_each_normalisation_moves_the_ranking(study: Study, normalisation: Normalisation, tau: float) -> None:
    moved = kendalltau(quba_score(study), quba_score(study, normalisation)).statistic
    assert round(float(moved), 2) == tau


def test_accuracy_alone_is_not_good_behaviour_but_goes_with_it(study: Study) -> None:
    correlation = spearman(quba_score(study), study.columns["accuracy"])
    assert correlation.rho == pytest.approx(0.8293, abs=5e-5)
    assert correlation.n == 326
    assert correlation.p is not None
    assert correlation.p < 1e-80


def test_19_models_trade_accuracy_against_size(study: Study) -> None:
    good = np.column_stack([study.columns["accuracy"], -study.columns["parameters_millions"]])
    assert int((pareto_layers(good) == 1).sum()) == 19
    assert int((dominating_witness(good, pareto_layers(good)) == -1).sum()) == 19


def test_on_all_nine_dimensions_most_models_are_undominated(study: Study) -> None:
    good = np.column_stack([DIMENSIONS[key].sign * column for key, column in study.columns.items()])
    assert int((pareto_layers(good) == 1).sum()) == 241


def test_contributions_explain_the_leader(study: Study) -> None:
    result = score(standardise(study.columns, Normalisation.PUBLISHED), PAPER)
    leader = study.names.index("EVA02-b (IN-21k)")
    assert sum(result.contributions(leader).values()) == pytest.approx(result.score[leader], abs=1e-12)
