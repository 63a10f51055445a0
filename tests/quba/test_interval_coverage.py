"""The 95 % intervals hold the truth about 95 % of the time, and intervals from a wrong formula do not.

Each scene draws images again and again from a model whose true value is known. Errors that sum absolute gaps or spreads
are biased by design of the metric, so there the intervals are asked to hold the mean of the estimates.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import gmean

from quba.dimension import Pass
from quba.dimensions import MEASURES
from quba.measuring.calibration_replicates import expected_calibration_replicates
from quba.measuring.jackknife import balanced_groups
from quba.measuring.observations import ONLY, Observations, Outcome
from quba.measuring.uncertainty import (
    accuracy_covariance,
    binomial_standard_error,
    geometric_mean_standard_error,
    ratio_covariance,
)
from tests.quba.conftest import kinds_of

# The share of 600 intervals that hold a truth which each holds with .95 has a standard deviation of .009; the band
# also leaves room for the first-order formulas and the 20 groups of the jackknife, whose t interval would be wider.
BAND = (0.915, 0.975)
DRAWS = 600
Draw = Callable[[np.random.Generator], Observations]
WrongError = Callable[[Observations], float]


@dataclass(frozen=True)
class Scene:
    """A dimension, a way to draw a run, its true value or None for the mean of the estimates, and a wrong formula."""

    key: str
    draw: Draw
    truth: float | None
    wrong: WrongError
    name: str = ""


def bits(rng: np.random.Generator, chance: float | np.ndarray, count: int) -> np.ndarray:
    return rng.random(count) < chance


def outcomes(**right: np.ndarray) -> dict[Pass, dict[str, Outcome]]:
    return {Pass[name.upper()]: {ONLY: Outcome(right=found)} for name, found in right.items()}


def accuracy_run(rng: np.random.Generator) -> Observations:
    return Observations(outcomes=outcomes(clean=bits(rng, 0.8, 400)))


def variance_for_deviation(seen: Observations) -> float:
    clean = seen.outcome(Pass.CLEAN)
    return binomial_standard_error(clean.accuracy, clean.image_count) ** 2


def attack_run(rng: np.random.Generator) -> Observations:
    clean = bits(rng, 0.8, 800)
    fgsm = bits(rng, np.where(clean, 0.6, 0.02), 800)
    pgd = bits(rng, np.where(fgsm, 0.6, 0.01), 800)
    return Observations(outcomes=outcomes(clean=clean, fgsm=fgsm, pgd=pgd))


FGSM = 0.8 * 0.6 + 0.2 * 0.02
PGD = FGSM * 0.6 + (1 - FGSM) * 0.01


def clean_images_taken_for_others(seen: Observations) -> float:
    """As if the attacked images had been drawn apart from the clean ones."""
    clean, *attacked = (seen.outcome(source) for source in (Pass.CLEAN, Pass.FGSM, Pass.PGD))
    accuracies = np.array([clean.accuracy, *(outcome.accuracy for outcome in attacked)])
    together = accuracy_covariance(
        clean.right.astype(float), [outcome.right.astype(float) for outcome in attacked], same_images=True
    )
    together[0, 1:] = together[1:, 0] = 0
    covariance = ratio_covariance(accuracies, together)
    return geometric_mean_standard_error(accuracies[1:] / clean.accuracy, covariance, np.full(2, 1e-3))


def corruption_run(rng: np.random.Generator) -> Observations:
    ease = rng.beta(1.5, 0.7, size=300)
    seen = outcomes(clean=bits(rng, ease, 300))
    seen[Pass.CORRUPTIONS] = {
        f"{name}/{severity}": Outcome(right=bits(rng, ease ** (1 + severity), 300))
        for name in ("fog", "snow", "frost")
        for severity in (1, 2)
    }
    return Observations(outcomes=seen)


def moment(power: int) -> float:
    """The mean of a Beta(1.5, 0.7) variable to a power."""
    return float(np.prod([(1.5 + i) / (2.2 + i) for i in range(power)]))


def corruptions_of_other_images(seen: Observations) -> float:
    """As if every corruption had its own images, and the clean accuracy were known."""
    clean = seen.outcome(Pass.CLEAN).accuracy
    cells = [binomial_standard_error(o.accuracy, o.image_count) for o in seen.variants(Pass.CORRUPTIONS).values()]
    return float(np.sqrt(np.sum(np.square(cells)))) / len(cells) / clean


OOD_CHANCES = (0.3, 0.5, 0.7, 0.4, 0.6)


def ood_run(rng: np.random.Generator) -> Observations:
    names = ("edge", "silhouette", "sketch", "stylized", "renditions")
    sets = {name: bits(rng, chance, 400) for name, chance in zip(names, OOD_CHANCES, strict=True)}
    return Observations(outcomes=outcomes(clean=bits(rng, 0.6, 200), **sets))


def clean_accuracy_taken_for_known(seen: Observations) -> float:
    parts = MEASURES["ood_robustness"](seen)
    relative_errors = [
        binomial_standard_error(part["accuracy"], part["image_count"]) / part["accuracy"]
        for part in parts.parts.values()
        if isinstance(part, dict)
    ]
    return float(parts.value * np.sqrt(np.sum(np.square(relative_errors))) / 5)


def own_run(rng: np.random.Generator) -> Observations:
    """Two shifted sets of other images, one as large as the clean one, and a rendition of the clean images."""
    ease = rng.beta(1.5, 0.7, size=300)
    return Observations(
        outcomes={
            Pass.CLEAN: {ONLY: Outcome(right=bits(rng, ease, 300))},
            Pass.SHIFTED: {
                "night": Outcome(right=bits(rng, 0.5, 300)),
                "phone": Outcome(right=bits(rng, 0.6, 120)),
            },
            Pass.GENERATED: {
                "edge": Outcome(right=bits(rng, ease**2, 300)),
                "sketch": Outcome(right=bits(rng, ease**3, 300)),
            },
        }
    )


OWN_CHANCES = (0.5, 0.6, moment(2), moment(3))


def renditions_taken_for_other_images(seen: Observations) -> float:
    """As if every set had images of its own, and the clean accuracy were known."""
    value = MEASURES["ood_robustness"](seen).value
    found = [*seen.variants(Pass.SHIFTED).values(), *seen.variants(Pass.GENERATED).values()]
    squares = [(binomial_standard_error(each.accuracy, each.image_count) / each.accuracy) ** 2 for each in found]
    return float(value * np.sqrt(np.sum(squares)) / len(found))


def focus_run(rng: np.random.Generator) -> Observations:
    return Observations(
        outcomes=outcomes(clean=bits(rng, 0.7, 500), mixed_same=bits(rng, 0.8, 300), mixed_rand=bits(rng, 0.6, 300))
    )


def one_of_the_two_sets_forgotten(seen: Observations) -> float:
    same, clean = seen.outcome(Pass.MIXED_SAME), seen.outcome(Pass.CLEAN)
    return binomial_standard_error(same.accuracy, same.image_count) / clean.accuracy


def cue_run(rng: np.random.Generator) -> Observations:
    shape, texture, other = rng.multinomial(1200, [0.2, 0.5, 0.3])
    return Observations(cue_kinds=rng.permutation(kinds_of(int(shape), int(texture), int(other))))


def all_images_counted(seen: Observations) -> float:
    assert seen.cue_kinds is not None
    value = MEASURES["shape_bias"](seen).value
    return binomial_standard_error(value, 3 * seen.cue_kinds.size)


def sure_run(rng: np.random.Generator) -> Observations:
    """An overconfident model that finds some of its five classes easier than others."""
    labels = np.repeat(np.arange(5), 120)
    logits = rng.normal(size=(600, 5)) * 1.5
    logits[np.arange(600), labels] += rng.normal(2.0 + labels / 3, 1.5)
    probabilities = np.exp(2 * logits)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return Observations(probabilities=probabilities.astype(np.float32), labels=labels)


def spread_of_the_replicates(seen: Observations) -> float:
    """As if the replicates were samples of their own, which share nineteen twentieths of their images."""
    probabilities, labels = seen.clean_probabilities()
    return float(expected_calibration_replicates(probabilities, labels, balanced_groups(labels)).std(ddof=1))


def recalls_taken_for_confidences(seen: Observations) -> float:
    _, labels = seen.clean_probabilities()
    return binomial_standard_error(MEASURES["class_balance"](seen).value, len(labels))


SCENES = [
    Scene("accuracy", accuracy_run, 0.8, variance_for_deviation),
    Scene("adversarial_robustness", attack_run, float(gmean([FGSM / 0.8, PGD / 0.8])), clean_images_taken_for_others),
    Scene(
        "corruption_robustness",
        corruption_run,
        (moment(2) + moment(3)) / 2 / moment(1),
        corruptions_of_other_images,
    ),
    Scene("ood_robustness", ood_run, float(gmean(OOD_CHANCES)) / 0.6, clean_accuracy_taken_for_known),
    Scene("ood_robustness", own_run, float(gmean(OWN_CHANCES)) / moment(1), renditions_taken_for_other_images, "own"),
    Scene("object_focus", focus_run, 1 - 0.2 / 0.7, one_of_the_two_sets_forgotten),
    Scene("shape_bias", cue_run, 0.2 / 0.7, all_images_counted),
    Scene("calibration_error", sure_run, None, spread_of_the_replicates),
    Scene("class_balance", sure_run, None, recalls_taken_for_confidences),
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name or scene.key)
def test_the_intervals_hold_the_truth_and_those_of_a_wrong_formula_do_not(scene: Scene) -> None:
    rng = np.random.default_rng(20260731)
    runs = [scene.draw(rng) for _ in range(DRAWS)]
    measured = [MEASURES[scene.key](run) for run in runs]
    values = np.array([one.value for one in measured])
    truth = values.mean() if scene.truth is None else scene.truth
    right = np.array([one.standard_error for one in measured], dtype=np.float64)
    wrong = np.array([scene.wrong(run) for run in runs])

    held = np.mean(np.abs(values - truth) <= 1.96 * right)
    held_wrongly = np.mean(np.abs(values - truth) <= 1.96 * wrong)
    assert BAND[0] <= held <= BAND[1]
    assert not BAND[0] <= held_wrongly <= BAND[1]
    # On average over the runs a standard error is the standard deviation of the values.
    assert np.sqrt(np.mean(right**2)) == pytest.approx(values.std(), rel=0.1)
