"""How a model behaves while it is trained: measured on a quick subset and written to the logger that is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from quba.errors import Refusal
from wellbehaved.profile import Profile

PREFIX = "behaviour"
QUICK_IMAGES_PER_CLASS = 10
"""Clean images of each class in the subset: the fewest that all dimensions take."""

Writer = Callable[[dict[str, float], int | None], object]


def behaviour_values(profile: Profile, prefix: str = PREFIX) -> dict[str, float]:
    """The values of a profile by names as loggers show them, such as "behaviour/accuracy"; missing ones are left out.

    Args:
        profile: of the model as it is now.
        prefix: of every name.
    """
    return {f"{prefix}/{each.dimension}": each.value for each in profile.values if each.value is not None}


def log_profile(profile: Profile, logger: object, *, step: int | None = None, prefix: str = PREFIX) -> None:
    """Write the values of a profile to a logger, whichever it is.

    Args:
        profile: of the model as it is now.
        logger: of Lightning, the module `mlflow`, a run of Weights & Biases, a `SummaryWriter` of TensorBoard, or a
            function of the values by name and the step.
        step: of the training; None for the logger's own count.
        prefix: of every name.

    Raises:
        Refusal: it is none of these.
    """
    _writer(logger)(behaviour_values(profile, prefix), step)


def _writer(logger: object) -> Writer:
    """By what a logger can do, so that none of them has to be installed."""
    # In this order: Lightning's loggers and mlflow have log_metrics beside other methods, and a SummaryWriter has no
    # log.
    known: Mapping[str, Callable[[Any], Writer]] = {
        "log_metrics": lambda each: lambda values, step: each.log_metrics(values, step=step),
        "add_scalar": lambda each: lambda values, step: [each.add_scalar(*pair, step) for pair in values.items()],
        "log": lambda each: lambda values, step: each.log(values, step=step),
    }
    for method, write in known.items():
        if callable(getattr(logger, method, None)):
            return write(logger)
    if callable(logger):
        return logger
    raise Refusal(
        "unknown_logger",
        f"logger is a {type(logger).__name__}, which takes no values.",
        "Pass a logger of Lightning, mlflow, a run of wandb, a SummaryWriter, or a function of values and step.",
    )
