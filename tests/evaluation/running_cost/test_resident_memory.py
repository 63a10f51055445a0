import ctypes
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from evaluation.running_cost import resident_memory
from evaluation.running_cost.resident_memory import NoPeak, forget_peak, peak

MEGABYTE = 1_000_000


def test_the_peak_is_that_since_it_was_forgotten_and_outlives_what_made_it() -> None:
    large = torch.ones(800 * MEGABYTE, dtype=torch.uint8)
    del large
    before = forget_peak()
    # Wide of both sizes: the kernel takes and gives pages of files meanwhile, more of them where others need memory.
    assert peak() - before < 200 * MEGABYTE
    small = torch.ones(400 * MEGABYTE, dtype=torch.uint8)
    del small
    assert peak() - before > 320 * MEGABYTE


@pytest.mark.parametrize("name", ["_CLEAR", "_STATUS"])
def test_a_system_without_peaks_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "status").write_text("VmRSS:\t 100 kB\n")
    monkeypatch.setattr(resident_memory, name, tmp_path / ("absent" if name == "_CLEAR" else "status"))
    with pytest.raises(NoPeak, match="peak"):
        forget_peak()


def test_another_c_library_has_no_known_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    with pytest.raises(NoPeak, match="glibc alone"):
        forget_peak()


def test_a_system_that_lets_no_peak_be_forgotten_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A folder is there and cannot be written to, whoever one is.
    monkeypatch.setattr(resident_memory, "_CLEAR", tmp_path)
    with pytest.raises(NoPeak, match="Is a directory"):
        forget_peak()
