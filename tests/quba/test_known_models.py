"""An instrument is calibrated with known samples: models whose nine values follow on paper."""

import numpy as np
import pytest

from quba.dimension import Missing, Pass, UndefinedResult
from quba.dimensions import MEASURES, STUDY_DIMENSIONS
from quba.dimensions.shape_bias import cue_kinds
from quba.measuring.decision import category_decisions, coarse_decisions
from quba.measuring.observations import ONLY, Observations, Outcome
from tests.quba.conftest import kinds_of

CLASSES, PER_CLASS = 10, 40
LABELS = np.repeat(np.arange(CLASSES), PER_CLASS)
IMAGES = LABELS.size
OTHERS = tuple(source for source in Pass if source not in (Pass.CLEAN, Pass.CORRUPTIONS, Pass.CUE_CONFLICT))


def run(probabilities: np.ndarray, elsewhere: bool, cue_kinds: np.ndarray, labels: np.ndarray = LABELS) -> Observations:
    """A model with such clean outputs that gets all images of the other passes right, or none."""
    right = np.full(IMAGES, elsewhere)
    outcomes: dict[Pass, dict[str, Outcome]] = {source: {ONLY: Outcome(right=right)} for source in OTHERS}
    outcomes[Pass.CLEAN] = {ONLY: Outcome(right=probabilities.argmax(axis=1) == labels)}
    outcomes[Pass.CORRUPTIONS] = {
        f"{name}/{severity}": Outcome(right=right) for name in ("fog", "snow") for severity in range(1, 6)
    }
    return Observations(
        outcomes=outcomes,
        probabilities=probabilities.astype(np.float32),
        labels=labels,
        cue_kinds=cue_kinds,
        parameter_count=1_000_000,
    )


def values(seen: Observations) -> dict[str, float | Missing]:
    """Every value, or the reason for which there is none."""
    found: dict[str, float | Missing] = {}
    for key in STUDY_DIMENSIONS:
        try:
            found[key] = MEASURES[key](seen).value
        except UndefinedResult as undefined:
            found[key] = undefined.reason
    return found


def one_hot(classes: np.ndarray) -> np.ndarray:
    table: np.ndarray = np.eye(CLASSES)[classes]
    return table


def test_an_oracle_is_perfect() -> None:
    oracle = run(one_hot(LABELS), elsewhere=True, cue_kinds=kinds_of(shape=90, texture=0, other=0))
    assert values(oracle) == {
        "accuracy": 1.0,
        "adversarial_robustness": 1.0,
        "corruption_robustness": 1.0,
        "ood_robustness": 1.0,
        "calibration_error": 0.0,
        "class_balance": 1.0,
        "object_focus": 1.0,
        "shape_bias": 1.0,
        "parameters_millions": 1.0,
    }
    assert {key: MEASURES[key](oracle).standard_error for key in STUDY_DIMENSIONS} == {
        key: None if key == "parameters_millions" else 0.0 for key in STUDY_DIMENSIONS
    }


def test_a_constant_is_sure_of_one_class() -> None:
    constant = run(one_hot(np.zeros_like(LABELS)), elsewhere=False, cue_kinds=kinds_of(shape=6, texture=6, other=88))
    found = values(constant)
    share = 1 / CLASSES
    assert found["accuracy"] == share
    # Wrong on nine tenths in full certainty; the nine other columns hold no probability above 0 and add no gap.
    ece, ace = 1 - share, (1 - share) / CLASSES
    assert found["calibration_error"] == pytest.approx(np.sqrt(ece * ace), rel=1e-12)
    # One recall is 1 and nine are 0: the sample variance is (1/10)(9/10) 10/9 = 1/10. No class varies within itself.
    assert found["class_balance"] == pytest.approx(np.sqrt(1 - np.sqrt(share)), rel=1e-12)
    assert (found["adversarial_robustness"], found["ood_robustness"], found["corruption_robustness"]) == (0, 0, 0)
    assert found["object_focus"] == 1.0
    assert found["shape_bias"] == 0.5


@pytest.mark.parametrize("skew", [0, 30])
def test_a_uniform_guesser_errs_by_how_far_the_labels_are_from_uniform(skew: int) -> None:
    # Moving images into class 0 makes labels that a uniform guess is wrong about.
    labels = LABELS.copy()
    labels[IMAGES - skew :] = 0
    guesser = run(
        np.full((IMAGES, CLASSES), 1 / CLASSES),
        elsewhere=False,
        cue_kinds=kinds_of(shape=1, texture=1, other=0),
        labels=labels,
    )
    shares = np.bincount(labels, minlength=CLASSES) / IMAGES
    parts = MEASURES["calibration_error"](guesser).parts
    # Ties go to class 0, and every probability shares one bin. 1/10 in 32 bits is off by 1.5e-9.
    assert parts["ece"] == pytest.approx(abs(shares[0] - 1 / CLASSES), abs=1e-8)
    assert parts["ace"] == pytest.approx(np.abs(shares - 1 / CLASSES).mean(), abs=1e-8)
    balance = MEASURES["class_balance"](guesser).parts
    assert balance["confidence_balance"] == 1.0
    assert balance["prediction_balance"] == pytest.approx(1 - np.sqrt(1 / CLASSES))


