"""Whether a needed value can be had."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quba.deciding.reach import Reach, target
from quba.dimensions import DIMENSIONS
from quba.dimensions.adversarial_robustness import adversarial_robustness
from quba.dimensions.corruption_robustness import corruption_robustness
from quba.dimensions.object_focus import object_focus
from quba.dimensions.ood_robustness import ood_robustness
from quba.measuring.ratios import relative_accuracy

relaxed = settings(deadline=None)
accuracies = st.floats(0.01, 1)
shares = st.floats(0, 1)


def of_formula(key: str, changed: list[float], clean: float) -> float:
    """A value by the dimension's own formula, from accuracies on changed images."""
    ratios = [relative_accuracy(each, clean) for each in changed]
    match key:
        case "adversarial_robustness":
            return adversarial_robustness(*ratios[:2])
        case "corruption_robustness":
            return corruption_robustness(np.array([changed]), clean)
        case "ood_robustness":
            return ood_robustness(ratios)
    return object_focus(changed[0], changed[1], clean)


BOUNDED = ("adversarial_robustness", "corruption_robustness", "ood_robustness", "object_focus")


@relaxed
@given(st.sampled_from(BOUNDED), st.lists(shares, min_size=5, max_size=5), accuracies)
def test_no_model_can_be_beyond_the_bound_and_one_can_reach_it(key: str, changed: list[float], clean: float) -> None:
    bound = DIMENSIONS[key].best_value(clean)
    assert bound is not None
    assert of_formula(key, changed, clean) <= bound + 1e-9 * bound
    best = [0.0, 1.0, 1.0, 1.0, 1.0] if key == "object_focus" else [1.0] * 5
    assert of_formula(key, best, clean) == pytest.approx(bound, rel=1e-12)


def test_the_dimensions_that_hang_on_the_clean_accuracy_are_those() -> None:
    assert tuple(sorted(key for key, one in DIMENSIONS.items() if one.greatest)) == tuple(sorted(BOUNDED))


@pytest.mark.parametrize(
    ("key", "needed", "reach", "rule"),
    [
        ("ood_robustness", 1.12, "possible", None),
        ("ood_robustness", 1.2, "beyond_all_models", None),
        ("ood_robustness", 1.26, "impossible", "at accuracy 0.8 it is at most 1.25"),
        ("ood_robustness", 56.0, "impossible", "at accuracy 0.8 it is at most 1.25"),
        ("adversarial_robustness", 2.79, "impossible", "at accuracy 0.8 it is at most 1.25"),
        ("object_focus", 1.22, "beyond_all_models", None),
        ("object_focus", 2.26, "impossible", "at accuracy 0.8 it is at most 2.25"),
        ("accuracy", 0.9, "beyond_all_models", None),
        ("accuracy", 1.01, "impossible", "Accuracy must be at most 1"),
        ("calibration_error", 0.003, "possible", None),
        ("calibration_error", 0.001, "beyond_all_models", None),
        ("calibration_error", -0.001, "impossible", "Calibration error must be at least 0"),
        ("parameters_millions", 3.0, "beyond_all_models", None),
    ],
)
def test_verdicts(key: str, needed: float, reach: str, rule: str | None) -> None:
    pool = {
        "ood_robustness": np.array([np.nan, 0.5, 1.12]),
        "adversarial_robustness": np.array([0.1, 0.2, 0.3]),
        "object_focus": np.array([0.9, 0.95, np.nan]),
        "accuracy": np.array([0.7, 0.8, 0.88]),
        "calibration_error": np.array([0.01, 0.003, 0.003]),
        "parameters_millions": np.array([4.0, 5.0, 6.0]),
    }
    found = target(key, needed, pool, 0.8)
    assert (found.reach, found.rule) == (Reach(reach), rule)
    sign = DIMENSIONS[key].sign
    assert found.best_value == sign * np.nanmax(sign * pool[key]) == pool[key][found.best]


def test_the_best_model_itself_is_not_beyond_all_models_for_a_last_digit() -> None:
    pool = {"accuracy": np.array([0.1, 0.7])}
    assert target("accuracy", 0.1 + 0.2 + 0.4, pool, None).reach is Reach.POSSIBLE


def test_without_a_clean_accuracy_nothing_bounds_a_ratio() -> None:
    found = target("ood_robustness", 4.0, {"ood_robustness": np.array([0.5])}, None)
    assert (found.reach, found.bound) == (Reach.BEYOND_ALL_MODELS, None)
    assert target("ood_robustness", 4.0, {"ood_robustness": np.array([0.5])}, 0.0).bound is None
