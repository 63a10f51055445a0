"""A worker learns its device without loading torch."""

import sys

import pytest

from evaluation.worker import device_choice
from evaluation.worker.device_choice import DeviceRefused, chosen_device


def test_a_device_that_works_is_chosen_and_another_is_refused() -> None:
    assert chosen_device("cpu") == "cpu"
    with pytest.raises(DeviceRefused, match="toaster"):
        chosen_device("toaster")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; sys.exit('no torch here')", "failed: no torch here"),
        ("exit(7)", "failed: exit code 7"),
    ],
)
def test_a_look_that_fails_is_no_device(monkeypatch: pytest.MonkeyPatch, program: str, said: str) -> None:
    monkeypatch.setattr(device_choice, "_PROGRAM", (sys.executable, "-c", program))
    with pytest.raises(DeviceRefused, match=said):
        chosen_device(None)
