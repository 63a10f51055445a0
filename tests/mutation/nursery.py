"""Run tests in a fork of a process that has the libraries loaded, so that a run costs its tests and no start.

The libraries, numpy to hypothesis, are imported once; the project's own code only in the fork, which ends with
its tests.
"""

import atexit
import gc
import importlib
import json
import math
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import Phase, settings

OWN = {"quba", "evaluation", "backend", "dashboard", "wellbehaved", "migrations", "tests", "conftest"}
PROFILE = "mutants"
# The same examples in every run, and no search for a small one: that a test fails is all that is asked.
settings.register_profile(PROFILE, derandomize=True, phases=(Phase.explicit, Phase.generate))
WITHOUT = ("cacheprovider", "xdist", "pytest_cov", "faulthandler", "unraisableexception")
QUICK = (
    "-x", "-q", "--tb=no", "--assert=plain", f"--hypothesis-profile={PROFILE}", *(f"-pno:{name}" for name in WITHOUT),
)  # fmt: skip
MEMORY_BYTES = 16 * 2**30
"""Of address space. A change can ask for any amount; it then fails instead of the machine."""
CLOCK = 20
"""How many times longer than its seconds of the processor a run may take by the clock, asleep or behind other work."""
_LIBRARIES = "libraries.json"


@dataclass(frozen=True)
class Run:
    """How a run of tests ended.

    Attributes:
        passed: every test passed.
        in_time: it ended by itself.
        seconds: of the processor that it took; by the clock it takes longer on a machine that has other work.
        output: what was printed.
    """

    passed: bool
    in_time: bool
    seconds: float
    output: str


def run_tests(arguments: Sequence[str], patience: float, log: Path, *, name_libraries: bool = False) -> Run:
    """Run pytest in a fork.

    Args:
        arguments: for pytest, beside those that make it quick.
        patience: seconds of the processor after which it is ended, and by the clock so many times as CLOCK says.
        log: file for what it prints.
        name_libraries: leave the names of all that it imported beside the log, for `load_libraries`.
    """
    start = time.monotonic()
    child = os.fork()
    if not child:
        _be_child([*QUICK, *arguments], patience, log, name_libraries)
    ended, status, used = os.wait4(child, os.WNOHANG)
    while not ended and time.monotonic() - start < CLOCK * patience:
        time.sleep(0.005)
        ended, status, used = os.wait4(child, os.WNOHANG)
    # What the tests started must not outlive them.
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not ended:
        _, _, used = os.wait4(child, 0)
    in_time = ended != 0 and not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
    return Run(
        passed=ended != 0 and status == 0,
        in_time=in_time,
        seconds=used.ru_utime + used.ru_stime,
        output=log.read_text("utf-8", "replace"),
    )


def load_libraries(arguments: Sequence[str], log: Path) -> None:
    """Import the libraries that these tests import, so that forks find them loaded."""
    run_tests([*arguments, "--collect-only"], 600, log, name_libraries=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in json.loads(log.with_name(_LIBRARIES).read_text("utf-8")):
            # A name may be a plugin's, or made while running: then the fork imports it as ever.
            with suppress(Exception):
                importlib.import_module(name)
    # Forks then share these pages, and their collections of garbage do not walk them.
    gc.collect()
    gc.freeze()
    # At its end some libraries report what is frozen as leaked.
    atexit.register(gc.unfreeze)


def _be_child(arguments: list[str], patience: float, log: Path, name_libraries: bool) -> None:
    code = 1
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(patience), resource.RLIM_INFINITY))
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        code = int(pytest.main(arguments))
        if name_libraries:
            names = [name for name in sys.modules if name.partition(".")[0] not in OWN]
            log.with_name(_LIBRARIES).write_text(json.dumps(names), "utf-8")
        sys.stdout.flush()
    finally:
        # No handlers of exit: they belong to the process that was forked.
        os._exit(code)
