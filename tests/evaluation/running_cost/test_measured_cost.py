import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from evaluation.engine.stages import Precision
from evaluation.errors import EvaluationStopped, ModelRefused
from evaluation.models.tensor_float import EXACT, ROUNDED, Rounding, rounding_of_products
from evaluation.running_cost import measured_cost as source
from evaluation.running_cost import peak_memory
from evaluation.running_cost.device_name import DeviceRefused
from evaluation.running_cost.forward_pass import noise
from evaluation.running_cost.latency import Latency
from evaluation.running_cost.measured_cost import Bench, CostProgress, bench, measured_cost
from evaluation.running_cost.peak_memory import ON_CPU, ON_CUDA, PeakMemory
from tests.evaluation.running_cost.nets import Broken, Ended, Formatless, Greedy, Half, Listing, Pooled, Sleeping

SHAPE = (3, 8, 8)


def small(**said: Any) -> Bench:  # noqa: ANN401 - the arguments of `bench`
    return bench("cpu", **{"name": "Bench of the tests", "batch_sizes": (1, 2), "passes": 3, "warm_up": 1, **said})


@pytest.fixture
def without_memory(monkeypatch: pytest.MonkeyPatch) -> PeakMemory:
    """What is timed alone: no process is started for the memory."""
    known = PeakMemory(megabytes=1.0)
    monkeypatch.setattr(source, "peak_on_cpu", lambda *_, **__: known)
    return known


def test_a_bench_says_on_what_and_how_it_measures() -> None:
    found = bench("cpu", name="AMD EPYC 7763")
    assert (found.name, found.threads, found.precision) == ("AMD EPYC 7763", torch.get_num_threads(), Precision.FP32)
    assert (found.batch_sizes, found.passes, found.warm_up) == ((1, 64), 50, 5)
    assert found.versions == {"torch": str(torch.__version__)}
    assert found.memory_method == ON_CPU


def test_a_bench_with_a_gpu_names_cuda_and_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.get_device_name", lambda _: "NVIDIA H100")
    monkeypatch.setattr("torch.version.cuda", "13.2")
    found = bench("cuda")
    assert (found.name, found.threads, found.versions["cuda"]) == ("NVIDIA H100", None, "13.2")
    assert found.memory_method == ON_CUDA


@pytest.mark.parametrize(
    "said", [{"batch_sizes": ()}, {"batch_sizes": (0, 1)}, {"batch_sizes": (1, 1)}, {"passes": 0}, {"warm_up": -1}]
)
def test_numbers_that_measure_nothing_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"use different ones of 1 or more|time 1 or more"):
        small(**said)


def test_a_bench_needs_a_device_that_is_measured_on() -> None:
    with pytest.raises(DeviceRefused):
        bench("mps", name="Apple M3")


def test_each_batch_size_has_its_time_and_its_memory(without_memory: PeakMemory) -> None:
    # Batches of one image take 2, 4 and 9 milliseconds, those of two 10, 20 and 30.
    ticks = itertools.accumulate([0, 2, 0, 4, 0, 9, 0, 10, 0, 20, 0, 30])
    one, two = measured_cost(Pooled(), SHAPE, small(), clock=lambda: next(ticks) * 1_000_000)
    assert (one.batch_size, two.batch_size) == (1, 2)
    assert one.latency == Latency(median_ms=4.0, lower_quartile_ms=3.0, upper_quartile_ms=6.5)
    assert two.latency == Latency(median_ms=20.0, lower_quartile_ms=15.0, upper_quartile_ms=25.0)
    assert (one.memory, two.memory) == (without_memory, without_memory)
    assert (one.latency_missing, two.latency_missing) == (None, None)


def test_a_net_that_sleeps_takes_at_least_that_long(without_memory: PeakMemory) -> None:
    (found,) = measured_cost(Sleeping(0.01), SHAPE, small(batch_sizes=(1,)))
    assert found.latency is not None
    assert found.latency.lower_quartile_ms >= 10


