"""What a model costs to run, measured: for each batch size the time of a forward pass, and the memory that it needs."""

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import torch
from torch import nn

from evaluation.engine.inference import unless_out_of_memory
from evaluation.engine.stages import Precision
from evaluation.errors import ModelFault
from evaluation.models.tensor_float import tensor_float
from evaluation.running_cost.device_name import device_name
from evaluation.running_cost.forward_pass import forward, model_faults, noise
from evaluation.running_cost.latency import Latency, measured_latency
from evaluation.running_cost.memory_process import OUT_OF_MEMORY
from evaluation.running_cost.peak_memory import ON_CPU, ON_CUDA, PeakMemory, peak_on_cpu, peak_on_cuda

BATCH_SIZES = (1, 64)
PASSES = 50
WARM_UP = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """On what, and how, the cost of models is measured; values of two benches are never compared.

    Attributes:
        device: of torch, such as "cpu" or "cuda:1".
        name: what the device is called.
        threads: that compute on a processor; None on a GPU.
        precision: of the arithmetic.
        batch_sizes: images at once, each measured by itself.
        passes: that are timed.
        warm_up: passes before them.
        versions: of what computes, by library.
    """

    device: str
    name: str
    threads: int | None
    precision: Precision
    batch_sizes: tuple[int, ...]
    passes: int
    warm_up: int
    versions: Mapping[str, str]

    @property
    def memory_method(self) -> str:
        """What is taken for the peak of the memory, in words."""
        return ON_CPU if torch.device(self.device).type == "cpu" else ON_CUDA


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchCost:
    """What batches of one size cost.

    Attributes:
        batch_size: images at once.
        latency: of a forward pass on the batch; None where there is none.
        latency_missing: why there is none; None where there is one.
        memory: the most that a forward pass needed, or why that is not known.
    """

    batch_size: int
    latency: Latency | None
    latency_missing: str | None
    memory: PeakMemory


@dataclass(frozen=True, kw_only=True, slots=True)
class CostProgress:
    """How far the measurement of a cost is.

    Attributes:
        batch_size: images at once, now.
        next_pass: which comes next, from 1, those before the timed ones among them; None while memory is measured.
        passes: how many this batch size has, likewise.
        share: how much of the whole is done, in [0, 1]: passes, each as long as its batch is large.
    """

    batch_size: int
    next_pass: int | None
    passes: int
    share: float


Before: TypeAlias = Callable[[CostProgress], object]
"""Called before each pass, and now and then while another process measures memory; what it raises ends measuring."""


def bench(
    device: str,
    *,
    name: str | None = None,
    precision: Precision = Precision.FP32,
    batch_sizes: Sequence[int] = BATCH_SIZES,
    passes: int = PASSES,
    warm_up: int = WARM_UP,
) -> Bench:
    """A bench on a device of this machine, as it is now.

    Args:
        device: that works here.
        name: what its owner calls it; what it says of itself unless given.
        precision: of the arithmetic.
        batch_sizes: images at once.
        passes: that are timed, 1 or more.
        warm_up: passes before them, 0 or more.

    Raises:
        DeviceRefused: nobody knows what the device is called, or it is none that is measured on.
        ValueError: a number is too small, or a batch size is there twice.
    """
    if not batch_sizes or min(batch_sizes) < 1 or len(set(batch_sizes)) != len(batch_sizes):
        raise ValueError(f"batch sizes are {', '.join(map(str, batch_sizes))}; use different ones of 1 or more.")
    if passes < 1 or warm_up < 0:
        raise ValueError(f"passes are {passes} after {warm_up}; time 1 or more, after 0 or more.")
    called = device_name(device, name)
    on_cpu = torch.device(device).type == "cpu"
    cuda = {} if on_cpu else {"cuda": str(torch.version.cuda)}
    return Bench(
        device=device,
        name=called,
        threads=torch.get_num_threads() if on_cpu else None,
        precision=precision,
        batch_sizes=tuple(batch_sizes),
        passes=passes,
        warm_up=warm_up,
        versions={"torch": str(torch.__version__), **cuda},
    )


