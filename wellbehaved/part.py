"""Runs a module as a part of another program, which it does not outlive.

`python -P -m wellbehaved.part MODULE ARGUMENT...` is `python -P -m MODULE ARGUMENT...`, but ends when its standard
input does: whoever started it holds the other end, and the system lets go of that also for a program that was killed.
"""

import os
import runpy
import signal
import sys
import threading
import time
from typing import Final

_GRACE_SECONDS: Final = 10.0


def run(module: str, arguments: list[str]) -> None:
    """Run a module as Python's -m does, watched.

    Args:
        module: its name.
        arguments: what it finds behind its name.
    """
    threading.Thread(target=_end_with, args=(sys.stdin.fileno(),), name="lifeline", daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    # As `up` itself ends its parts: asked first.
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
