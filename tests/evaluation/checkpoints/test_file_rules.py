"""What is asked of the system, call by call; that it holds is tried in test_confinement.py."""

import os
import struct
from pathlib import Path
from typing import Any

import pytest

from evaluation.checkpoints.file_rules import libraries, restrict

READ, READ_FILE = 0b1100, 0b100
WRITE = 1 << 1 | READ | 1 << 5 | 1 << 8 | 1 << 14


class System:
    """Stands for the kernel: knows a version, and remembers."""

    def __init__(self, version: int, *, refuses: int = 0) -> None:
        self.version, self.refuses = version, refuses
        self.handled = b""
        self.rules: list[tuple[str, int]] = []
        self.restricted = False

    def syscall(self, number: int, *given: Any) -> int:  # noqa: ANN401 - what the call takes
        if number == self.refuses and given[0] is not None:
            return -1
        if number == 444:
            if given[0] is None:
                return self.version
            self.handled = given[0]
            return os.open(os.devnull, os.O_RDONLY)
        if number == 445:
            rights, place = struct.unpack("=Qi", given[2])
            self.rules.append((str(Path(f"/proc/self/fd/{place}").readlink()), rights))
            return 0
        self.restricted = True
        return 0


def asked(monkeypatch: pytest.MonkeyPatch, system: System, folder: Path) -> bool:
    monkeypatch.setattr("evaluation.checkpoints.file_rules.ctypes.CDLL", lambda *_, **__: system)
    (folder / "file").write_text("x")
    (folder / "own").mkdir()
    return restrict(readable=[folder / "file", folder, folder / "absent"], writable=folder / "own")


@pytest.mark.parametrize(
    ("version", "length", "rights"), [(1, 8, 13), (2, 8, 14), (3, 8, 15), (5, 8, 16), (6, 24, 16), (9, 24, 16)]
)
def test_each_version_is_asked_for_what_it_knows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: int, length: int, rights: int
) -> None:
    system = System(version)
    assert asked(monkeypatch, system, tmp_path)
    assert system.restricted
    assert len(system.handled) == length
    assert struct.unpack("=Q", system.handled[:8])[0] == 2**rights - 1
    # A file is no folder to list; what is not there is passed over.
    own = WRITE & (2**rights - 1)
    assert system.rules == [
        (str(tmp_path / "file"), READ_FILE), (str(tmp_path), READ), (str(tmp_path / "own"), own)
    ]  # fmt: skip


@pytest.mark.parametrize(("version", "refuses"), [(-1, 0), (0, 0), (7, 444), (7, 446)])
def test_a_system_without_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: int, refuses: int) -> None:
    system = System(version, refuses=refuses)
    assert not asked(monkeypatch, system, tmp_path)
    assert not system.restricted


def test_libraries_are_the_systems_and_pythons() -> None:
    found = libraries(["", "/somewhere"])
    assert Path("/usr") in found
    assert Path("/somewhere") in found
    assert Path() not in found
