"""How much memory of this process is resident, and the most that was since one began to look; on Linux with glibc."""

import ctypes
import gc
import re
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
# What the kernel takes for "forget the peak"; see proc_pid_clear_refs(5).
_FORGET_PEAK = "5"


class NoPeak(RuntimeError):
    """The system does not tell the peak of a process's memory from some moment on; the message says what it lacks."""


def forget_peak() -> int:
    """Begin to look: the peak is from now on that of what follows.

    Returns:
        Bytes that are resident now.

    Raises:
        NoPeak: the system cannot.
    """
    # What was freed and kept for reuse would be used again without being seen.
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None or not _CLEAR.exists():
        raise NoPeak("the peak of a processor's memory is known on Linux with glibc alone")
    trim(0)
    try:
        _CLEAR.write_text(_FORGET_PEAK)
    except OSError as error:
        raise NoPeak(f"the system does not let a process forget the peak of its memory: {error.strerror}") from None
    return peak()


def peak() -> int:
    """The most bytes that were resident at once since the process began, or since its peak was forgotten.

    Raises:
        NoPeak: the system does not say.
    """
    found = _PEAK.search(_STATUS.read_text(encoding="ascii"))
    if found is None:
        raise NoPeak(f"{_STATUS} does not say the peak of the memory")
    return int(found[1]) * 1024
