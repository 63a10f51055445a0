"""Which device a run is carried out on; `python -m evaluation.engine.devices` tells those that load no torch."""

import sys

import torch


class DeviceMissing(ValueError):
    """The device that was asked for is not there; the message is torch's own first line."""


def usable_device(wanted: str | None = None) -> str:
    """A device that works here.

    Args:
        wanted: such as "cpu" or "cuda:1"; where absent, a CUDA device if there is one, else the CPU.

    Raises:
        DeviceMissing: the wanted one does not work here.

    >>> usable_device("cpu")
    'cpu'
    """
    chosen = wanted or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.zeros(1, device=chosen)
    except (RuntimeError, ValueError, AssertionError) as error:
        # torch raises several kinds of errors for a device that is not there.
        raise DeviceMissing(str(error).splitlines()[0]) from error
    return chosen


def main(arguments: list[str]) -> int:
    """Print the device, or on the error stream why it does not work; the exit code."""
    try:
        device = usable_device(*arguments)
    except DeviceMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    sys.stdout.write(f"{device}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
