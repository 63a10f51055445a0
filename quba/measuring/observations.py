"""What a run of a model leaves behind for the formulas, and what a formula gives back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, Int8

from quba.dimension import Missing, Pass, UndefinedResult

ONLY = ""
"""The variant of a pass that has but one."""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Outcome:
    """Which images of one pass were decided right, in the order of the data set.

    Attributes:
        right: one entry per image.
    """

    right: Bool[np.ndarray, " images"]

    def __post_init__(self) -> None:
        # The mean of nothing is NaN with a warning, and it would travel into a value.
        if self.right.size == 0:
            raise ValueError("an outcome needs at least one image.")

    @property
    def image_count(self) -> int:
        """How many images were decided, 1 or more."""
        return self.right.size

    @property
    def accuracy(self) -> float:
        """The share decided right, in [0, 1].

        >>> Outcome(right=np.array([True, False])).accuracy
        0.5
        """
        return float(self.right.mean())


class CueKind(IntEnum):
    """What the decision on one image of shape and texture went by."""

    AGREE = 0
    """Shape and texture are of one class, so that no decision says which was gone by."""
    SHAPE = 1
    TEXTURE = 2
    OTHER = 3
    """Neither."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CueDecisions:
    """How often a model went by shape and by texture where the two conflict; images whose cues agree are left out.

    Attributes:
        shape: decisions for the category of the shape.
        texture: decisions for the category of the texture.
        other: decisions for neither.
    """

    shape: int
    texture: int
    other: int

    @classmethod
    def of(cls, kinds: Int8[np.ndarray, " images"]) -> "CueDecisions":
        """Count the decisions of some images.

        Args:
            kinds: of each image, as ``CueKind`` numbers them.

        >>> CueDecisions.of(np.array([0, 1, 1, 2, 3], dtype=np.int8))
        CueDecisions(shape=2, texture=1, other=1)
        """
        # Images whose cues agree are dropped: they say nothing about which cue was gone by.
        _, shape, texture, other = np.bincount(kinds, minlength=len(CueKind)).tolist()
        return cls(shape=shape, texture=texture, other=other)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Observations:
    """Everything that was seen of one model on one benchmark.

    Attributes:
        outcomes: per pass and variant ("fog/3" of the corruptions, the name of a shifted set, ``ONLY`` of a pass
            without variants). Outcomes of FGSM, PGD, corruptions and generated renditions that have as many images as
            the clean pass are of the same images in the same order.
        probabilities: of the clean pass, 32-bit, or None where no formula asked for them.
        labels: of the clean pass, or None likewise.
        cue_kinds: of each image of the cue-conflict pass, in the order of the data set, what its decision went by
            (``CueKind``); None where the pass was not run.
        extras: what was measured beyond the dimensions' own passes, on the clean images in the same order: attacks by
            their name, corruptions as "saturate/3". They become parts and enter no value.
        parameter_count: of the model, or None.
        absent: why a pass was not run, for each that was asked for and not run to its end. Outcomes of some of its
            variants may be there all the same.
        refuses_few_images: whether a value is absent below its dimension's ``fewest_images_per_class``; otherwise it is
            computed as the study would, and flagged.
        class_names: of the classes by label, for sentences; empty where nobody knows them.
        data_sets: the key of the data set whose images a pass saw, for each that was run; images that were corrupted on
            the way count as those that they were made from.
    """

    outcomes: Mapping[Pass, Mapping[str, Outcome]] = field(default_factory=dict)
    probabilities: Float[np.ndarray, "images classes"] | None = None
    labels: Int[np.ndarray, " images"] | None = None
    cue_kinds: Int8[np.ndarray, " cue_images"] | None = None
    extras: Mapping[str, Outcome] = field(default_factory=dict)
    parameter_count: int | None = None
    absent: Mapping[Pass, Missing] = field(default_factory=dict)
    refuses_few_images: bool = False
    class_names: Mapping[int, str] = field(default_factory=dict)
    data_sets: Mapping[Pass, str] = field(default_factory=dict)

    @property
    def sources(self) -> frozenset[Pass]:
        """The passes that were run, or that were to be run and were not.

        >>> sorted(Observations(outcomes={Pass.CLEAN: {}}, absent={Pass.EDGE: Missing.FAILED}).sources)
        [<Pass.CLEAN: 'clean'>, <Pass.EDGE: 'edge'>]
        """
        return frozenset(self.outcomes) | frozenset(self.absent)

    def outcome(self, source: Pass) -> Outcome:
        """The outcome of a pass without variants.

        Raises:
            UndefinedResult: with the reason for which the pass was not run.
        """
        return self.variants(source)[ONLY]

    def variants(self, source: Pass) -> Mapping[str, Outcome]:
        """The outcomes of every variant of a pass.

        Raises:
            UndefinedResult: with the reason for which the pass was not run, or not on all variants.
        """
        found = self.outcomes.get(source)
        # Both: a pass that stopped half way has outcomes, and a mean over some corruptions is another measure.
        if not found or source in self.absent:
            extent = "not run on all of its images" if found else "not run"
            raise UndefinedResult(
                self.absent.get(source, Missing.NOT_MEASURED), f"the pass {source.value} was {extent}"
            )
        return found

    def outcomes_of(self, sources: Sequence[Pass]) -> dict[Pass, Outcome]:
        """Those of some passes without variants that were run, in their order."""
        return {source: self.outcomes[source][ONLY] for source in sources if ONLY in self.outcomes.get(source, {})}

    def clean_probabilities(self) -> tuple[Float[np.ndarray, "images classes"], Int[np.ndarray, " images"]]:
        """Probabilities and labels of the clean pass.

        Raises:
            UndefinedResult: with the reason for which the clean pass was not run, or its probabilities not kept.
        """
        if self.probabilities is None or self.labels is None:
            reason = self.absent.get(Pass.CLEAN, Missing.NOT_MEASURED)
            raise UndefinedResult(reason, "the probabilities of the clean pass were not kept")
        return self.probabilities, self.labels


@contextmanager
def keeping(parts: Mapping[str, Any]) -> Iterator[None]:
    """Add what was measured to whatever says in here that the value itself is undefined.

    Args:
        parts: in the form in which ``Measured`` has them.

    Raises:
        UndefinedResult: the same, with the parts.

    >>> with keeping({"clean_accuracy": 0.5}):
    ...     raise UndefinedResult(Missing.FAILED)
    Traceback (most recent call last):
    quba.dimension.UndefinedResult: The measurement was tried and ended in an error.
    """
    try:
        yield
    except UndefinedResult as undefined:
        # Parts that are nearer to the formula win over those that were put around it.
        raise UndefinedResult(undefined.reason, str(undefined), {**parts, **undefined.parts}) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A value with what it is made of and how sure it is.

    Attributes:
        value: in the unit of the dimension.
        parts: what the value is made of, as plain JSON numbers by name.
        sample_count: images that the value rests on; None where there are none, as for parameters.
        standard_error: of the value, 0 or more; None where it has none.
        flags: doubts about it.
        note: the doubts in words.
        replicates: the values with each group of images left out, where the formula has them at hand because its
            standard error rests on them; ``quba.replicates`` makes those of the other dimensions.
    """

    value: float
    parts: Mapping[str, Any]
    sample_count: int | None
    standard_error: float | None
    flags: tuple[str, ...] = ()
    note: str = ""
    replicates: tuple[float, ...] | None = None
