"""Names on screen for the values that the API spells as slugs, and for the fields that hold them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from quba.wording import inline_label as inline_label
from quba.wording import with_isolates

FIELD_LABELS = {
    "architecture": "Architecture",
    "training": "Training",
    "recipe": "Recipe",
    "head": "Head",
    "pretraining_data": "Pre-training data",
    "source_library": "Source of the weights",
    "licence": "Licence of the weights",
    "commercial_use": "Commercial use",
    "flag": "Quality flag",
    "backbone": "Backbone",
    "lineage": "Pre-trained weights",
    "q": "Search",
}

VALUE_LABELS = {
    "cnn": "CNN",
    "transformer": "Transformer",
    "vision-language": "Vision-language",
    "b-cos": "B-cos",
    "supervised": "Supervised",
    "self-supervised": "Self-supervised",
    "semi-supervised": "Semi-supervised",
    "adversarial": "Adversarial",
    "a1": "A1",
    "a2": "A2",
    "a3": "A3",
    "fine-tuned": "Fine-tuned",
    "linear-probe": "Linear probe",
    "zero-shot": "Zero-shot",
    "yes": "Allowed",
    "no": "Not allowed",
    "none": "None",
    "unknown": "Unknown",
    "imagenet-1k": "ImageNet-1k",
    "imagenet-21k": "ImageNet-21k",
    "large": "Larger",
}

BADGES = {
    "self-supervised": "Self-sup.",
    "semi-supervised": "Semi-sup.",
    "imagenet-1k": "IN-1k",
    "imagenet-21k": "IN-21k",
    "large": "Large data",
}

THEME_LABELS = {
    "accuracy": "Accuracy",
    "robustness": "Robustness",
    "calibration": "Calibration",
    "fairness": "Fairness",
    "bias": "Bias",
    "size": "Size",
}

PLUS_MINUS = "The figure after ± is the standard error."

MISSING_LABELS = {
    "not_measured": "not measured",
    "screened": "flagged, screened out",
    "failed": "measurement failed",
    "not_applicable": "does not apply",
    "data_set_missing": "data set missing",
    "zero_clean_accuracy": "no clean image classified correctly",
    "too_few_images": "too few images of a class",
    "no_gradients": "no gradients to attack with",
}


def value_label(value: str) -> str:
    """The name of a filter's value; an unknown one is shown as it is spelt."""
    return VALUE_LABELS.get(value, value)


def badge_label(value: str) -> str:
    """The name of a filter's value where room is short."""
    return BADGES.get(value, value_label(value))


def field_label(name: str) -> str:
    """The name of a filter's field."""
    return FIELD_LABELS.get(name, name)


_ARROWS = re.compile(r"(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S)")


def plain_text(text: str) -> str:
    """Text as Markdown shows it unchanged: names of models come from files, and may hold any sign."""
    # Streamlit draws an arrow for -> after the escapes are gone; what has no width between the signs keeps them apart.
    text = _ARROWS.sub(lambda found: "\N{WORD JOINER}".join(found[0]), text)
    text = with_isolates(text)
    # A colon begins Streamlit's icons and colours, a dollar sign a formula, an ampersand a letter by its name.
    return re.sub(r"([\\`*_{}\[\]<>#|~$:!&])", r"\\\1", text)


def unbroken(text: str) -> str:
    """The text with each per cent sign kept on the line of its number."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def model_count(models: int) -> str:
    """How many models, in words."""
    return "1 model" if models == 1 else f"{models:,} models"


def enumeration(words: Sequence[str]) -> str:
    """Words joined as in speech: a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""
