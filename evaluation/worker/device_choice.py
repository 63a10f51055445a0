"""The device of a worker, found out by a process that ends at once: a worker that waits holds no torch."""

import subprocess
import sys
from typing import Final

# Without -P, Python would look for modules in the working folder first, whose files may be anybody's.
_PROGRAM: Final = (sys.executable, "-P", "-m", "evaluation.engine.devices")
_DEVICE_IS_MISSING: Final = 2


class DeviceRefused(ValueError):
    """The device cannot be used; the message says why."""


def chosen_device(wanted: str | None) -> str:
    """A device that works here.

    Args:
        wanted: such as "cpu" or "cuda:1"; where absent, a CUDA device if there is one, else the CPU.

    Raises:
        DeviceRefused: the wanted one does not work here, or torch cannot be loaded.
    """
    asked = () if wanted is None else (wanted,)
    done = subprocess.run([*_PROGRAM, *asked], capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
    if done.returncode == 0:
        return done.stdout.strip()
    lines = done.stderr.strip().splitlines()
    if done.returncode == _DEVICE_IS_MISSING and lines:
        raise DeviceRefused(lines[-1])
    why = lines[-1] if lines else f"exit code {done.returncode}"
    raise DeviceRefused(f"the look for devices failed: {why}")
