"""Whether the collector runs: what is not looked for, nobody sees in an answer."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wellbehaved.garbage import without_collection


def test_within_the_block_nothing_is_looked_for() -> None:
    assert gc.isenabled()
    with without_collection():
        assert not gc.isenabled()
        with without_collection():
            assert not gc.isenabled()
        # Whoever stands around it goes on without.
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_failure_ends_it_too() -> None:
    with pytest.raises(KeyError), without_collection():
        raise KeyError
    assert gc.isenabled()


def test_a_command_that_ranks_looks_for_none_and_leaves_its_objects_to_the_system(study: Path) -> None:
    program = (
        "import atexit, gc, sys; from wellbehaved.cli import main;"
        "atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 0, end=''));"
        "gc.callbacks.append(lambda phase, found: print(phase) if 'backend' in sys.modules else None);"
        "sys.argv[1:] = ['rank', '--limit', '1', '--json']; main()"
    )
    environment = {**os.environ, "WELLBEHAVED_DATA_DIR": str(study)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True, cwd=study
    )
    answer, _, behind = done.stdout.rpartition("}")
    assert "start" not in answer.splitlines()
    assert "True True" in behind
