"""A part ends with whoever started it, however that one ended, and is otherwise the program it stands for."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import signal, sys, time
if sys.argv[1] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if sys.argv[1] == "polite":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print(__name__, sys.argv[1:], flush=True)
if sys.argv[1] != "short":
    time.sleep(600)
"""


@pytest.mark.parametrize(("kind", "code"), [("polite", 7), ("plain", -signal.SIGTERM), ("deaf", 1)])
def test_it_ends_with_its_lifeline(tmp_path: Path, kind: str, code: int) -> None:
    (tmp_path / "program.py").write_text(_PROGRAM)
    # A short grace, for the one that does not listen.
    start = "import sys; from wellbehaved import part; part._GRACE_SECONDS = 0.2; part.run('program', sys.argv[1:])"
    with subprocess.Popen(
        [sys.executable, "-c", start, kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stdout.readline() == f"__main__ ['{kind}']\n".encode()
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                running.wait(0.1)
            running.stdin.close()
            assert running.wait(30) == code
        finally:
            running.kill()


def test_it_ends_by_itself_as_ever(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(_PROGRAM)
    words = [sys.executable, "-m", "wellbehaved.part", "program", "short"]
    paths = os.environ | {"PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=paths) as running:
        assert running.wait(30) == 0
