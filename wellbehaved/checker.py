"""Whether this installation can check checkpoints and look at images; where it can, what does it."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from backend.evaluations.checking import CheckpointCheck
    from backend.evaluations.inspecting import BenchmarkInspection
    from backend.evaluations.listing import ImageListing

# Looked for and not imported: torch alone takes seconds.
_NEEDED = ("torch", "timm", "safetensors")


def can_evaluate() -> bool:
    """Whether the extra `evaluation` is installed."""
    return all(find_spec(name) is not None for name in _NEEDED)


def installed_checker(*, unconfined: bool = False) -> "CheckpointCheck | None":
    """The check of checkpoints, which loads nothing until it is used; None without the extra `evaluation`."""
    if not can_evaluate():
        return None
    from evaluation.checkpoints.confined_check import ConfinedCheck

    return ConfinedCheck(unconfined=unconfined)


def installed_inspection(cache: "Path") -> "BenchmarkInspection | None":
    """What looks at folders of images, in a process of its own; None without the extra `evaluation`.

    Args:
        cache: folder in which the files' digests are kept.
    """
    if not can_evaluate():
        return None
    from evaluation.own_data.inspection import FolderInspection

    return FolderInspection(cache)


def installed_listing(data: "Path", cache: "Path") -> "ImageListing | None":
    """What lists the images of a benchmark, in a process of its own; None without the extra `evaluation`.

    Args:
        data: folder of the data sets.
        cache: folder in which the files' digests are kept.
    """
    if not can_evaluate():
        return None
    from evaluation.own_data.image_listing import ProcessListing

    return ProcessListing(data, cache)
