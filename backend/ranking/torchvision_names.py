"""What is known of torchvision's classifiers without it: their names and weights, the default ones first."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

PREFIX = "torchvision:"
CLASS_COUNT = 1000
"""Classes that all of its weights decide among: ImageNet's."""


def full_name(name: str) -> str | None:
    """The name with its weights, so that two names of the same weights are one; None where torchvision has no such.

    Args:
        name: as somebody wrote it, with the prefix; without weights it stands for torchvision's default ones.

    >>> full_name("torchvision:resnet50"), full_name("torchvision:resnet50/V9")
    ('torchvision:resnet50/IMAGENET1K_V2', None)
    """
    model, _, tag = name.removeprefix(PREFIX).partition("/")
    tags = classifiers().get(model, ())
    chosen = tag or next(iter(tags), "")
    return f"{PREFIX}{model}/{chosen}" if chosen in tags else None


@cache
def classifiers() -> Mapping[str, tuple[str, ...]]:
    """The weights of each classifier by its name, the default ones first."""
    lines = (files("backend.ranking") / "torchvision_weights.txt").read_text(encoding="ascii").splitlines()
    return MappingProxyType({model: tuple(tags) for model, *tags in map(str.split, lines)})
