"""What is known of the timm library's models without it: their classes, and what renamed ones are called today."""

from functools import cache
from importlib.resources import files

# The hub's own addresses of timm's weights; other repositories hold anything at all.
_HUB_PREFIXES = ("hf-hub:timm/", "hf_hub:timm/", "timm/")


def current_name(name: str) -> str:
    """The name that timm has today: without the hub's prefix, and renamed as timm itself would.

    Args:
        name: as somebody wrote it.
    """
    for prefix in _HUB_PREFIXES:
        name = name.removeprefix(prefix)
    return _table("timm_renamed.txt").get(name, name)


def weights_origin(library: str | None, identifier: str | None) -> tuple[str | None, str | None]:
    """Where weights come from, equal for the same weights: timm's under the name that it has for them today.

    >>> weights_origin("torchvision", "alexnet/AlexNet_Weights.IMAGENET1K_V1")
    ('torchvision', 'alexnet/AlexNet_Weights.IMAGENET1K_V1')
    """
    return library, current_name(identifier) if library == "timm" and identifier else identifier


def class_count_of(name: str) -> int | None:
    """How many classes the published weights of this name decide among; None where that is not known."""
    found = _table("timm_class_counts.txt").get(name)
    return None if found is None else int(found)


@cache
def _table(file: str) -> dict[str, str]:
    lines = (files("backend.imports") / file).read_text(encoding="ascii").splitlines()
    return dict(line.split() for line in lines)