def measured_cost(
    net: nn.Module,
    shape: tuple[int, int, int],
    on: Bench,
    *,
    clock: Callable[[], int] = time.perf_counter_ns,
    before: Before = lambda _: None,
) -> tuple[BatchCost, ...]:
    """Measure what a net costs, one batch size after the other; what fails is named, and the rest stands.

    Args:
        net: on the device, in eval mode.
        shape: of an image, channels x height x width.
        on: device, precision and numbers.
        clock: nanoseconds, for tests.
        before: not timed.

    Returns:
        One for each batch size, in the order of the bench.
    """
    # Around all passes, not in each of them, where setting it would be timed, too.
    with tensor_float(enabled=on.precision is Precision.TF32):
        return tuple(_cost(net, size, shape, on, _Timing(clock, _course(on, size, before))) for size in on.batch_sizes)


class _Timing(NamedTuple):
    """The clock, and what is called before each pass with its number, and with None while memory is measured."""

    clock: Callable[[], int]
    before: Callable[[int | None], object]


def _course(on: Bench, size: int, before: Before) -> Callable[[int | None], object]:
    passes = on.warm_up + on.passes
    earlier = sum(on.batch_sizes[: on.batch_sizes.index(size)])

    def report(next_pass: int | None) -> None:
        done = earlier + size * ((next_pass or 1) - 1) / passes
        share = done / sum(on.batch_sizes)
        before(CostProgress(batch_size=size, next_pass=next_pass, passes=passes, share=share))

    return report


def _cost(net: nn.Module, size: int, shape: tuple[int, int, int], on: Bench, timing: _Timing) -> BatchCost:
    timing.before(None)
    # Before anything is timed: what another process takes of the processor would be timed, too.
    memory = _memory(net, size, shape, on, lambda: timing.before(None))
    if memory.ran_out:
        # Here the system would end this process, and the sizes that are measured would be lost.
        return BatchCost(batch_size=size, latency=None, latency_missing=OUT_OF_MEMORY, memory=memory)
    try:
        latency = unless_out_of_memory(lambda: _latency(net, size, shape, on, timing))
        if torch.device(on.device).type == "cuda":
            # The next size begins without what this one kept; after a fault of its own, a GPU takes no call at all.
            with model_faults(size):
                torch.cuda.empty_cache()
    except ModelFault as fault:
        return BatchCost(batch_size=size, latency=None, latency_missing=str(fault), memory=memory)
    missing = OUT_OF_MEMORY if latency is None else None
    return BatchCost(batch_size=size, latency=latency, latency_missing=missing, memory=memory)


def _memory(
    net: nn.Module, size: int, shape: tuple[int, int, int], on: Bench, before: Callable[[], object]
) -> PeakMemory:
    half = on.precision is Precision.BF16
    if torch.device(on.device).type == "cpu":
        return peak_on_cpu(net, size, shape, half=half, before=before)
    try:
        with model_faults(size):
            found = unless_out_of_memory(lambda: peak_on_cuda(net, size, shape, device=on.device, half=half))
    except ModelFault as fault:
        return PeakMemory(megabytes=None, missing=str(fault))
    return found or PeakMemory(megabytes=None, missing=OUT_OF_MEMORY, ran_out=True)


def _latency(net: nn.Module, size: int, shape: tuple[int, ...], on: Bench, timing: _Timing) -> Latency:
    # Around what the device does alone: that somebody stops the measurement, in `before`, is no fault of the model.
    with model_faults(size):
        inputs = noise(size, shape, on.device)

    def wait_for_gpu() -> None:
        with model_faults(size):
            torch.cuda.synchronize(on.device)

    numbers = itertools.count(1)
    return measured_latency(
        lambda: forward(net, inputs, half=on.precision is Precision.BF16),
        warm_up=on.warm_up,
        passes=on.passes,
        wait=(lambda: None) if torch.device(on.device).type == "cpu" else wait_for_gpu,
        clock=timing.clock,
        before=lambda: timing.before(next(numbers)),
    )
