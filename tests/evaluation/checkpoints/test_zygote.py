import os
import signal
from pathlib import Path

import pytest

from evaluation.checkpoints import zygote
from evaluation.checkpoints.class_names import Outputs
from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.scan import Format
from evaluation.checkpoints.verify import Weights


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


@pytest.mark.parametrize(
    ("reached", "limited", "message"),
    [
        (("network namespace",), True, ""),
        (("system call filter", "file rules"), True, ""),
        (("file rules",), True, "cannot take the network from the check"),
        (("network namespace",), False, "cannot bound the memory of the check"),
        ((), False, "cannot take the network from and bound the memory of the check"),
    ],
)
def test_the_check_is_made_where_it_is_confined_or_that_is_not_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reached: tuple[str, ...], limited: bool, message: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    monkeypatch.setattr(zygote, "_leave_the_parents_pipes", lambda: None)
    monkeypatch.setattr(zygote, "_limit", lambda _: limited)
    monkeypatch.setattr(zygote, "confine", lambda **_: reached)
    weights = Weights(
        form=Format.TORCH, tensors={}, entries={}, weights_key=None, other_keys=(), outputs=Outputs(count=4)
    )
    monkeypatch.setattr(zygote, "check", lambda *_: weights)
    request = {
        "path": str(file), "written": str(tmp_path / "own" / "w"), "architecture": "resnet18", "class_count": 2,
        "classes": [], "weights_key": None, "unconfined": False,
    }  # fmt: skip
    named = ", ".join((*reached, *(["memory limit"] if limited else []))) or "none"
    if message:
        with pytest.raises(CheckpointRefused, match=message):
            zygote._confine_and_check(request)
    else:
        assert zygote._confine_and_check(request)["confinement"] == named
    assert zygote._confine_and_check({**request, "unconfined": True})["confinement"] == named
