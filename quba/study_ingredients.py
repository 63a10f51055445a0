"""What the study's nine values are made of: a value that is made of something else is another quantity."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

AFTER_AN_ATTACK = (
    "adversarial_robustness",
    "corruption_robustness",
    "ood_robustness",
    "calibration_error",
    "class_balance",
)
"""What the study's program measures behind an attack, which leaves the network in training mode there."""


class StudyIngredients(NamedTuple):
    """What one of the nine values is made of.

    Attributes:
        digest: of the corruptions, severities, attacks with their settings and data sets, as every measurement keeps
            it; None for what is counted and not measured on images.
        image_count: the images that the value rests on where all of them are measured; None where that is not one
            number, as for shape bias, which counts the images that the model decides by either cue.
    """

    digest: str | None
    image_count: int | None


_CLEAN = "e64e666f439809ea6fc696203953dd7d070e985cf3b94da183f573679c4b5c61"

# The digests that `evaluation.engine.ingredients` makes of the study's benchmark; a test of that file holds them equal.
# They are written down because the service knows nothing of the evaluation.
STUDY_INGREDIENTS: Mapping[str, StudyIngredients] = MappingProxyType(
    {
        "accuracy": StudyIngredients(_CLEAN, 50_000),
        "adversarial_robustness": StudyIngredients(
            "a056878cd6ea7530b52c3dcbcf8d23c6531ac068458ba24378cd949a3d5207da", 50_000
        ),
        # 15 corruptions in 5 strengths of all clean images.
        "corruption_robustness": StudyIngredients(
            "3516d36667abbed085a72543b401466fa562bf0c52d08cf50f17a551bb7b5f7d", 75 * 50_000
        ),
        # ImageNet-R, and the four 16-class sets of 160, 160, 800 and 800 images.
        "ood_robustness": StudyIngredients("af0696f9f7d452b0965e62d65fcdd332096f4496cd2578f71ed35886ebd7b6bc", 31_920),
        "calibration_error": StudyIngredients(_CLEAN, 50_000),
        "class_balance": StudyIngredients(_CLEAN, 50_000),
        # Two sets of 4,050 images.
        "object_focus": StudyIngredients("1dc7bf67ecaa002f088be43ceae72361e48da40faee241619a373363a31cb7a3", 8_100),
        "shape_bias": StudyIngredients("c118b76584236b0190e1c33dd2b0c0f6f8dd421709a99b3a249fe2275dc5be73", None),
        "parameters_millions": StudyIngredients(None, None),
    }
)
"""By dimension, in the study's order."""
