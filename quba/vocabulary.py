"""Every closed list of words, and the bounds of every number that a reader may choose, once.

The store checks what comes in against them, REST states them, and client and dashboard read them here. So this file
needs nothing beyond the standard library: whoever imports it loads neither NumPy nor a database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, Literal, TypeAlias, TypeVar, get_args

Number = TypeVar("Number", int, float)

UNKNOWN = "unknown"
"""Of a model's identity: nobody said."""
NONE = "none"
"""Of a model's identity: there is none, such as no special recipe."""


class Protocol(StrEnum):
    """Where attacks happen, what becomes of values from too few images, and whether two defects are reproduced.

    `as-published`: in the transform's normalised output; such values are computed and flagged. `corrected`: in the
    pixels; such values are absent. `as-released`: as published, with the two defects of the study's released program,
    so that it can be tested which published values show them; nothing is ever ranked by such values.
    """

    AS_PUBLISHED = "as-published"
    CORRECTED = "corrected"
    AS_RELEASED = "as-released"


class Precision(StrEnum):
    """Arithmetic of a model while it is measured.

    `fp32`: 32-bit numbers, whose products are exact. `tf32`: their products are rounded to TensorFloat-32 beforehand,
    where the hardware can. `bf16`: products of bfloat16 numbers, with outputs of 32 bits.
    """

    FP32 = "fp32"
    TF32 = "tf32"
    BF16 = "bf16"


class Origin(StrEnum):
    """Where a dimension comes from.

    `built-in`: with the program, which measures it. `facts`: with the program, whose values are facts of a model, known
    or counted without an image and the same on every benchmark. `own`: added by whoever runs it.
    """

    BUILT_IN = "built-in"
    FACTS = "facts"
    OWN = "own"


class Normalisation(StrEnum):
    """How values are standardised before they are weighed."""

    PUBLISHED = "published"
    TRIMMED = "trimmed"
    ZSCORE = "zscore"
    ROBUST = "robust"
    PERCENTILE = "percentile"
    MINMAX = "minmax"
    POOL = "pool"

    @property
    def label(self) -> str:
        """Its name on screen.

        >>> Normalisation.ROBUST.label
        'Median and MAD'
        """
        return _NORMALISATIONS[self][0]

    @property
    def description(self) -> str:
        """One sentence for a reader.

        >>> Normalisation.ROBUST.description
        'Median and median absolute deviation of the current models; extremes hardly move them.'
        """
        return _NORMALISATIONS[self][1]


_NORMALISATIONS: Mapping[Normalisation, tuple[str, str]] = MappingProxyType(
    {
        Normalisation.PUBLISHED: (
            "Published constants",
            "The study's own means and standard deviations; a score stays the same when models are added.",
        ),
        Normalisation.TRIMMED: (
            "Trimmed z-score",
            "The study's rule on the current models: mean and standard deviation without the outer tenths.",
        ),
        Normalisation.ZSCORE: ("Z-score", "Mean and standard deviation of all current models; outliers move them."),
        Normalisation.ROBUST: (
            "Median and MAD",
            "Median and median absolute deviation of the current models; extremes hardly move them.",
        ),
        Normalisation.PERCENTILE: (
            "Percentile",
            "Mid-rank among the current models, ties counted half; distances do not count.",
        ),
        Normalisation.MINMAX: ("Min to max", "0 for the worst and 1 for the best of the current models."),
        Normalisation.POOL: (
            "Z-score with a floor",
            "Mean and standard deviation of the current models, or the norms that were frozen; no standard deviation "
            "counts as less than two typical standard errors or the smallest difference that matters.",
        ),
    }
)


class Estimator(StrEnum):
    """What stands for the difference between two groups."""

    MEAN_DIFFERENCE = "mean_difference"
    HODGES_LEHMANN = "hodges_lehmann"

    @property
    def meaning(self) -> str:
        """One sentence for a reader.

        >>> Estimator.MEAN_DIFFERENCE.meaning
        'Difference of the means; single extreme models can carry it.'
        """
        return _ESTIMATORS[self]


_ESTIMATORS: Mapping[Estimator, str] = MappingProxyType(
    {
        Estimator.MEAN_DIFFERENCE: "Difference of the means; single extreme models can carry it.",
        Estimator.HODGES_LEHMANN: (
            "Median of all differences between a model of one group and one of the other; extremes hardly move it."
        ),
    }
)

PROTOCOLS = tuple(each.value for each in Protocol)
RANKED_PROTOCOLS = (Protocol.AS_PUBLISHED.value, Protocol.CORRECTED.value)
"""Those whose values are ranked and compared; an evaluation that waits in the queue has one of them."""
NORMALISATIONS = tuple(each.value for each in Normalisation)
ESTIMATORS = tuple(each.value for each in Estimator)

ALL_VALUES, SCREENED = QUALITIES = ("all", "screened")
"""Whether flagged values count, or are missing."""
Among: TypeAlias = Literal["filtered", "all"]
FILTERED, ALL_MODELS = AMONG = get_args(Among)
"""Whom an answer about the ranking compares."""
AROUND_WEIGHTS, ANYTHING = AROUND = ("weights", "anything")
"""Where sampled weights lie: near the given ones, or anywhere."""
Pairing: TypeAlias = Literal["backbone", "lineage"]
PAIRINGS: tuple[str, ...] = get_args(Pairing)
"""What the two models of a pair share."""
TableFormat: TypeAlias = Literal["timm", "robustbench", "cost"]
TABLE_FORMATS: tuple[str, ...] = get_args(TableFormat)
"""Whose tables become dimensions of one's own."""
ImportPhase: TypeAlias = Literal["checking", "comparing", "storing"]
CHECKING, COMPARING, STORING = IMPORT_PHASES = get_args(ImportPhase)
"""What happens to a file of results once it has arrived: to itself, beside the store, and in the store."""

