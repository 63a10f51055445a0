"""Pairs of models with known differences, on a population of images of which some are hard for everybody.

A pool of images stands for the population. What a formula says of the whole pool, or on average of samples of it, is
the truth that intervals from one sample are held against.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.special import softmax

from quba.dimension import Pass
from quba.dimensions import MEASURES
from quba.measuring.evidence import Conditions, Evidence
from quba.measuring.observations import ONLY, Observations, Outcome
from quba.replicates import replicates

CLASSES = 5
CORRUPTIONS = ("fog/1", "fog/2", "snow/1", "snow/2")
KEYS = ("accuracy", "corruption_robustness", "calibration_error", "class_balance")
BIASED = ("calibration_error", "class_balance")
"""Sums of absolute gaps and spreads, whose values depend on the number of images: their truth is that of samples."""
CONDITIONS = Conditions(benchmark="simulated", digest=None, protocol="corrected", seed=0, samples_per_class=None)


@dataclass(frozen=True)
class Images:
    """Images of the population: the class of each, and what makes it hard."""

    labels: np.ndarray
    hardness: np.ndarray
    likeness: np.ndarray
    fragility: np.ndarray

    @classmethod
    def drawn(cls, rng: np.random.Generator, count: int) -> Self:
        labels = np.arange(count) % CLASSES
        return cls(
            labels=labels,
            hardness=rng.gamma(2.0, 0.9, count),
            likeness=rng.normal(size=(count, CLASSES)),
            fragility=rng.gamma(1.5, 0.8, (len(CORRUPTIONS), count)),
        )


@dataclass(frozen=True)
class Model:
    """What a model is good at, and how sure it says to be."""

    skill: float
    of_class: np.ndarray
    temperature: float
    weakness: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        return cls(
            skill=3.0 + 0.4 * rng.normal(),
            of_class=0.6 * rng.normal(size=CLASSES),
            temperature=float(np.exp(0.35 * rng.normal())),
            weakness=0.8 * float(np.exp(0.2 * rng.normal())),
        )

    def changed(self, rng: np.random.Generator, size: float) -> Self:
        """A model that was trained on from this one."""
        return replace(
            self,
            skill=self.skill + 0.4 * size * rng.normal(),
            of_class=self.of_class + 0.4 * size * rng.normal(size=CLASSES),
            temperature=self.temperature * float(np.exp(0.25 * size * rng.normal())),
            weakness=self.weakness * float(np.exp(0.25 * size * rng.normal())),
        )

    def seen(self, images: Images, own: np.random.Generator, noise: float = 0.5) -> Observations:
        count = images.labels.size
        everyone = np.arange(count)
        logits = images.likeness + noise * own.normal(size=(count, CLASSES))
        logits[everyone, images.labels] += self.skill + self.of_class[images.labels] - images.hardness
        corrupted = {}
        for name, fragility in zip(CORRUPTIONS, images.fragility, strict=True):
            changed = logits + noise * own.normal(size=logits.shape)
            changed[everyone, images.labels] -= self.weakness * int(name[-1]) * fragility
            corrupted[name] = Outcome(right=changed.argmax(axis=1) == images.labels)
        probabilities = softmax(logits / self.temperature, axis=1).astype(np.float32)
        clean = Outcome(right=probabilities.argmax(axis=1) == images.labels)
        return Observations(
            outcomes={Pass.CLEAN: {ONLY: clean}, Pass.CORRUPTIONS: corrupted},
            probabilities=probabilities,
            labels=images.labels,
        )


def part(seen: Observations, rows: np.ndarray) -> Observations:
    """What was seen of some images."""
    assert seen.probabilities is not None
    assert seen.labels is not None
    return replace(
        seen,
        outcomes={
            source: {name: Outcome(right=outcome.right[rows]) for name, outcome in variants.items()}
            for source, variants in seen.outcomes.items()
        },
        probabilities=seen.probabilities[rows],
        labels=seen.labels[rows],
    )


def evidence(seen: Observations, keys: Sequence[str] = KEYS) -> Evidence:
    measured = {key: MEASURES[key](seen) for key in keys}
    made = {key: replicates(key, seen, found) for key, found in measured.items()}
    return Evidence(
        conditions=CONDITIONS,
        values={key: found.value for key, found in measured.items()},
        standard_errors={key: found.standard_error for key, found in measured.items()},
        replicates={key: found for key, found in made.items() if found is not None},
        right={
            f"{source.value}:{name}" if name else source.value: outcome.right
            for source, variants in seen.outcomes.items()
            for name, outcome in variants.items()
        },
        labels=seen.labels,
    )
