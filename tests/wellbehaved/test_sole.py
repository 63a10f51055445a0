import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from wellbehaved.service_address import noted_service
from wellbehaved.sole import AlreadyUp, held_by, sole_use

_HOLD = """
import pathlib, sys, time
from wellbehaved.sole import sole_use
with sole_use(pathlib.Path(sys.argv[1])) as note:
    note("process 7")
    print(flush=True)
    time.sleep(600)
"""


def test_one_at_a_time_and_the_next_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with sole_use(folder) as note:
        with pytest.raises(AlreadyUp, match="still starting"), sole_use(folder):
            pass
        note("process 1, http://one")
        note("process 1, http://two")
        told = re.escape(f"already serves {folder}: process 1, http://two.")
        with pytest.raises(AlreadyUp, match=told), sole_use(folder):
            pass
    with sole_use(folder):
        pass
    assert (folder / "up.lock").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_service_that_was_noted_is_found_also_while_the_folder_is_held(tmp_path: Path) -> None:
    assert noted_service(tmp_path / "absent") is None
    with sole_use(tmp_path) as note:
        assert noted_service(tmp_path) is None
        note(held_by(os.getpid(), "http://127.0.0.1:1", "http://127.0.0.1:50123"))
        assert noted_service(tmp_path) == "http://127.0.0.1:50123"
    assert noted_service(tmp_path) is None
    assert noted_service(tmp_path / "up.lock") is None


def test_the_note_is_gone_when_its_writer_ends_by_a_fault(tmp_path: Path) -> None:
    use = sole_use(tmp_path)
    use.__enter__()(held_by(os.getpid(), "http://127.0.0.1:1", "http://127.0.0.1:50123"))
    fault = RuntimeError("a part did not start")
    assert not use.__exit__(RuntimeError, fault, None)
    assert noted_service(tmp_path) is None
    assert (tmp_path / "up.lock").read_text() == ""


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(AlreadyUp, match="process 7"), sole_use(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with sole_use(tmp_path) as note:
            note("process 8")
