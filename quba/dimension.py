"""What a quality dimension is, why a value can be absent, and how a formula says that its result is undefined.

Formulas answer trouble in one of two ways, and everywhere in the same way:

- misuse (empty input, shapes that do not fit, labels without a class, a probability outside [0, 1] or NaN) raises
  ``ValueError``: the caller is wrong;
- a sound input without a defined result (a ratio to a clean accuracy of zero) raises ``UndefinedResult``, which carries
  the ``Missing`` reason to store in place of a number: the caller is right and the value is absent.
"""

import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from quba.published_error import PublishedError
from quba.reference import Reference
from quba.vocabulary import Origin
from quba.wording import inline_label

# No plausible range of a fraction comes near it, and per cent figures are mostly above it.
_PER_CENT_THRESHOLD = 5.0
# Per unit, what a number in it is mistaken for most often, and how many of those make one.
_CLEARLY = 1.2
_MISTAKEN_UNITS = {"fraction": ("per cent", 100), "million parameters": ("a count", 1_000_000)}


class Theme(StrEnum):
    """The six themes under which the dimensions are shown."""

    ACCURACY = "accuracy"
    ROBUSTNESS = "robustness"
    CALIBRATION = "calibration"
    FAIRNESS = "fairness"
    BIAS = "bias"
    SIZE = "size"


class Missing(StrEnum):
    """Why a model has no value on a dimension."""

    NOT_MEASURED = "not_measured"
    SCREENED = "screened"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"
    DATA_SET_MISSING = "data_set_missing"
    ZERO_CLEAN_ACCURACY = "zero_clean_accuracy"
    TOO_FEW_IMAGES = "too_few_images"
    NO_GRADIENTS = "no_gradients"

    @property
    def meaning(self) -> str:
        """One sentence for a reader.

        >>> Missing.SCREENED.meaning
        'A value exists but carries a quality flag, and flagged values are left out.'
        """
        return _MEANINGS[self]


_MEANINGS = {
    Missing.NOT_MEASURED: "Nobody has measured this value yet.",
    Missing.SCREENED: "A value exists but carries a quality flag, and flagged values are left out.",
    Missing.FAILED: "The measurement was tried and ended in an error.",
    Missing.NOT_APPLICABLE: "The dimension is not defined for this model on this data.",
    Missing.DATA_SET_MISSING: "A data set that the measurement needs is not installed.",
    Missing.ZERO_CLEAN_ACCURACY: "The model gets no clean image right, so a ratio to its clean accuracy is undefined.",
    Missing.TOO_FEW_IMAGES: "Some class has too few images for the value to mean anything.",
    Missing.NO_GRADIENTS: "The attacks follow gradients, and none can be computed through this model.",
}


class Pass(StrEnum):
    """A run of the model over images whose outputs a formula needs; counting parameters needs none.

    The study has no ``SHIFTED`` and no ``GENERATED`` images: they are a benchmark's own sets of the same classes under
    other conditions, and renditions that this program makes of its clean images.
    """

    CLEAN = "clean"
    FGSM = "fgsm"
    PGD = "pgd"
    CORRUPTIONS = "corruptions"
    EDGE = "edge"
    SILHOUETTE = "silhouette"
    SKETCH = "sketch"
    STYLIZED = "stylized"
    RENDITIONS = "renditions"
    CUE_CONFLICT = "cue_conflict"
    MIXED_SAME = "mixed_same"
    MIXED_RAND = "mixed_rand"
    SHIFTED = "shifted"
    GENERATED = "generated"

    @property
    def of_clean_images(self) -> bool:
        """Whether it sees the clean images, changed or not, so that its outcomes go together with the clean ones.

        >>> Pass.PGD.of_clean_images, Pass.SHIFTED.of_clean_images
        (True, False)
        """
        return self in (Pass.CLEAN, Pass.FGSM, Pass.PGD, Pass.CORRUPTIONS, Pass.GENERATED)


