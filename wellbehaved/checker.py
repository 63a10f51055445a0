"""Whether this installation can check checkpoints; where it can, what does it."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.evaluations.checking import CheckpointCheck

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