NAMES_IN_LABELS = frozenset({"Brier"})
"""People after whom a dimension is named, who keep their capital within a sentence."""

DIMENSION_PACKAGES = "wellbehaved.dimensions"
"""The group of entry points under which installed packages name dimensions."""

CHANCE_LEVEL = "chance-level"
"""Flag of a value that is relative to an accuracy which does not differ significantly from guessing."""

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = EVALUATION_STATES = (
    "queued", "running", "succeeded", "failed", "cancelled",
)  # fmt: skip
FINAL_STATES = (SUCCEEDED, FAILED, CANCELLED)
"""Nothing happens to an evaluation in one of these unless somebody asks for it."""
QUICK, FULL = PHASES = ("quick", "full")
"""An evaluation measures a quick subset first, then all images."""

IDENTITY_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "architecture": ("cnn", "transformer", "vision-language", "b-cos", UNKNOWN),
        "training": ("supervised", "self-supervised", "semi-supervised", "adversarial", UNKNOWN),
        "recipe": ("a1", "a2", "a3", NONE, UNKNOWN),
        "head": ("fine-tuned", "linear-probe", "zero-shot", NONE, UNKNOWN),
        "pretraining_data": ("imagenet-1k", "imagenet-21k", "large", UNKNOWN),
    }
)
"""The words that describe a model, by field; they are what filters accept."""

ALLOWED, REFUSED = "yes", "no"
COMMERCIAL_USE = (ALLOWED, REFUSED, UNKNOWN)
"""Whether the licence of a model's weights allows commercial use, by its own words."""
_LICENCES: Mapping[str, str] = MappingProxyType(
    {
        "apache-2.0": ALLOWED,
        "bsd-3-clause": ALLOWED,
        "mit": ALLOWED,
        "apple-amlr": REFUSED,
        "cc-by-nc-4.0": REFUSED,
    }
)


def commercial_use(licence: str) -> str:
    """Whether a licence allows commercial use: "yes", "no", or "unknown" for every text that is not listed here.

    >>> commercial_use("mit"), commercial_use("cc-by-nc-4.0"), commercial_use("fastvit-license")
    ('yes', 'no', 'unknown')
    """
    return _LICENCES.get(licence, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that is known of a model and is no dimension: it filters and is an axis, and no score can count it.

    Attributes:
        label: its name on screen.
        unit: what it is counted in.
        decimals: digits behind the point on screen.
        description: one sentence for a reader.
    """

    label: str
    unit: str
    decimals: int
    description: str


FACTS: Mapping[str, Fact] = MappingProxyType(
    {"input_size": Fact("Input size", "pixels", 0, "Height and width of the images that the model was measured on.")}
)
"""Such numbers by key. Neither way of the input size is better; counts of its cost are dimensions."""
COST_FIELDS = ("macs_billions", "activations_millions", "input_size")
"""What one image costs a model, and the size of that image: a model has all of them or none."""

SLUG = r"[a-z0-9][a-z0-9._-]{0,99}"
"""The identifier of a model, as a regular expression."""


@dataclass(frozen=True, slots=True)
class Bounds(Generic[Number]):
    """What a number may be.

    Attributes:
        lowest: the smallest one that is accepted, or the limit that it must exceed where `above` is set.
        highest: the largest one that is accepted.
        default: what it is where nobody says.
        above: whether `lowest` itself is refused.
    """

    lowest: Number
    highest: Number
    default: Number
    above: bool = False

    def hold(self, value: int | float) -> bool:
        """Whether a number is accepted; NaN and infinities are not.

        >>> JITTER.hold(0), JITTER.hold(0.001), JITTER.hold(float("nan"))
        (False, True, False)
        """
        return self.lowest <= value <= self.highest and not (self.above and value == self.lowest)


WEIGHT = Bounds(0.0, 1e9, 1.0)
JITTER = Bounds(0.0, 2.0, 0.25, above=True)
"""Standard deviation of the logarithm of each sampled weight's factor."""
NO_JITTER = Bounds(0.0, JITTER.highest, 0.0)
"""The same where certain weights may be asked for too."""
DRAWS = Bounds(100, 20_000, 10_000)
"""Weights that are sampled."""
RESAMPLES = Bounds(100, 20_000, 2_000)
"""Resamples of a bootstrap."""
SEED = Bounds(0, 2**32 - 1, 0)
CONFIDENCE = Bounds(0.5, 0.999, 0.95)
"""Share of the draws that a rank interval holds."""
PAGE_SIZE = Bounds(1, 1000, 50)
"""Models in one answer."""
TOP_K = Bounds(1, PAGE_SIZE.highest, 10)
"""The k of the top k."""
TARGET_RANK = Bounds(1, PAGE_SIZE.highest, 1)
LAYERS = Bounds(1, 20, 1)
"""Layers of Pareto fronts on screen."""
TOLERANCE = Bounds(0.0, 100.0, 0.0)
"""How far behind the front is near it, in standard deviations."""
COMPARED = Bounds(2, 6, 2)
"""Models side by side."""
FRONT_DIMENSIONS = Bounds(2, 4, 2)
"""Dimensions of one Pareto front."""
LONGEST_SEARCH = 200
"""Characters of a search."""
