"""What is doubtful about values, and which values each doubt touches. Shown beside them, never hidden."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.measuring.sample_size import FEW_IMAGES
from quba.study_ingredients import AFTER_AN_ATTACK
from quba.vocabulary import CHANCE_LEVEL

DEFECT_FLAGS = ("train-mode", "train-mode-mild", "double-softmax")
"""Those that say of a value that it shows a defect of the study's program, which the protocol as-released has too."""
_FROM_PROBABILITIES = ("calibration_error", "class_balance")
_OUR_READING = "This is this project's reading of the figures, not a statement by the study's authors."


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """A doubt about a figure, published or measured here.

    Attributes:
        key: its name in the data.
        label: its name on screen.
        meaning: what it says, for a reader who has not seen the study.
        dimensions: whose values it can touch; none for a doubt about the label. For `outlier` the model decides.
    """

    key: str
    label: str
    meaning: str
    dimensions: tuple[str, ...]


_ALL = (
    Flag(
        key="train-mode",
        label="Measured in training mode",
        meaning=(
            "The five values that follow an attack in the study's program look as if batch normalisation was still in "
            "training mode, so that each prediction depended on the other images of its batch: corruption robustness "
            f"is .02 to .19 where related models have about .5. {_OUR_READING}"
        ),
        dimensions=AFTER_AN_ATTACK,
    ),
    Flag(
        key="train-mode-mild",
        label="Perhaps measured in training mode",
        meaning=(
            "Only the classification head has batch normalisation, so the same five values may be off by a little for "
            f"the same cause as under “Measured in training mode”. {_OUR_READING}"
        ),
        dimensions=AFTER_AN_ATTACK,
    ),
    Flag(
        key="double-softmax",
        label="Softmax applied twice",
        meaning=(
            "Calibration error and class balance look computed from probabilities that went through softmax a second "
            "time. That flattens every prediction: calibration then appears poor and class balance good, whatever the "
            f"model does. {_OUR_READING}"
        ),
        dimensions=_FROM_PROBABILITIES,
    ),
    Flag(
        key="outlier",
        label="Far from its siblings",
        meaning=(
            "One or two values of this model lie far from those of models of the same family and size, which suggests "
            f"a slip in measuring or copying. Which values it concerns differs by model. {_OUR_READING}"
        ),
        dimensions=AFTER_AN_ATTACK,
    ),
    Flag(
        key="label-corrected",
        label="Name corrected",
        meaning=(
            "The name on the study's page contradicts the model's size or accuracy, so it is listed here under "
            f"the name that fits them; its values are as published. {_OUR_READING}"
        ),
        dimensions=(),
    ),
    Flag(
        key=FEW_IMAGES,
        label="Measured on few images",
        meaning=(
            "Some class had fewer images than the dimension asks for (15 for calibration error, 10 for class balance), "
            "so that the value says more about the sample than about the model. The protocol as-published computes it "
            "all the same; under corrected it is missing. This flag is set when a model is measured here."
        ),
        dimensions=tuple(key for key, each in DIMENSIONS.items() if each.fewest_images_per_class > 1),
    ),
    Flag(
        key=CHANCE_LEVEL,
        label="At chance level",
        meaning=(
            "The accuracy of this model does not differ significantly from guessing (one-sided binomial test on its "
            "images and classes, 0.1 %). What is relative to such an accuracy, or counts such decisions, says nothing "
            "about the model: a network of random weights looks robust, because it has nothing to lose."
        ),
        dimensions=tuple(key for key, each in DIMENSIONS.items() if each.empty_at_chance),
    ),
)
FLAGS: Mapping[str, Flag] = MappingProxyType({flag.key: flag for flag in _ALL})

# From the notes in published_scores.csv, which say of each such model what is out of family.
_OUTLIERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "efficientnet-b0": ("corruption_robustness",),
        "efficientnet-v2-s": ("ood_robustness",),
        "efficientnet-v2-s-21k": ("ood_robustness",),
        "efficientnet-v2-m-21k": ("ood_robustness",),
        "efficientnet-v2-l-21k": ("ood_robustness",),
        "clip-openai-rn50": ("adversarial_robustness", "class_balance"),
        "clip-openai-l14": ("adversarial_robustness", "calibration_error"),
    }
)


def touched_dimensions(flag: str, model_id: str) -> tuple[str, ...]:
    """The dimensions whose value of this model a flag doubts; all of the study's for an outlier nobody described.

    Raises:
        KeyError: there is no such flag.
    """
    if flag == "outlier":
        return _OUTLIERS.get(model_id, STUDY_DIMENSIONS)
    return FLAGS[flag].dimensions


def value_flags(flags: Iterable[str], model_id: str) -> dict[str, tuple[str, ...]]:
    """For each dimension the flags on its value; dimensions without a flag are left out."""
    touched: dict[str, tuple[str, ...]] = {}
    for flag in flags:
        for dimension in touched_dimensions(flag, model_id):
            touched[dimension] = (*touched.get(dimension, ()), flag)
    return touched


def label_flags(flags: Iterable[str]) -> tuple[str, ...]:
    """The flags that are about the name of a model and not about a value."""
    return tuple(flag for flag in flags if not FLAGS[flag].dimensions)
