"""The closed vocabularies that describe a model, and the protocols that measure it. Lists are what filters accept."""

from collections.abc import Mapping
from types import MappingProxyType

PROTOCOLS = ("as-published", "corrected")

VOCABULARIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "architecture": ("cnn", "transformer", "vision-language", "b-cos"),
        "training": ("supervised", "self-supervised", "semi-supervised", "adversarial"),
        "recipe": ("a1", "a2", "a3", "none"),
        "head": ("fine-tuned", "linear-probe", "zero-shot", "none"),
        "pretraining_data": ("imagenet-1k", "imagenet-21k", "large"),
    }
)
