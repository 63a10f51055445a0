from pathlib import Path

import pytest

from evaluation.running_cost import device_name as source
from evaluation.running_cost.device_name import DeviceRefused, device_name


def test_a_processor_is_called_as_the_system_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nmodel name\t: AMD  EPYC 7763\n\nprocessor\t: 1\nmodel name\t: another\n")
    monkeypatch.setattr(source, "_PROCESSORS", file)
    assert device_name("cpu") == "AMD EPYC 7763"


@pytest.mark.parametrize("text", ["processor\t: 0\nBogoMIPS\t: 50.00\n", "model name\t: \n", None])
def test_a_processor_that_says_nothing_needs_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    file = tmp_path / "cpuinfo"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(source, "_PROCESSORS", file)
    with pytest.raises(DeviceRefused) as refused:
        device_name("cpu", "  ")
    assert refused.value.code == "unnamed_device"
    assert "--device-name" in refused.value.hint
    assert device_name("cpu", " My \n board ") == "My board"


def test_a_gpu_is_called_as_cuda_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.get_device_name", lambda device: f"NVIDIA H100 ({device})")
    assert device_name("cuda:1") == "NVIDIA H100 (cuda:1)"


def test_other_devices_are_refused() -> None:
    with pytest.raises(DeviceRefused, match="cpu and cuda alone") as refused:
        device_name("mps", "Apple M3")
    assert refused.value.code == "unmeasured_device"
