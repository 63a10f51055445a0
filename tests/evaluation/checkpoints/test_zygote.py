import os
import signal
from pathlib import Path

import pytest

from evaluation.checkpoints import zygote
from evaluation.checkpoints.refusal import Reason


def test_a_child_that_says_nothing_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zygote, "_WALL_SECONDS", 0.1)
    reading, writing = os.pipe()
    assert zygote._read_in_time(reading) == b""
    os.write(writing, b"half an ans")
    assert zygote._read_in_time(reading) == b""
    os.close(writing)
    os.close(reading)


def test_a_child_that_crashes_is_a_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def crash(request: dict[str, object], pipe: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(zygote, "_work_and_exit", crash)
    answer = zygote._answer({"path": str(tmp_path)})
    assert answer["code"] == Reason.CHECKER_KILLED
    assert answer["hint"]
