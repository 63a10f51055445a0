"""Which device is used, and what is said of one that is not there."""

import pytest
import torch

from evaluation.engine.devices import DeviceMissing, main, usable_device


@pytest.mark.parametrize(("there", "chosen"), [(True, "cuda"), (False, "cpu")])
def test_a_gpu_goes_first(monkeypatch: pytest.MonkeyPatch, there: bool, chosen: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    monkeypatch.setattr(torch, "zeros", lambda *_, **__: None)
    assert usable_device() == chosen


def test_one_that_does_not_exist_is_refused_in_one_line() -> None:
    with pytest.raises(DeviceMissing, match="toaster") as caught:
        usable_device("toaster")
    assert "\n" not in str(caught.value)


def test_the_program_says_it_by_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cpu"]) == 0
    assert capsys.readouterr().out == "cpu\n"
    assert main(["toaster"]) == 2
    assert "toaster" in capsys.readouterr().err
