"""Measures what a model that one holds in Python costs to run, with the passes of `wellbehaved cost`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quba.errors import Refusal
from wellbehaved.evaluation_request import lacking_libraries
from wellbehaved.given_model import Given, hold_module, load_named
from wellbehaved.python_text import saying_next_steps

if TYPE_CHECKING:
    from torch import nn

    from evaluation.models.modules import Held, InputSize
    from evaluation.models.own_transform import PerChannel
    from evaluation.running_cost.model_cost import ModelCost

# torch and timm take seconds to import, so that everything of the evaluation is imported inside the functions.


def measure_cost(  # noqa: PLR0913 - the options of the command, as arguments
    model: "nn.Module | str | Path",
    *,
    device: str | None = None,
    device_name: str | None = None,
    batch_sizes: Sequence[int] = (1, 64),
    precision: str = "fp32",
    passes: int = 50,
    warm_up: int = 5,
    transform: Callable[[Any], Any] | None = None,
    input_size: "InputSize | None" = None,
    mean: "PerChannel | None" = None,
    std: "PerChannel | None" = None,
    name: str | None = None,
    architecture: str | None = None,
    weights_key: str | None = None,
) -> "ModelCost":
    """Measure the latency of a model and the memory that it needs on a device; a module comes back as it was.

    Args:
        model: a module that returns logits, or a name or path, as for `measure()`.
        device: where a module is; for a name a GPU where there is one, unless given.
        device_name: what the device is called, where it does not say so or its owner knows better.
        batch_sizes: images at once, each measured by itself.
        precision: "fp32", "tf32" (on a GPU, products of rounded numbers) or "bf16".
        passes: forward passes that are timed, of which the median is taken.
        warm_up: forward passes before them.
        transform: of a module or program, from a PIL picture to its input, as for `measure()`.
        input_size: of a module's or program's images, such as 224, where its configuration does not say it.
        mean: of its normalisation, likewise.
        std: likewise, what is divided by.
        name: of a module, or of a program; its class and a digest of its weights, or its path, unless given.
        architecture: timm name of the net that a checkpoint with ImageNet's 1,000 classes belongs to.
        weights_key: which of several sets of weights in a checkpoint.

    Where the weights of a name cannot be had, the architecture is measured without them, and `untrained` is true.

    Returns:
        For each batch size median and quartiles in milliseconds, and the peak of the memory in millions of bytes, or
        why they are missing; with the bench that they were measured on, without which they say nothing.

    Raises:
        Refusal: it cannot be measured; the message says why and what to do next.
        ValueError: a number measures nothing.
    """
    said = {
        "transform": transform, "input_size": input_size, "mean": mean, "std": std, "name": name,
        "architecture": architecture, "weights_key": weights_key,
    }  # fmt: skip
    if lacking := lacking_libraries():
        raise Refusal("evaluation_not_installed", *lacking)
    from evaluation.engine.stages import Precision
    from evaluation.running_cost.measured_cost import bench
    from evaluation.running_cost.model_cost import cost_of_model

    given = Given(
        model=model,
        said={key: value for key, value in said.items() if value is not None},
        device=device,
        suite=None,
    )
    if precision not in list(Precision):
        raise ValueError(f"precision is {precision!r}; use one of {', '.join(Precision)}.")

    def cost_of_held(held: "Held") -> "ModelCost":
        on = bench(
            held.device,
            name=device_name,
            precision=Precision(precision),
            batch_sizes=batch_sizes,
            passes=passes,
            warm_up=warm_up,
        )
        return cost_of_model(held.model, on)

    with saying_next_steps():
        return _with_model(given, cost_of_held)


def _with_model(given: Given, measure: "Callable[[Held], ModelCost]") -> "ModelCost":
    from torch import nn

    from evaluation.models.untouched import leaving_untouched

    if not isinstance(given.model, nn.Module):
        return measure(load_named(given, untrained=True))
    with leaving_untouched(given.model):
        return measure(hold_module(given.model, given))
