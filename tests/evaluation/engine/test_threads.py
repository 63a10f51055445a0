"""Who gets the cores: the readers where images are waited for, and all of them the model where they are not."""

from collections.abc import Iterator

import pytest
import torch

import evaluation.engine.threads
from evaluation.engine.images import Batch
from evaluation.engine.threads import pace

EMPTY = Batch(None, (), ())


class Clock:
    """A clock that passes only where a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


CLOCK = Clock()


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = torch.get_num_threads()
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    monkeypatch.setattr(evaluation.engine.threads, "time", CLOCK)
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def slowly(count: int, seconds: float) -> Iterator[Batch]:
    for _ in range(count):
        CLOCK.now += seconds
        yield EMPTY


def threads_used(count: int, *, reading: float, computing: float, device: str = "cpu", readers: int = 1) -> list[int]:
    used = []
    for _ in pace(slowly(count, reading), device=device, readers=readers):
        used.append(torch.get_num_threads())
        CLOCK.now += computing
    return used


def test_where_images_are_waited_for_the_readers_get_their_cores() -> None:
    assert threads_used(5, reading=0.05, computing=0.0) == [4, 4, 3, 3, 3]
    assert torch.get_num_threads() == 4


def test_where_the_model_is_waited_for_it_gets_all_cores() -> None:
    assert threads_used(4, reading=0.0, computing=0.05) == [4, 4, 4, 4]


def test_more_readers_than_cores_leave_one_thread() -> None:
    assert threads_used(3, reading=0.05, computing=0.0, readers=9) == [4, 4, 1]


def test_nothing_changes_on_another_device_or_where_no_process_reads() -> None:
    assert threads_used(3, reading=0.05, computing=0.0, device="cuda") == [4, 4, 4]
    assert threads_used(3, reading=0.05, computing=0.0, readers=0) == [4, 4, 4]


def test_a_run_that_ends_early_leaves_the_threads_as_they_were() -> None:
    batches = pace(slowly(5, 0.05), device="cpu", readers=1)
    for _ in range(3):
        next(batches)
    assert torch.get_num_threads() == 3
    del batches
    assert torch.get_num_threads() == 4
