import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from evaluation.engine.package_measure import package_values
from evaluation.errors import EvaluationStopped
from quba.dimension import Missing, UndefinedResult
from quba.dimensions import BUILT_IN
from quba.measuring.observations import Measured, Observations
from tests.dimension_package import DOUBT, doubt_of, doubt_with, install

PROBABILITIES = np.tile(np.array([[0.75, 0.25], [0.5, 0.5]], dtype=np.float32), (20, 1))
SEEN = Observations(probabilities=PROBABILITIES, labels=np.tile(np.array([0, 1]), 20))
# Longer than a machine that is busy takes to start a process; a test that does not fail never waits for it.
LONG = 120.0
BLOCKED = "import threading\nthreading.Event().wait()"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "site"
    monkeypatch.syspath_prepend(str(place))
    return place


def why(module: str, folder: Path, seconds: float = LONG) -> str:
    with pytest.raises(UndefinedResult) as undefined:
        package_values(doubt_of(module), "1.5", SEEN, folder=folder, wanted=lambda: True, seconds=seconds)
    assert undefined.value.reason is Missing.FAILED
    return str(undefined.value)


def test_a_package_measures_in_a_process_of_its_own(site: Path, tmp_path: Path) -> None:
    body = (
        "import os\nprint('hello')\n"
        "return Measured(value=0.5, parts={'process': os.getpid()}, sample_count=40, standard_error=0.25)"
    )
    install(site, "measures_apart", doubt_with(body))
    folder = tmp_path / "steps" / "of it"
    measured, replicates = package_values(
        doubt_of("measures_apart"), "1.5", SEEN, folder=folder, wanted=lambda: True, seconds=LONG
    )
    assert (measured.value, measured.standard_error, measured.sample_count) == (0.5, 0.25, 40)
    assert measured.parts["process"] != os.getpid()
    assert replicates is not None
    assert replicates.tolist() == [0.5] * 20
    assert list(folder.iterdir()) == []


def test_probabilities_go_only_to_who_asks_for_them(site: Path, tmp_path: Path) -> None:
    body = (
        "return Measured(value=float(observations.probabilities is None), parts={}, sample_count=1, standard_error=0)"
    )
    source = doubt_with(body).replace('key="doubt"', 'key="doubt", needs_probabilities=False')
    install(site, "measures_without", source)
    known = replace(doubt_of("measures_without"), needs_probabilities=False)
    measured, _ = package_values(known, "1.5", SEEN, folder=tmp_path, wanted=lambda: True, seconds=LONG)
    assert measured.value == 1


def test_a_package_that_raises_is_named(site: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    install(site, "raises_apart", doubt_with("raise RuntimeError('no licence')"))
    assert why("raises_apart", tmp_path) == "The package raises_apart 1.5 raised RuntimeError: no licence."
    assert "doubt has no value: The package raises_apart 1.5" in caplog.text


def test_nothing_of_a_package_is_imported_where_its_answer_is_read(site: Path, tmp_path: Path) -> None:
    # The process that measures has no pytest, and this one has.
    body = (
        "class Note(str): pass\nclass Own(Measured): pass\n"
        "for each in Note, Own:\n    globals()[each.__name__] = each\n    each.__qualname__ = each.__name__\n"
        "return Own(value=0.5, parts={}, sample_count=1, standard_error=None, note=Note('dark'), replicates=(0.5,))"
    )
    guard = "import sys\nif 'pytest' in sys.modules:\n    raise RuntimeError('imported by the run')\n"
    install(site, "derives_its_own", guard + doubt_with(body))
    measured, _ = package_values(
        doubt_of("derives_its_own"), "1.5", SEEN, folder=tmp_path, wanted=lambda: True, seconds=LONG
    )
    assert (type(measured), measured.value, type(measured.note), measured.note) == (Measured, 0.5, str, "dark")
    assert "derives_its_own" not in sys.modules


def test_a_package_that_writes_into_its_answer_is_named(site: Path, tmp_path: Path) -> None:
    body = (
        "import os\nfor each in range(3, 10):\n    try:\n        os.write(each, b'mine')\n"
        "    except OSError:\n        pass\nos._exit(0)"
    )
    install(site, "writes_its_own", doubt_with(body))
    assert why("writes_its_own", tmp_path) == (
        "The package writes_its_own 1.5 ended its process with exit code 0, and its answer cannot be read."
    )


def test_a_package_that_takes_its_process_with_it_is_named(site: Path, tmp_path: Path) -> None:
    install(site, "leaves_early", doubt_with("import os\nos._exit(7)"))
    install(site, "is_killed", doubt_with("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"))
    assert why("leaves_early", tmp_path) == "The package leaves_early 1.5 ended its process with exit code 7."
    assert why("is_killed", tmp_path) == "The package is_killed 1.5 ended its process with signal 9."


def test_a_package_that_blocks_is_named_and_ended(site: Path, tmp_path: Path) -> None:
    install(site, "blocks_apart", doubt_with(BLOCKED))
    said = why("blocks_apart", tmp_path, seconds=1)
    assert said == "The package blocks_apart 1.5 did not come to an end within 1 s."


def test_threads_and_processes_that_a_package_leaves_behind_are_not_waited_for(site: Path, tmp_path: Path) -> None:
    body = (
        "import subprocess, sys, threading\nthreading.Thread(target=threading.Event().wait).start()\n"
        "left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "return Measured(value=0.5, parts={'left': left.pid}, sample_count=1, standard_error=None, replicates=(0.5,))"
    )
    install(site, "leaves_behind", doubt_with(body))
    measured, _ = package_values(
        doubt_of("leaves_behind"), "1.5", SEEN, folder=tmp_path, wanted=lambda: True, seconds=LONG
    )
    assert measured.value == 0.5
    # Far below the time that the process left behind takes to end by itself, so that its own end is not taken for this.
    deadline = time.monotonic() + LONG
    while runs(measured.parts["left"]):
        assert time.monotonic() < deadline, "the process that the package left behind was not ended with its own"
        time.sleep(0.05)


def runs(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_run_that_nobody_wants_ends_at_once(site: Path, tmp_path: Path) -> None:
    install(site, "blocks_unwanted", doubt_with(BLOCKED))
    with pytest.raises(EvaluationStopped):
        package_values(doubt_of("blocks_unwanted"), "1.5", SEEN, folder=tmp_path, wanted=lambda: False, seconds=LONG)


def test_a_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(UndefinedResult) as undefined:
        package_values(doubt_of("not_here"), None, SEEN, folder=tmp_path, wanted=lambda: True)
    assert undefined.value.reason is Missing.NOT_MEASURED
    assert str(undefined.value) == (
        "Doubt is measured by the package not_here, which is not installed where this model was measured. Install it "
        "there with `pip install not_here`, and measure again."
    )


def test_what_no_package_measures_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="accuracy is measured by no package"):
        package_values(BUILT_IN["accuracy"], "1.5", SEEN, folder=tmp_path, wanted=lambda: True)


def test_what_the_package_says_is_known_whole(site: Path, tmp_path: Path) -> None:
    install(site, "says_why", DOUBT.replace("doubt = 1", "raise UndefinedResult(Missing.NOT_APPLICABLE, 'night') #"))
    with pytest.raises(UndefinedResult, match="night") as undefined:
        package_values(doubt_of("says_why"), "1.5", SEEN, folder=tmp_path, wanted=lambda: True, seconds=LONG)
    assert undefined.value.reason is Missing.NOT_APPLICABLE
