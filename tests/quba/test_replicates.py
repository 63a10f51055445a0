"""Values without each group of images: the groups, the values, and how well they know a standard error."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from quba import replicates as module
from quba.dimension import Pass
from quba.dimensions import DIMENSIONS, MEASURES
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error
from quba.measuring.observations import ONLY, Measured, Observations, Outcome
from quba.replicates import replicates
from tests.quba.test_interval_coverage import SCENES, Scene

Outcomes = dict[Pass, dict[str, Outcome]]
RUNS = 60


def made(key: str, seen: Observations) -> np.ndarray | None:
    return replicates(key, seen, MEASURES[key](seen))


def bits(count: int, seed: int = 0) -> Outcome:
    return Outcome(right=np.random.default_rng(seed).random(count) < 0.7)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name or scene.key)
def test_they_know_the_standard_error(scene: Scene) -> None:
    rng = np.random.default_rng(14)
    shares = []
    for run in (scene.draw(rng) for _ in range(RUNS)):
        measured = MEASURES[scene.key](run)
        found = replicates(scene.key, run, measured)
        assert found is not None
        assert found.size == 20
        error = jackknife_standard_error(found)
        assert error is not None
        assert measured.standard_error is not None
        shares.append(error / measured.standard_error)
    # From 20 groups a standard error is known to a sixth of itself.
    assert np.mean(np.abs(np.array(shares) - 1) < 0.35) >= 0.9
    assert np.sqrt(np.mean(np.square(shares))) == pytest.approx(1, abs=0.1)


def test_what_was_done_to_the_clean_images_goes_with_them() -> None:
    labels = np.array([0, 0, 1, 1] * 12)
    of_image = balanced_groups(labels).of_image
    clean, fgsm, pgd = (bits(labels.size, seed) for seed in range(3))
    seen = Observations(
        outcomes={Pass.CLEAN: {ONLY: clean}, Pass.FGSM: {ONLY: fgsm}, Pass.PGD: {ONLY: pgd}}, labels=labels
    )
    found = made("adversarial_robustness", seen)
    assert found is not None
    kept = of_image != 7
    by_hand = np.sqrt(fgsm.right[kept].mean() * pgd.right[kept].mean()) / clean.right[kept].mean()
    assert found[7] == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("other", [40, 48], ids=["fewer images", "as many images"])
def test_other_images_are_dealt_by_their_position(other: int) -> None:
    labels = np.arange(48) % 5
    clean, night, edge = bits(48), bits(other, 1), bits(48, 2)
    seen = Observations(
        outcomes={Pass.CLEAN: {ONLY: clean}, Pass.SHIFTED: {"night": night}, Pass.GENERATED: {"edge": edge}},
        labels=labels,
    )
    found = made("ood_robustness", seen)
    assert found is not None
    of_clean, of_night = balanced_groups(labels).of_image != 3, np.arange(other) % 20 != 3
    by_hand = np.sqrt(night.right[of_night].mean() * edge.right[of_clean].mean()) / clean.right[of_clean].mean()
    assert found[3] == pytest.approx(by_hand, rel=1e-12)


def test_a_pass_over_fewer_images_than_the_clean_one_is_dealt_by_position() -> None:
    labels = np.arange(48) % 5
    clean, fgsm, pgd = bits(48), bits(48, 1), bits(30, 2)
    seen = Observations(
        outcomes={Pass.CLEAN: {ONLY: clean}, Pass.FGSM: {ONLY: fgsm}, Pass.PGD: {ONLY: pgd}}, labels=labels
    )
    found = made("adversarial_robustness", seen)
    assert found is not None
    of_clean, of_pgd = balanced_groups(labels).of_image != 3, np.arange(30) % 20 != 3
    by_hand = np.sqrt(fgsm.right[of_clean].mean() * pgd.right[of_pgd].mean()) / clean.right[of_clean].mean()
    assert found[3] == pytest.approx(by_hand, rel=1e-12)


def test_without_labels_the_clean_images_are_dealt_by_position() -> None:
    clean = bits(50)
    found = made("accuracy", Observations(outcomes={Pass.CLEAN: {ONLY: clean}}))
    assert found is not None
    assert found[9] == clean.right[np.arange(50) % 20 != 9].mean()


def test_cues_are_left_out_by_position_and_need_no_clean_images() -> None:
    kinds = np.random.default_rng(0).integers(0, 4, 200).astype(np.int8)
    found = made("shape_bias", Observations(cue_kinds=kinds, labels=np.zeros(1, dtype=np.int64)))
    assert found is not None
    kept = kinds[np.arange(200) % 20 != 4]
    assert found[4] == (kept == 1).sum() / ((kept == 1) | (kept == 2)).sum()


def sure(count: int = 400, classes: int = 4) -> Observations:
    rng = np.random.default_rng(3)
    labels = np.sort(np.arange(count) % classes)
    logits = rng.normal(size=(count, classes)) + 2 * np.eye(classes)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    right = Outcome(right=probabilities.argmax(axis=1) == labels)
    return Observations(
        outcomes={Pass.CLEAN: {ONLY: right}}, probabilities=probabilities.astype(np.float32), labels=labels
    )


@pytest.mark.parametrize("key", ["calibration_error", "class_balance"])
def test_replicates_that_a_formula_has_at_hand_equal_those_of_the_formula_without_the_group(key: str) -> None:
    seen = sure()
    measured = MEASURES[key](seen)
    at_hand = replicates(key, seen, measured)
    anew = replicates(key, seen, replace(measured, replicates=None))
    assert at_hand is not None
    assert anew is not None
    np.testing.assert_allclose(at_hand, anew, rtol=1e-6)
    assert jackknife_standard_error(at_hand) == measured.standard_error


def test_a_value_that_stands_is_not_withdrawn_where_a_group_leaves_too_few_images() -> None:
    # 15 of each class are just enough for the calibration error, and a group holds some of them.
    seen = replace(sure(count=60), refuses_few_images=True)
    measured = MEASURES["calibration_error"](seen)
    assert replicates("calibration_error", seen, replace(measured, replicates=None)) is not None


def test_only_what_a_dimension_is_made_of_is_left_out() -> None:
    # One image of a pass that accuracy does not know cannot be left out, and need not.
    seen = replace(sure(), outcomes={**sure().outcomes, Pass.EDGE: {ONLY: bits(1)}}, extras={"mim": bits(3)})
    found = made("accuracy", seen)
    assert found is not None
    assert found.size == 20


NONE: dict[str, Callable[[], tuple[str, Observations]]] = {
    "no images": lambda: ("parameters_millions", Observations(parameter_count=3)),
    "one image": lambda: ("accuracy", Observations(outcomes={Pass.CLEAN: {ONLY: bits(1)}})),
    "one image in a set": lambda: (
        "ood_robustness",
        Observations(outcomes={Pass.CLEAN: {ONLY: bits(40)}, Pass.SHIFTED: {"a": bits(1), "b": bits(30)}}),
    ),
    "nothing right without a group": lambda: (
        "adversarial_robustness",
        Observations(
            outcomes={source: {ONLY: Outcome(right=np.arange(30) == 0)} for source in (Pass.CLEAN, Pass.FGSM, Pass.PGD)}
        ),
    ),
}


@pytest.mark.parametrize("reason", NONE)
def test_there_are_none(reason: str) -> None:
    assert made(*NONE[reason]()) is None


def test_with_few_images_there_are_as_many_groups_as_images() -> None:
    found = made("accuracy", Observations(outcomes={Pass.CLEAN: {ONLY: bits(7)}}))
    assert found is not None
    assert found.size == 7


def test_every_dimension_is_asked_by_its_own_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    # As for a dimension that was dropped into the folder: nothing but its entry is known.
    def measure(seen: Observations) -> Measured:
        _, labels = seen.clean_probabilities()
        return Measured(value=float(labels.size), parts={}, sample_count=labels.size, standard_error=None)

    tenth = replace(DIMENSIONS["class_balance"], key="tenth")
    monkeypatch.setattr(module, "DIMENSIONS", {"tenth": tenth})
    monkeypatch.setattr(module, "MEASURES", {"tenth": measure})
    seen = sure()
    assert replicates("tenth", seen, measure(seen)) is not None
    np.testing.assert_array_equal(replicates("tenth", seen, measure(seen)), np.full(20, 380.0))