def test_every_pass_sees_the_same_batch(without_memory: PeakMemory) -> None:
    sizes: list[int] = []

    class Counting(Pooled):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            sizes.append(len(images))
            return super().forward(images)

    measured_cost(Counting(), SHAPE, small())
    assert sizes == [1] * 4 + [2] * 4


@pytest.mark.parametrize(
    ("net", "words"),
    [
        (Greedy(), "out of memory"),
        (Broken(), "the model failed on a batch of 2: RuntimeError: made for one image"),
    ],
)
def test_a_size_that_fails_is_named_and_the_rest_stands(net: nn.Module, words: str, without_memory: PeakMemory) -> None:
    one, two = measured_cost(net, SHAPE, small())
    assert one.latency is not None
    assert (two.latency, two.latency_missing) == (None, words)


@pytest.mark.parametrize("passes_before", [1, 3])
def test_a_stop_between_the_passes_ends_the_measurement(without_memory: PeakMemory, passes_before: int) -> None:
    """One in the warm-up of the last size, one amid the passes that are timed: neither is a fault of the model."""
    done: list[int] = []

    class Counting(Pooled):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            done.append(len(images))
            return super().forward(images)

    def stop_amid_batches_of_two(_: CostProgress) -> None:
        if done.count(2) == passes_before:
            raise EvaluationStopped("enough")

    with pytest.raises(EvaluationStopped, match="enough"):
        measured_cost(Counting(), SHAPE, small(warm_up=2), before=stop_amid_batches_of_two)
    assert done == [1] * 5 + [2] * passes_before


def test_how_far_it_is_counts_passes_by_their_images(without_memory: PeakMemory) -> None:
    seen: list[CostProgress] = []
    measured_cost(Pooled(), SHAPE, small(batch_sizes=(1, 3), warm_up=1, passes=1), before=seen.append)
    assert [(each.batch_size, each.next_pass, each.passes, each.share) for each in seen] == [
        (1, None, 2, 0.0), (1, 1, 2, 0.0), (1, 2, 2, 0.125), (3, None, 2, 0.25), (3, 1, 2, 0.25), (3, 2, 2, 0.625),
    ]  # fmt: skip


def test_words_about_memory_are_no_lack_of_it(without_memory: PeakMemory) -> None:
    (found,) = measured_cost(Formatless(), SHAPE, small(batch_sizes=(1,)))
    assert found.latency_missing == (
        "the model failed on a batch of 1: RuntimeError: unsupported memory format option for 1 images"
    )


def test_what_returns_no_logits_has_neither_time_nor_memory() -> None:
    (found,) = measured_cost(Listing(), SHAPE, small(batch_sizes=(1,)))
    assert "returns list" in str(found.latency_missing)
    assert "returns list" in str(found.memory.missing)


def test_a_size_that_ended_another_process_is_not_run_in_this_one() -> None:
    (found,) = measured_cost(Ended(), SHAPE, small(batch_sizes=(1,)))
    assert (found.latency, found.latency_missing) == (None, "out of memory")
    assert found.memory.ran_out


def test_the_precision_is_the_asked_one(without_memory: PeakMemory) -> None:
    (found,) = measured_cost(Half(), SHAPE, small(batch_sizes=(1,), precision=Precision.BF16))
    assert found.latency is not None
    (found,) = measured_cost(Half(), SHAPE, small(batch_sizes=(1,)))
    assert "float32" in str(found.latency_missing)


@pytest.mark.parametrize(("precision", "rounding"), [(Precision.FP32, EXACT), (Precision.TF32, ROUNDED)])
def test_products_are_rounded_for_tf32_alone_and_nothing_stays_switched(
    without_memory: PeakMemory, precision: Precision, rounding: Rounding
) -> None:
    seen: list[Rounding] = []

    class Seeing(Pooled):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            seen.append(rounding_of_products())
            return super().forward(images)

    before = rounding_of_products()
    measured_cost(Seeing(), SHAPE, small(batch_sizes=(1,), precision=precision))
    assert set(seen) == {rounding}
    assert rounding_of_products() == before


