"""The closed vocabularies that describe a model, and the protocols that measure it. Lists are what filters accept.

`unknown` is what nobody said; `none` is that there is none, such as no special recipe.
"""

from collections.abc import Mapping
from types import MappingProxyType

PROTOCOLS = ("as-published", "corrected")

VOCABULARIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "architecture": ("cnn", "transformer", "vision-language", "b-cos", "unknown"),
        "training": ("supervised", "self-supervised", "semi-supervised", "adversarial", "unknown"),
        "recipe": ("a1", "a2", "a3", "none", "unknown"),
        "head": ("fine-tuned", "linear-probe", "zero-shot", "none", "unknown"),
        "pretraining_data": ("imagenet-1k", "imagenet-21k", "large", "unknown"),
    }
)