class UndefinedResult(ArithmeticError):
    """A formula has no result for a sound input; ``reason`` says what to record instead of a number.

    ``parts`` are what was measured all the same, in the form in which ``Measured`` has them: a value that lacks one of
    five data sets is empty, the other four are not.

    >>> UndefinedResult(Missing.ZERO_CLEAN_ACCURACY).reason.value
    'zero_clean_accuracy'
    """

    def __init__(self, reason: Missing, detail: str = "", parts: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail or reason.meaning)
        self.reason = reason
        self.parts: Mapping[str, Any] = parts or {}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlugIn:
    """The installed package whose `measure` gives the values of a dimension.

    Attributes:
        package: name of the distribution, as ``pip install`` takes it.
        version: of it, where the dimension was taken in; what measures may have another.
        entry_point: its name in the group ``quba.vocabulary.DIMENSION_PACKAGES``.
    """

    package: str
    version: str
    entry_point: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dimension:
    """One quality dimension as data: its name, range, direction, weight and the passes that it is computed from.

    Attributes:
        key: name in code, files, URLs and JSON.
        label: name on screen; ``short_label`` where room is scarce.
        position: place in the customary order, from 0.
        theme: the heading under which it is shown.
        unit: "fraction", "nats" or "million parameters".
        lower_bound: least possible value, or None where there is none; ``upper_bound`` alike.
        plausible: between which values the results of any classifier worth importing lie; wide, so that only a slip of
            the unit or of a digit is beyond.
        higher_is_better: the direction; weights never carry a sign.
        default_weight: weight in the published QUBA score, 0 or more; 0 for a dimension that the study does not have.
        smallest_meaningful_difference: by how much two models must differ for it to matter to anyone: a judgement,
            about a tenth of the study's standard deviation. Above 0.
        reference: the study's norm, never refitted; None where the study has no values. The norm ``published`` then is
            that of the current models.
        published_error: how far the study's values may be off; None where the study has no values.
        decimals: digits after the point as published.
        logarithmic: whether an axis shows it better in powers of ten.
        description: one sentence for a newcomer.
        procedure: how a value comes about, for who knows classifiers but not the study.
        source: whose idea it is.
        passes: the model runs that its formula needs.
        alternatives: passes that serve in place of all but the clean one, each alone or together, where a benchmark has
            images for them (``passes_on``).
        remedy: what the owner of a benchmark adds so that the dimension can be measured on it, as an instruction; empty
            where labelled images are enough.
        needs_probabilities: whether it needs the probabilities of the clean pass, beyond what was decided right.
        yardstick: the key of the data set on which its formula holds a model against published figures of another; it
            is defined on no other. Empty where any images will do.
        greatest: for a ratio to the clean accuracy, the greatest value there is at a given one, above 0; None where
            the clean accuracy bounds nothing.
        fewest_images_per_class: below which its value says more about the sample than about the model.
        fewest_classes: below which every model has the same value.
        empty_at_chance: whether its value says nothing of a model that guesses, as a ratio to the clean accuracy does.
        origin: where the dimension comes from: with the program, measured or as a fact of a model, or added by whoever
            runs it.
        plug_in: the package that measures it; None for one that the program measures itself, or nobody.
    """

    key: str
    label: str
    short_label: str
    position: int
    theme: Theme
    unit: str
    lower_bound: float | None
    upper_bound: float | None
    plausible: tuple[float, float]
    higher_is_better: bool
    default_weight: float
    smallest_meaningful_difference: float
    reference: Reference | None
    published_error: PublishedError | None
    decimals: int = 4
    logarithmic: bool = False
    description: str
    procedure: str
    source: str
    passes: tuple[Pass, ...]
    alternatives: tuple[Pass, ...] = ()
    remedy: str = ""
    needs_probabilities: bool = False
    yardstick: str = ""
    greatest: Callable[[float], float] | None = None
    fewest_images_per_class: int = 1
    fewest_classes: int = 1
    empty_at_chance: bool = False
    origin: Origin = Origin.BUILT_IN
    plug_in: PlugIn | None = None

    @property
    def direction(self) -> str:
        """The direction in words: "higher is better" or "lower is better"."""
        return "higher is better" if self.higher_is_better else "lower is better"

    @property
    def inline_label(self) -> str:
        """The label within a sentence: lower case unless it begins with an abbreviation."""
        return inline_label(self.label)

    @property
    def counted(self) -> bool:
        """Whether its values are counted and not measured on images, so that they are exact but for rounding."""
        # How a value of one's own came about is not known here, so nothing says that it is exact.
        return not self.passes and self.origin is not Origin.OWN

    @property
    def of_facts(self) -> bool:
        """Whether its values are facts of a model, which neither a benchmark nor a protocol changes.

        >>> from quba.dimensions import DIMENSIONS
        >>> DIMENSIONS["macs_billions"].of_facts, DIMENSIONS["parameters_millions"].of_facts
        (True, False)
        """
        return self.origin is Origin.FACTS

    @property
    def measurable(self) -> bool:
        """Whether there is a formula for it, here or in a package; others have facts of a model, or come by import.

        >>> from quba.dimensions import DIMENSIONS
        >>> DIMENSIONS["accuracy"].measurable
        True
        """
        return self.origin is Origin.BUILT_IN or self.plug_in is not None

    @property
    def sign(self) -> int:
        """+1 where higher is better, -1 where lower is better."""
        return 1 if self.higher_is_better else -1

    def passes_on(self, available: Container[Pass]) -> tuple[Pass, ...]:
        """The model runs that its formula needs on one benchmark.

        Args:
            available: the passes that the benchmark has images for.

        Returns:
            The clean pass and those of the alternatives that are available; ``passes`` where none is.

        >>> from quba.dimensions import DIMENSIONS
        >>> [each.value for each in DIMENSIONS["ood_robustness"].passes_on({Pass.CLEAN, Pass.SHIFTED})]
        ['clean', 'shifted']
        >>> len(DIMENSIONS["ood_robustness"].passes_on({Pass.CLEAN}))
        6
        """
        own = tuple(each for each in self.alternatives if each in available)
        return tuple(each for each in self.passes if each is Pass.CLEAN) + own if own else self.passes

    def best_value(self, clean_accuracy: float | None = None) -> float | None:
        """The best value that a model can have, whoever it is.

        Args:
            clean_accuracy: of the model, in [0, 1]; None where it is not known.

        Returns:
            The end of the scale on the good side; None where there is none, or where only the clean accuracy would
            tell it and that is 0 or not known.

        >>> from quba.dimensions import DIMENSIONS
        >>> DIMENSIONS["ood_robustness"].best_value(0.8), DIMENSIONS["object_focus"].best_value(0.8)
        (1.25, 2.25)
        >>> DIMENSIONS["accuracy"].best_value(), DIMENSIONS["parameters_millions"].best_value(0.8)
        (1.0, 0.0)
        """
        # An accuracy of 0 bounds no ratio: it is undefined there, as it is where the accuracy is not known.
        if self.greatest is not None and clean_accuracy:
            return self.greatest(clean_accuracy)
        return self.upper_bound if self.higher_is_better else self.lower_bound

    def violation(self, value: float) -> str | None:
        """The rule that a value breaks, in words, or None for a possible value.

        Args:
            value: a measurement in the unit of the dimension.

        Returns:
            None, or a clause that continues "value is ..., but". Unbounded fractions beyond 5 are refused
            because a per cent figure handed in by mistake would otherwise pass unnoticed.

        >>> from quba.dimensions import DIMENSIONS
        >>> DIMENSIONS["accuracy"].violation(76.1)
        'Accuracy must be at most 1'
        >>> DIMENSIONS["accuracy"].violation(0.761) is None
        True
        """
        # First: NaN passes every comparison below as if nothing were wrong.
        if not math.isfinite(value):
            return f"{self.label} must be a finite number"
        if self.lower_bound is not None and value < self.lower_bound:
            return f"{self.label} must be at least {self.lower_bound:g}"
        if self.upper_bound is not None and value > self.upper_bound:
            return f"{self.label} must be at most {self.upper_bound:g}"
        if self.unit == "fraction" and abs(value) > _PER_CENT_THRESHOLD:
            return f"{self.label} is a fraction and this looks like per cent; divide by 100"
        return None

    def refusal(self, value: float) -> str | None:
        """Why a value that somebody typed is not taken, with the unit that it is likely in; None for one that is.

        Args:
            value: a measurement that is said to be in the unit of the dimension.

        Returns:
            None for a possible value in the plausible range, or a clause that continues the value.

        >>> from quba.dimensions import DIMENSIONS
        >>> DIMENSIONS["parameters_millions"].refusal(25_557_032.0)
        'looks like a count; divide by 1000000'
        >>> DIMENSIONS["adversarial_robustness"].refusal(3.52)
        'looks like per cent; divide by 100'
        >>> DIMENSIONS["accuracy"].refusal(0.761) is None
        True
        """
        violated = self.violation(value)
        low, high = self.plausible
        if violated is None and low <= value <= high:
            return None
        unit, factor = _MISTAKEN_UNITS.get(self.unit, ("", 1))
        # Just beyond the range, a slip is likelier than another unit.
        if math.isfinite(value) and value > _CLEARLY * high and low <= value / factor <= high:
            return f"looks like {unit}; divide by {factor}"
        if violated is not None:
            return f"cannot be: {violated}"
        return f"is outside the plausible range of {low:g} to {high:g} ({self.unit}); check its unit and digits"
