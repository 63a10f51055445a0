"""When Python looks for garbage among the objects of a short command: not while it loads, and not when it ends.

What modules are made of stays until the end. To look through it for cycles again and again took a third of the time of
`wellbehaved rank`.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Look for no garbage within the block: for loading modules, and for a command that asks a few things and ends."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def leave_to_system() -> None:
    """Look for no garbage at the end of the process, whose memory the system takes back as a whole.

    What must be closed was closed before, and functions of `atexit` still run.
    """
    gc.freeze()
