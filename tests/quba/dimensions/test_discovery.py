"""The set of dimensions, pinned."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path

import pytest

import quba.dimensions
from quba.dimension import Pass, Theme
from quba.dimensions import (
    BUILT_IN,
    DIMENSIONS,
    STUDY_DIMENSIONS,
    DimensionSet,
    adopt_dimensions,
    current_dimensions,
    dimensions_in_force,
)
from quba.vocabulary import Origin

KEYS = [
    "accuracy",
    "adversarial_robustness",
    "corruption_robustness",
    "ood_robustness",
    "calibration_error",
    "class_balance",
    "object_focus",
    "shape_bias",
    "parameters_millions",
    "negative_log_likelihood",
    "brier_score",
    "scaled_calibration_error",
    "selective_accuracy",
    "area_under_risk_coverage",
    "top5_accuracy",
    "worst_class_recall",
    "relative_corruption_error",
    "macs_billions",
    "activations_millions",
]


def test_the_dimensions_in_the_customary_order() -> None:
    assert list(DIMENSIONS) == KEYS
    assert [dimension.key for dimension in DIMENSIONS.values()] == KEYS
    assert [dimension.position for dimension in DIMENSIONS.values()] == list(range(len(KEYS)))


def test_one_file_per_dimension() -> None:
    files = {path.stem for path in Path(quba.dimensions.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(KEYS)


def test_the_set_cannot_be_changed_from_outside() -> None:
    with pytest.raises(TypeError):
        DIMENSIONS["accuracy"] = replace(DIMENSIONS["accuracy"], default_weight=9.0)  # type: ignore[index]


def test_lower_is_better_for_calibration_error_and_parameters_only() -> None:
    assert {key for key in STUDY_DIMENSIONS if not DIMENSIONS[key].higher_is_better} == {
        "calibration_error",
        "parameters_millions",
    }


def test_every_theme_counts_once_by_default() -> None:
    for theme in Theme:
        weights = [dimension.default_weight for dimension in DIMENSIONS.values() if dimension.theme is theme]
        assert sum(weights) == pytest.approx(1)
    assert {key: DIMENSIONS[key].default_weight for key in ("ood_robustness", "shape_bias", "class_balance")} == {
        "ood_robustness": 1 / 3,
        "shape_bias": 0.5,
        "class_balance": 1.0,
    }


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        ("accuracy", 0.0, 1.0),
        ("adversarial_robustness", 0.0, None),
        ("corruption_robustness", 0.0, None),
        ("ood_robustness", 0.0, None),
        ("calibration_error", 0.0, 1.0),
        ("class_balance", 0.0, 1.0),
        ("object_focus", None, None),
        ("shape_bias", 0.0, 1.0),
        ("parameters_millions", 0.0, None),
    ],
)
def test_bounds(key: str, low: float | None, high: float | None) -> None:
    assert (DIMENSIONS[key].lower_bound, DIMENSIONS[key].upper_bound) == (low, high)


def test_plausible_ranges_and_how_few_images_bear_a_value() -> None:
    # Fixed so that an import that was taken stays one that is taken.
    assert {key: DIMENSIONS[key].plausible for key in STUDY_DIMENSIONS} == {
        "accuracy": (0.0, 1.0),
        "adversarial_robustness": (0.0, 1.1),
        "corruption_robustness": (0.0, 1.1),
        "ood_robustness": (0.0, 1.5),
        "calibration_error": (0.0, 0.15),
        "class_balance": (0.0, 1.0),
        "object_focus": (-0.5, 1.5),
        "shape_bias": (0.0, 1.0),
        "parameters_millions": (0.001, 100_000.0),
    }
    fewest = {key: DIMENSIONS[key].fewest_images_per_class for key in STUDY_DIMENSIONS}
    assert fewest == dict.fromkeys(STUDY_DIMENSIONS, 1) | {"calibration_error": 15, "class_balance": 10}


def test_labels_and_decimals() -> None:
    assert DIMENSIONS["ood_robustness"].label == "OOD robustness"
    assert DIMENSIONS["parameters_millions"].label == "Parameters"
    assert {DIMENSIONS[key].decimals for key in STUDY_DIMENSIONS if key != "parameters_millions"} == {4}
    assert DIMENSIONS["parameters_millions"].decimals == 1
    assert len({dimension.short_label for dimension in DIMENSIONS.values()}) == len(KEYS)


def test_a_newcomer_is_told_what_each_means_and_whose_idea_it_is() -> None:
    for dimension in DIMENSIONS.values():
        assert dimension.description.endswith(".")
        assert "arXiv" in dimension.source


def test_every_pass_is_needed_by_some_dimension() -> None:
    needed = {run for dimension in DIMENSIONS.values() for run in dimension.passes}
    assert needed | {Pass.SHIFTED, Pass.GENERATED} == set(Pass)
    assert DIMENSIONS["ood_robustness"].alternatives == (Pass.SHIFTED, Pass.GENERATED)
    assert DIMENSIONS["parameters_millions"].passes == ()
    assert Pass.CLEAN not in DIMENSIONS["shape_bias"].passes


def test_two_dimensions_need_probabilities_and_only_of_clean_images() -> None:
    needing = {key: DIMENSIONS[key].passes for key in STUDY_DIMENSIONS if DIMENSIONS[key].needs_probabilities}
    assert needing == {"calibration_error": (Pass.CLEAN,), "class_balance": (Pass.CLEAN,)}


def test_dimensions_of_ones_own_are_in_force_within_a_block_and_in_its_threads() -> None:
    own = replace(DIMENSIONS["accuracy"], key="speed", default_weight=0.0, passes=(), origin=Origin.OWN)
    again = DimensionSet(own=(replace(own),))
    assert DimensionSet(own=(own,)) == again
    with dimensions_in_force(DimensionSet(own=(own,))):
        assert list(DIMENSIONS) == [*KEYS, "speed"]
        assert len(DIMENSIONS) == len(KEYS) + 1
        assert DIMENSIONS["speed"] is own
        assert current_dimensions() == again
        # A thread that is started as asyncio starts it has them, too; one that is not has the built-in ones.
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(copy_context().run, len, DIMENSIONS).result() == len(KEYS) + 1
            assert threads.submit(len, DIMENSIONS).result() == len(KEYS)
        adopt_dimensions(DimensionSet())
        assert "speed" not in DIMENSIONS
    assert list(DIMENSIONS) == list(BUILT_IN) == KEYS
    # How its values came about is not known, so that they do not pass for counted ones.
    assert not own.counted
