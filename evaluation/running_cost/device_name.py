"""What the device is called that something is measured on: a time without it says nothing."""

import re
from pathlib import Path

import torch

from quba.errors import Refusal

_PROCESSORS = Path("/proc/cpuinfo")
_MODEL_NAME = re.compile(r"^model name\s*:\s*(\S.*)$", re.MULTILINE)
_KINDS = ("cpu", "cuda")


class DeviceRefused(Refusal):
    """What a model costs cannot be measured on this device, or nobody knows what the device is called."""


def device_name(device: str, said: str | None = None) -> str:
    """What a device is called by whoever made it, such as "NVIDIA H100 80GB HBM3".

    Args:
        device: of torch, such as "cpu" or "cuda:1".
        said: what its owner calls it, in the place of what it says of itself.

    Raises:
        DeviceRefused: `unmeasured_device` for another kind than cpu and cuda; `unnamed_device` where a processor says
            nothing of itself and neither did its owner.

    >>> device_name("cpu", "AMD EPYC 7763")
    'AMD EPYC 7763'
    """
    kind = torch.device(device).type
    if kind not in _KINDS:
        raise DeviceRefused(
            "unmeasured_device",
            f"device is {device!r}; what a model costs is measured on {' and '.join(_KINDS)} alone.",
            "Use --device cpu.",
        )
    if said is not None and said.strip():
        return " ".join(said.split())
    if kind == "cuda":
        return str(torch.cuda.get_device_name(device))
    found = _MODEL_NAME.search(_PROCESSORS.read_text(encoding="utf-8")) if _PROCESSORS.is_file() else None
    if found is None:
        raise DeviceRefused(
            "unnamed_device",
            "the processor does not say what it is called, and a time is worth nothing without its device.",
            '`wellbehaved cost` takes its name, such as --device-name "Apple M3".',
        )
    return " ".join(found[1].split())
