"""How fast this machine computes: multiply-accumulates in a second, measured on a ResNet-50 that it runs itself."""

import time
from dataclasses import dataclass
from statistics import median

import timm
import torch

from evaluation.study_facts.costs import cost_of

MEASURED_ON = "resnet50.a1_in1k"
_WARM_UP = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """A measured rate.

    Attributes:
        macs_per_second: multiply-accumulates in a second.
        how: what was run, in one sentence.
    """

    macs_per_second: float
    how: str


def measured_rate(device: str, *, batch_size: int, passes: int) -> Rate:
    """Run a ResNet-50 without weights forward on batches of noise and take the median time.

    Args:
        device: to run on.
        batch_size: images at once, 1 or more.
        passes: batches that are timed, 1 or more; one more goes before.

    Raises:
        ValueError: a number below 1.
    """
    if min(batch_size, passes) < 1:
        raise ValueError(f"batch size {batch_size} and passes {passes} must be 1 or more.")
    cost = cost_of("timm", MEASURED_ON)
    if cost is None:
        raise AssertionError(MEASURED_ON)
    net = timm.create_model(MEASURED_ON).eval().to(device)
    images = torch.rand(batch_size, 3, cost.input_size, cost.input_size, device=device)
    times = []
    with torch.inference_mode():
        for _ in range(_WARM_UP + passes):
            started = time.perf_counter()
            # The answer is copied to the processor, so that a GPU has finished.
            net(images).cpu()
            times.append(time.perf_counter() - started)
    seconds = median(times[_WARM_UP:])
    return Rate(
        macs_per_second=cost.macs * batch_size / seconds,
        how=f"ResNet-50 forward in fp32 on {device}, {cost.input_size} pixels, batches of {batch_size}, median of "
        f"{passes}",
    )
