"""Takes the file system from a process but for what it names, by Landlock of Linux. Standard library only.

There is no well-kept library for it; the calls are the same on every machine and fixed for good.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION, _BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_FILE, _TRUNCATE = 1 << 5, 1 << 8, 1 << 14
# By version of the interface: how many rights it knows. What is not named here can be given up nowhere.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_MOST_RIGHTS = 16
# Since version 6: signals to other processes, and sockets without a file.
_SCOPED, _SCOPES = 6, 0b11
# With what torch must know of the processor when it first computes.
_LIBRARIES = ("/usr", "/lib", "/lib64", "/opt", "/proc/cpuinfo", "/sys/devices/system/cpu")


def restrict(*, readable: Iterable[Path], writable: Path | None) -> bool:
    """Give up all files and programs but those beneath the named paths, for good.

    Args:
        readable: files and folders that may still be read; what is not there is passed over.
        writable: folder in which files may still be made, written, renamed and removed.

    Returns:
        Whether the system did so.
    """
    system = ctypes.CDLL(None, use_errno=True).syscall
    version = system(_CREATE, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < 1:
        return False
    known = (1 << _RIGHTS.get(version, _MOST_RIGHTS)) - 1
    # Longer or shorter, as the version wants it: rights on files, on ports (left to others), scopes.
    wanted = struct.pack("=QQQ", known, 0, _SCOPES) if version >= _SCOPED else struct.pack("=Q", known)
    rules = system(_CREATE, wanted, ctypes.c_size_t(len(wanted)), 0)
    if rules < 0:
        return False
    try:
        reading = _READ_FILE | _READ_FOLDER
        for path in readable:
            _allow(system, rules, path, reading & known)
        if writable is not None:
            _allow(system, rules, writable, (reading | _WRITE_FILE | _REMOVE_FILE | _MAKE_FILE | _TRUNCATE) & known)
        return bool(system(_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def libraries(paths: Iterable[str]) -> list[Path]:
    """Where modules and what they are linked with come from.

    Args:
        paths: of Python's modules.
    """
    return [Path(each) for each in (*_LIBRARIES, *paths) if each]


def _allow(system: "ctypes._NamedFuncPointer", rules: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _READ_FILE | _WRITE_FILE | _TRUNCATE
        system(_ADD, rules, _BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)
