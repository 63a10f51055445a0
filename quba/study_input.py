"""At which size and crop the study measured weights whose library has others for them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class StudyInput(NamedTuple):
    """How images come to a model.

    Attributes:
        pixels: height and width of what it sees.
        crop: the share of the resized image's side that it sees.
    """

    pixels: int
    crop: float


# The study measures all of these at 224, also those whose own setting is the 160 that they were trained at, with the
# crop of the architecture's base weights.
_TAGS = ("a1_in1k", "a2_in1k", "a3_in1k")
_CROPS: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"), 0.95),
        **dict.fromkeys(("resnet50d", "resnext50_32x4d"), 0.875),
    }
)


def study_input(architecture: str, tag: str) -> StudyInput | None:
    """The size and crop that count for weights of timm in place of its own; None where its own do.

    Args:
        architecture: as timm calls it.
        tag: of the weights, which timm writes behind a point.

    >>> study_input("resnet50", "a3_in1k"), study_input("resnet50", "tv_in1k")
    (StudyInput(pixels=224, crop=0.95), None)
    """
    return StudyInput(224, _CROPS[architecture]) if tag in _TAGS and architecture in _CROPS else None
