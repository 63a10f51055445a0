"""Comparisons as answers have them: b less a, and who is better in words."""

from dataclasses import replace

import numpy as np
import pytest

from backend.ranking.group_comparison import comparison_item, labels, others
from backend.ranking.pool import Prepared
from backend.store.snapshot import Snapshot
from quba.deciding.groups import Comparison, compare_two_groups
from quba.deciding.significance import PMethod
from quba.ranking.normalisation import Normalisation
from quba.vocabulary import UNKNOWN

FOUND = Comparison(
    key="calibration_error", first_count=7, second_count=9, first_mean=0.03, second_mean=0.01, difference=0.02,
    low=0.01, high=0.03, confidence=0.95, cliffs_delta=0.4, p=0.001, p_holm=0.009,
    p_method=PMethod.MANN_WHITNEY_EXACT,
)  # fmt: skip


def test_the_first_group_of_a_comparison_is_b() -> None:
    item = comparison_item(FOUND, paired=False, alpha=0.05)
    assert (item.n_a, item.n_b, item.n_pairs) == (9, 7, None)
    assert (item.mean_a, item.mean_b, item.difference) == (0.01, 0.03, 0.02)
    # The larger calibration error is the worse one.
    assert (item.significant, item.better) == (True, "a")
    assert item.test_meaning == PMethod.MANN_WHITNEY_EXACT.meaning
    assert comparison_item(FOUND, paired=True, alpha=0.05).n_pairs == 7


@pytest.mark.parametrize(("alpha", "significant", "better"), [(0.009, False, None), (0.0091, True, "a")])
def test_significant_is_a_corrected_p_below_alpha(alpha: float, significant: bool, better: str | None) -> None:
    item = comparison_item(FOUND, paired=False, alpha=alpha)
    assert (item.significant, item.better) == (significant, better)


def test_what_was_refused_says_nothing_of_significance() -> None:
    refused = Comparison(key="accuracy", first_count=1, second_count=2, refusal="too few")
    item = comparison_item(refused, paired=False, alpha=0.05)
    assert item.refusal == "too few"
    assert (item.significant, item.better, item.p, item.test, item.test_meaning) == (None,) * 5


def test_groups_as_they_are_compared() -> None:
    values = np.array([0.9, 0.91, 0.92, 0.93, 0.94, 0.5, 0.51, 0.52, 0.53, 0.55])
    is_b = np.arange(10) < 5
    one = compare_two_groups({"accuracy": values}, is_b, ~is_b, rng=np.random.default_rng(0))[0]
    item = comparison_item(one, paired=False, alpha=0.05)
    assert item.difference == pytest.approx(values[:5].mean() - values[5:].mean())
    assert (item.better, item.effect_size) == ("b", 1.0)


def test_a_model_of_which_it_is_unknown_is_matched_with_nothing(small_pool: Snapshot) -> None:
    models = (replace(small_pool.models[0], backbone=UNKNOWN), *small_pool.models[1:])
    prepared = Prepared(replace(small_pool, models=models), "all", Normalisation.PUBLISHED)
    assert labels(prepared, None) is None
    assert labels(prepared, "backbone") == [None, *["resnet50"] * 4]
    assert labels(prepared, "lineage") == [None, "clip (a, b)", None, None, None]


def test_the_others_are_those_known_to_be_outside(small_pool: Snapshot) -> None:
    models = tuple(
        replace(model, training=UNKNOWN) if model.id in ("cedar", "elm") else model for model in small_pool.models
    )
    prepared = Prepared(replace(small_pool, models=models), "all", Normalisation.PUBLISHED)
    group = np.array([True, False, False, False, False])
    assert others(prepared, group, ["training"]).tolist() == [False, True, False, True, False]
    assert others(prepared, group, ["architecture"]).tolist() == [False, True, True, True, True]
