import subprocess
import sys
from pathlib import Path

import pytest

from evaluation.datasets.installation.lock import InstallationBusy, sole_use

_ELSEWHERE = """
import sys
from pathlib import Path
from evaluation.datasets.installation.lock import sole_use
with sole_use(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_is_made_and_held_once(tmp_path: Path) -> None:
    root = tmp_path / "data"
    with sole_use(root), pytest.raises(InstallationBusy, match="Wait until it has ended"), sole_use(root):
        pytest.fail("two held it")
    with sole_use(root):
        assert root.is_dir()


def test_a_program_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _ELSEWHERE, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InstallationBusy), sole_use(tmp_path):
            pytest.fail("two held it")
        other.kill()
        other.wait()
        with sole_use(tmp_path):
            assert True
