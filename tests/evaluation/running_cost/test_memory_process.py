import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from evaluation.errors import OutOfMemory
from evaluation.running_cost import memory_process
from evaluation.running_cost.memory_process import ANSWER, NET, ORDER, end_with_caller, grown_by, main
from evaluation.running_cost.resident_memory import NoPeak
from tests.evaluation.running_cost.nets import MEGABYTE, Broken, Buffering, Greedy, Half, Listing, Pooled


@pytest.fixture(autouse=True)
def _process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))


def ordered(folder: Path, net: nn.Module, **said: Any) -> Path:  # noqa: ANN401 - what an order holds
    order = {"batch_size": 2, "shape": [3, 8, 8], "half": False, "threads": torch.get_num_threads(), "path": sys.path}
    torch.save(net, folder / NET)
    (folder / ORDER).write_text(json.dumps(order | said))
    return folder


def answer(folder: Path) -> Any:  # noqa: ANN401 - JSON
    main([str(folder)])
    return json.loads((folder / ANSWER).read_text())


def test_memory_grows_by_what_the_net_takes_for_each_image(tmp_path: Path) -> None:
    # A fifth less would do: the kernel takes pages of files back where others need memory.
    assert grown_by(ordered(tmp_path, Buffering(200))) > 320 * MEGABYTE


def test_the_batch_itself_counts(tmp_path: Path) -> None:
    # Two images of 200 megabytes each, as 32-bit numbers.
    sides = [1, 5000, 10000]
    assert grown_by(ordered(tmp_path, Pooled(), batch_size=2, shape=sides)) > 320 * MEGABYTE


def test_the_precision_is_the_asked_one(tmp_path: Path) -> None:
    assert answer(ordered(tmp_path, Half(), half=True))["missing"] is None
    assert "float32" in answer(ordered(tmp_path, Half()))["missing"]


def test_threads_and_places_of_modules_are_those_of_who_asks(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    try:
        grown_by(ordered(tmp_path, Pooled(), threads=1, path=[*sys.path, "/nowhere"]))
        assert (torch.get_num_threads(), sys.path[-1]) == (1, "/nowhere")
    finally:
        torch.set_num_threads(before)


def test_too_little_memory_is_told_from_other_faults(tmp_path: Path) -> None:
    folder = ordered(tmp_path, Greedy())
    with pytest.raises(OutOfMemory):
        grown_by(folder)
    assert answer(folder) == {"bytes": None, "missing": "out of memory", "ran_out": True}


@pytest.mark.parametrize(
    ("net", "words"),
    [
        (Broken(), "the model failed on a batch of 2: RuntimeError: made for one image"),
        (Listing(), "the model returns list"),
    ],
)
def test_what_fails_is_named(tmp_path: Path, net: nn.Module, words: str) -> None:
    found = answer(ordered(tmp_path, net))
    assert (found["bytes"], found["ran_out"]) == (None, False)
    assert found["missing"].startswith(words)


def test_a_net_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = ordered(tmp_path, Pooled())
    (folder / NET).unlink()
    assert answer(folder)["missing"].startswith("FileNotFoundError: ")


def test_a_system_without_peaks_is_no_fault_of_the_net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise NoPeak("no peak here")

    monkeypatch.setattr(memory_process, "forget_peak", refuse)
    assert answer(ordered(tmp_path, Pooled())) == {"bytes": None, "missing": "no peak here", "ran_out": False}


def test_what_was_measured_is_written_down(tmp_path: Path) -> None:
    found = answer(ordered(tmp_path, Pooled()))
    assert found["bytes"] >= 0
    assert (found["missing"], found["ran_out"]) == (None, False)


def test_it_ends_when_nobody_holds_the_other_end_of_its_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    reading, writing = os.pipe()
    os.close(writing)
    end_with_caller(reading)
    os.close(reading)
    assert ended == [1]
