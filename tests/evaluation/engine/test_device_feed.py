"""The next batch is on its way while the model works on the one before, and each is waited for before it is used."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from evaluation.engine import device_feed
from evaluation.engine.device_feed import copied_ahead, feed
from evaluation.engine.images import Batch


class Device:
    """Two streams that write down who waits for whom, and what was copied where."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.active = "main"
        self.main, self.side = (self._stream(name) for name in ("main", "side"))

    def _stream(self, name: str) -> Any:  # noqa: ANN401 - stands for a stream of torch
        return SimpleNamespace(name=name, wait_stream=lambda other: self.done.append(f"{name} waits for {other.name}"))

    def Stream(self, device: str) -> Any:  # noqa: ANN401, N802 - as torch has it
        assert device == "cuda:1"
        return self.side

    def current_stream(self, device: str) -> Any:  # noqa: ANN401
        assert device == "cuda:1"
        return self.main

    @contextmanager
    def stream(self, stream: Any) -> Iterator[None]:  # noqa: ANN401
        self.active = stream.name
        yield
        self.active = "main"


def batches(count: int) -> Iterator[Batch]:
    for number in range(count):
        yield Batch(torch.full((2, 3, 4, 4), number, dtype=torch.uint8), (0, 2), (f"{number} is unreadable",))


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    device = Device()
    kept = device_feed._copy

    def copy(batch: Batch, _device: str) -> Batch:
        device.done.append(f"{device.active} copies {batch.unreadable[0][0]}")
        return kept(batch, "cpu")

    monkeypatch.setattr(device_feed, "_copy", copy)
    return device


def test_the_next_batch_travels_while_the_model_works(device: Device) -> None:
    streams: Any = device
    for batch in copied_ahead(batches(3), device="cuda:1", streams=streams):
        assert batch.pixels is not None
        device.done.append(f"model {int(batch.pixels[0, 0, 0, 0])}")
    assert device.done == [
        "main waits for side", "side waits for main", "side copies 0",
        # The model's stream waits for the copy of 0, and that of 1 begins before the model does.
        "main waits for side", "side waits for main", "side copies 1", "model 0",
        "main waits for side", "side waits for main", "side copies 2", "model 1",
        "main waits for side", "model 2",
    ]  # fmt: skip


def test_one_batch_is_held_ahead_and_no_more() -> None:
    taken = []

    def read() -> Iterator[Batch]:
        for number, batch in enumerate(batches(5)):
            taken.append(number)
            yield batch

    stream = copied_ahead(read(), device="cpu", streams=torch.cpu)
    next(stream)
    assert taken == [0, 1]
    next(stream)
    assert taken == [0, 1, 2]


@pytest.mark.parametrize("full_at", [0, 2, 4])
def test_where_a_copy_runs_out_of_memory_batches_come_as_they_were_read(
    device: Device, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, full_at: int
) -> None:
    copied: list[int] = []
    kept = device_feed._copy

    def copy(batch: Batch, to: str) -> Batch:
        copied.append(int(batch.unreadable[0][0]))
        if copied[-1] == full_at:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
        return kept(batch, to)

    streams: Any = device
    given = list(batches(5))
    monkeypatch.setattr(device_feed, "_copy", copy)
    with caplog.at_level(logging.WARNING):
        found = list(copied_ahead(given, device="cuda:1", streams=streams))
    assert [each.unreadable for each in found] == [each.unreadable for each in given]
    # The one that did not fit is not tried again, and none behind it is.
    assert copied == list(range(full_at + 1))
    assert [each is read for each, read in zip(found, given, strict=True)] == [n >= full_at for n in range(5)]
    assert caplog.messages == [
        "memory ran out on cuda:1: from here on no batch is copied ahead; the values are the same."
    ]
    # What was copied before is waited for before it is handed over.
    assert device.done.count("main waits for side") == full_at + 1


def test_another_fault_of_a_copy_is_raised(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    def copy(_batch: Batch, _to: str) -> Batch:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    streams: Any = device
    monkeypatch.setattr(device_feed, "_copy", copy)
    with pytest.raises(RuntimeError, match="illegal memory access"):
        list(copied_ahead(batches(2), device="cuda:1", streams=streams))


@pytest.mark.parametrize("count", [0, 1, 4])
def test_nothing_is_lost_or_changed(count: int) -> None:
    found = list(copied_ahead(batches(count), device="cpu", streams=torch.cpu))
    for there, here in zip(found, batches(count), strict=True):
        assert there.pixels is not None
        assert here.pixels is not None
        assert torch.equal(there.pixels, here.pixels)
        assert (there.readable, there.unreadable, there.remarks) == (here.readable, here.unreadable, here.remarks)


def test_a_batch_in_which_nothing_could_be_read_travels_as_such() -> None:
    empty = Batch(None, (), ("broken",))
    assert list(copied_ahead([empty], device="cpu", streams=torch.cpu)) == [empty]


def test_on_a_cpu_batches_are_handed_on_as_they_come() -> None:
    given = list(batches(2))
    found = list(feed(iter(given), device="cpu"))
    assert all(one is other for one, other in zip(found, given, strict=True))


def test_elsewhere_they_are_copied_by_the_streams_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    # The other device that torch has everywhere: it keeps shapes and no numbers.
    monkeypatch.setattr(torch, "get_device_module", {"meta": torch.cpu}.__getitem__)
    (found,) = feed(batches(1), device="meta")
    assert found.pixels is not None
    assert found.pixels.device.type == "meta"