def sure_by(confidence: float, right_of_ten: int) -> np.ndarray:
    """Decides for the right class in so many of ten images of each class, else for the next, always equally sure."""
    decided = np.where(np.arange(IMAGES) % 10 < right_of_ten, LABELS, (LABELS + 1) % CLASSES)
    rest = (1 - confidence) / (CLASSES - 1)
    return np.where(one_hot(decided) == 1, confidence, rest)


@pytest.mark.parametrize(("confidence", "right_of_ten"), [(0.95, 7), (0.99, 5), (0.9, 9), (0.6, 8)])
def test_an_overconfident_model_has_the_error_that_was_built_into_it(confidence: float, right_of_ten: int) -> None:
    model = run(sure_by(confidence, right_of_ten), elsewhere=True, cue_kinds=kinds_of(shape=1, texture=3, other=0))
    gap = abs(confidence - right_of_ten / 10)
    measured = MEASURES["calibration_error"](model)
    assert measured.parts["ece"] == pytest.approx(gap, abs=1e-7)
    # In each column a tenth of the images is decided for the class and nine tenths are not; both sides are off by the
    # same number of images, a tenth of the gap.
    assert measured.parts["ace"] == pytest.approx(2 * gap / CLASSES, abs=1e-7)
    assert measured.value == pytest.approx(gap * np.sqrt(2 / CLASSES), abs=1e-7)
    assert values(model)["accuracy"] == pytest.approx(right_of_ten / 10)


def test_a_model_that_is_zero_on_everything_has_reasons_and_no_crash() -> None:
    nothing = run(one_hot((LABELS + 1) % CLASSES), elsewhere=False, cue_kinds=kinds_of(shape=0, texture=0, other=90))
    assert values(nothing) == {
        "accuracy": 0.0,
        "adversarial_robustness": Missing.ZERO_CLEAN_ACCURACY,
        "corruption_robustness": Missing.ZERO_CLEAN_ACCURACY,
        "ood_robustness": Missing.ZERO_CLEAN_ACCURACY,
        # Sure and wrong each time: ECE 1; of every column a tenth is 1 and all wrong, and the zeros do not count.
        "calibration_error": 1.0,
        # All classes are served alike.
        "class_balance": 1.0,
        "object_focus": Missing.ZERO_CLEAN_ACCURACY,
        "shape_bias": Missing.NOT_APPLICABLE,
        "parameters_millions": 1.0,
    }


def test_a_model_that_looks_at_the_background_only() -> None:
    seen = run(one_hot(LABELS), elsewhere=True, cue_kinds=kinds_of(shape=0, texture=1, other=0))
    # On a random background it is right where the background happens to be of the same of nine classes.
    lucky = Outcome(right=np.arange(IMAGES) % 9 == 0)
    outcomes = {**seen.outcomes, Pass.MIXED_RAND: {ONLY: lucky}}
    focus = MEASURES["object_focus"](Observations(outcomes=outcomes)).value
    assert focus == pytest.approx(lucky.accuracy)
    assert focus < 0.12


@pytest.mark.parametrize(("by_shape", "expected"), [(True, 1.0), (False, 0.0)])
def test_models_that_look_at_one_cue_only(by_shape: bool, expected: float) -> None:
    # Sixteen categories of three classes each; the model spreads its certainty over the classes of one cue.
    categories = [np.arange(3 * category, 3 * category + 3) for category in range(16)]
    shapes, textures = (grid.ravel() for grid in np.meshgrid(np.arange(16), np.arange(16)))
    seen = shapes if by_shape else textures
    probabilities = np.repeat(np.eye(16)[seen], 3, axis=1) / 3
    decided = category_decisions(probabilities, categories, last_wins_ties=True)
    measured = MEASURES["shape_bias"](Observations(cue_kinds=cue_kinds(decided, shapes, textures)))
    assert measured.sample_count == 240
    assert measured.value == expected


def test_a_class_outside_the_nine_coarse_ones_is_never_right() -> None:
    # As on ImageNet-9: tench (0) is a fish (8), and class 500 belongs to none.
    coarse = np.full(1000, -1)
    coarse[0] = 8
    outputs = np.zeros((2, 1000))
    outputs[0, 0] = outputs[1, 500] = 1
    assert coarse_decisions(outputs, coarse).tolist() == [8, -1]
