"""With what a run is carried out: what is refused, and how many processes read."""

import os
import subprocess
import sys

import pytest

from evaluation.engine.means import Means


@pytest.mark.parametrize(("batch_size", "workers", "message"), [(0, 0, "batch size is 0"), (1, -1, "workers is -1")])
def test_means_are_checked(batch_size: int, workers: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Means(batch_size=batch_size, workers=workers)


def test_readers_by_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert Means(device="cuda").reading_processes == 16
    assert Means(device="cpu").reading_processes == 1
    assert Means(device="cpu", workers=3).reading_processes == 3
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert Means(device="cpu").reading_processes == 0


def test_they_load_no_torch() -> None:
    program = "import sys, evaluation.engine.means; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
