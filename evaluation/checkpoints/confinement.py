"""Takes from a process what the check of a file does not need, and tells what of that was reached.

Standard library only.
"""

import ctypes
import errno
import platform
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

from evaluation.checkpoints.file_rules import restrict

NETWORK_NAMESPACE, SYSTEM_CALL_FILTER = "network namespace", "system call filter"
FILE_RULES, NO_CAPABILITIES, MEMORY_LIMIT = "file rules", "no capabilities", "memory limit"
_NEW_NETWORK = 0x40000000
_NEW_USER = 0x10000000
_SET_FILTER, _NO_NEW_PRIVILEGES, _BY_PROGRAM = 22, 38, 2
_CAPABILITIES_VERSION = 0x20080522
_PROBE_SECONDS = 0.5
_NOWHERE = (errno.EPERM, errno.EACCES, errno.ENETUNREACH)
# By machine: the mark of its system calls, and the numbers of those that reach others: socket, connect, sendto,
# sendmsg, io_uring_setup, ptrace.
_CALLS = {
    "x86_64": (0xC000003E, (41, 42, 44, 46, 425, 101)),
    "aarch64": (0xC00000B7, (198, 203, 206, 211, 425, 117)),
}
_LARGEST_CALL = 0x40000000


def confine(*, readable: Iterable[Path], writable: Path | None = None) -> tuple[str, ...]:
    """Give up, for good, whatever a check of a file does not need and the system lets it give up.

    Args:
        readable: files and folders that may still be read, where files can be given up.
        writable: folder that may still be written.

    Returns:
        What was reached, each believed only when it is seen where it can be: systems allow such calls and do nothing.
    """
    if platform.system() != "Linux":
        return ()
    ctypes.CDLL(None, use_errno=True).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    reached = {
        NETWORK_NAMESPACE: _own_network() and _leads_nowhere(),
        FILE_RULES: restrict(readable=readable, writable=writable),
        NO_CAPABILITIES: _without_capabilities(),
        # Last, for it takes calls; beside a network of its own, because that does not hold sockets that are files.
        SYSTEM_CALL_FILTER: _without_calls() and _lacks_sockets(),
    }
    return tuple(name for name, holds in reached.items() if holds)


def takes_network(reached: Iterable[str]) -> bool:
    """Whether one of the means that take the network was reached."""
    return not {NETWORK_NAMESPACE, SYSTEM_CALL_FILTER}.isdisjoint(reached)


def _own_network() -> bool:
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    return bool(unshare(_NEW_NETWORK) == 0 or unshare(_NEW_USER | _NEW_NETWORK) == 0)


def _without_capabilities() -> bool:
    """A service that runs as root would otherwise hand on what root may do beside reading and writing its own files."""
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITIES_VERSION, 0))
    return bool(ctypes.CDLL(None, use_errno=True).capset(header, ctypes.create_string_buffer(24)) == 0)


def _without_calls() -> bool:
    """Containers that deny a network of one's own still allow this."""
    known = _CALLS.get(platform.machine())
    if known is None:
        return False
    mark, calls = known
    allow, refuse = (0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050000 | errno.EPERM)
    checks = [(0x15, len(calls) - place, 0, call) for place, call in enumerate(calls)]
    steps = [
        (0x20, 0, 0, 4),  # of which machine the call is
        (0x15, 1, 0, mark),
        refuse,
        (0x20, 0, 0, 0),  # which call it is
        (0x35, len(calls) + 1, 0, _LARGEST_CALL),  # a second numbering of the same calls
        *checks,
        allow,
        refuse,
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return bool(prctl(_SET_FILTER, _BY_PROGRAM, header, 0, 0) == 0)


def _leads_nowhere() -> bool:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
            tried.settimeout(_PROBE_SECONDS)
            tried.connect(("127.0.0.1", 9))
    except OSError as error:
        return error.errno in _NOWHERE
    return False


def _lacks_sockets() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    except PermissionError:
        return True
    return False


if __name__ == "__main__":
    import sys

    sys.stdout.write(", ".join(confine(readable=())) + "\n")