@pytest.fixture
def as_if_on_cuda(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for a GPU, which no machine of the tests has: the processor computes, and CUDA's calls are noted."""
    calls: list[str] = []
    for name in ("synchronize", "empty_cache"):
        monkeypatch.setattr(torch.cuda, name, lambda *_, name=name: calls.append(name))
    monkeypatch.setattr("torch.cuda.get_device_name", lambda _: "NVIDIA H100")
    monkeypatch.setattr(source, "noise", lambda size, shape, _: noise(size, shape, "cpu"))
    return calls


def test_a_gpu_is_waited_for_before_and_after_each_pass_and_emptied_after_each_size(
    as_if_on_cuda: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "peak_on_cuda", lambda *_, **__: PeakMemory(megabytes=3.0))
    found = measured_cost(Pooled(), SHAPE, bench("cuda", batch_sizes=(1, 2), passes=2, warm_up=0))
    assert [each.memory.megabytes for each in found] == [3.0, 3.0]
    assert as_if_on_cuda == [*["synchronize"] * 4, "empty_cache"] * 2


def raising(error: Exception) -> Callable[..., PeakMemory]:
    def refuse(*_: object, **__: object) -> PeakMemory:
        raise error

    return refuse


def test_a_gpu_that_is_too_small_is_said(as_if_on_cuda: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "peak_on_cuda", raising(torch.OutOfMemoryError()))
    (found,) = measured_cost(Pooled(), SHAPE, bench("cuda", batch_sizes=(1,), passes=1, warm_up=0))
    assert (found.latency, found.latency_missing, found.memory.missing) == (None, "out of memory", "out of memory")


def test_a_net_that_fails_on_a_gpu_is_named_and_ends_nothing(
    as_if_on_cuda: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("reset_peak_memory_stats", "memory_allocated", "max_memory_allocated"):
        monkeypatch.setattr(torch.cuda, name, lambda *_: 0)
    monkeypatch.setattr(peak_memory, "noise", lambda size, shape, _: noise(size, shape, "cpu"))
    one, two = measured_cost(Broken(), SHAPE, bench("cuda", batch_sizes=(1, 2), passes=1, warm_up=0))
    assert (one.memory.missing, one.latency_missing) == (None, None)
    assert two.memory == PeakMemory(
        megabytes=None, missing="the model failed on a batch of 2: RuntimeError: made for one image"
    )
    assert two.latency_missing == two.memory.missing


def test_what_a_gpu_says_later_is_the_model_s_fault_and_ends_nothing(
    as_if_on_cuda: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index beyond a table fails while the pass is long over, and from then on every call does."""
    for call in ("synchronize", "empty_cache"):
        monkeypatch.setattr(torch.cuda, call, raising(RuntimeError("CUDA error: device-side assert")))
    monkeypatch.setattr(peak_memory, "noise", lambda size, shape, _: noise(size, shape, "cpu"))
    found = measured_cost(Pooled(), SHAPE, bench("cuda", batch_sizes=(1, 2), passes=1, warm_up=0))
    for each in found:
        said = f"the model failed on a batch of {each.batch_size}: RuntimeError: CUDA error: device-side assert"
        assert (each.latency, each.latency_missing, each.memory.megabytes, each.memory.missing) == (
            None, said, None, said,
        )  # fmt: skip
    assert [each.batch_size for each in found] == [1, 2]


def test_a_net_that_is_refused_on_a_gpu_has_the_reason(
    as_if_on_cuda: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "peak_on_cuda", raising(ModelRefused("not this one")))
    (found,) = measured_cost(Pooled(), SHAPE, bench("cuda", batch_sizes=(1,), passes=1, warm_up=0))
    assert found.memory.missing == "not this one"
    assert found.latency is not None
