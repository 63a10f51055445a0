"""A process that has torch in memory and forks a confined child for every checkpoint that it is asked to check.

It reads one JSON request per line from its standard input and answers each with one line of JSON.
"""

import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evaluation.checkpoints.confinement import MEMORY_LIMIT, confine, takes_network
from evaluation.checkpoints.file_rules import libraries
from evaluation.checkpoints.guessing import guess_architectures
from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.tensor_index import packed_index
from evaluation.checkpoints.verify import Claim, check

_MEGABYTE = 1024 * 1024
_SPARE_MEMORY = 512 * _MEGABYTE
_CPU_SECONDS = 40
_WALL_SECONDS = 60.0
_OPEN_FILES = 64
_LONGEST_ANSWER = 64 * 1024
_STATM = Path("/proc/self/statm")
NONE = "none"


def serve() -> None:
    """Answer requests until the input ends."""
    # Read here: a child gives up its files.
    packed_index()
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    # From here on only the child: it must never return into the loop that reads its parent's requests.
    if child == 0:
        os.close(reading)
        _work_and_exit(request, writing)
    os.close(writing)
    try:
        text = _read_in_time(reading)
    finally:
        os.close(reading)
        # Killing a child that has ended does nothing: it is not waited for yet, so its number is still its own.
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if not text:
        return _refusal(CheckpointRefused(Reason.CHECKER_KILLED, "Checking the file ended without a result."))
    answer: dict[str, Any] = json.loads(text)
    return answer


def _read_in_time(pipe: int) -> bytes:
    deadline, text = time.monotonic() + _WALL_SECONDS, b""
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([pipe], [], [], left)
        # An empty read after select said ready is the end of the pipe: the child has answered or died.
        chunk = os.read(pipe, _LONGEST_ANSWER) if ready else b""
        if not chunk:
            return text if ready else b""
        text += chunk
    return b""


def _work_and_exit(request: dict[str, Any], pipe: int) -> None:
    try:
        answer = _confine_and_check(request)
    except CheckpointRefused as refused:
        answer = _refusal(refused)
    except MemoryError:
        answer = _refusal(CheckpointRefused(Reason.MEMORY_LIMIT, "Reading the file asked for too much memory."))
    except BaseException:
        # The child must not run the rest of its parent's program; the parent sees that no answer came.
        traceback.print_exc()
        os._exit(1)
    # Cut to what an empty pipe takes at once: a longer write could block on a parent that gave up.
    os.write(pipe, json.dumps(answer).encode()[:_LONGEST_ANSWER])
    os._exit(0)


def _confine_and_check(request: dict[str, Any]) -> dict[str, Any]:
    path = Path(request["path"])
    written = Path(request["written"]) if "written" in request else None
    _leave_the_parents_pipes()
    # Before the files are given up: how much memory there is now stands in one.
    limited = (MEMORY_LIMIT,) if _limit(path.stat().st_size) else ()
    reached = (*confine(readable=[path, *libraries(sys.path)], writable=written and written.parent), *limited)
    if not request["unconfined"]:
        _require_confined(reached)
    if written is None:
        found = guess_architectures(path, request["filename"])
        return {"accepted": True, "guesses": [asdict(each) for each in found]}
    claim = Claim(
        architecture=request["architecture"],
        class_count=request["class_count"],
        classes=tuple(request["classes"]),
        weights_key=request["weights_key"],
    )
    weights = check(path, written, claim)
    return {
        "accepted": True,
        "format": weights.form.value,
        "weight_count": sum(tensor.numel() for tensor in weights.tensors.values()),
        "weights_key": weights.weights_key,
        "other_keys": weights.other_keys,
        "confinement": ", ".join(reached) or NONE,
    }


def _require_confined(reached: tuple[str, ...]) -> None:
    """Refuse before anything of the file is read."""
    lacking = [] if takes_network(reached) else ["take the network from"]
    lacking += [] if MEMORY_LIMIT in reached else ["bound the memory of"]
    if lacking:
        message = f"This server cannot {' and '.join(lacking)} the check of a file."
        raise CheckpointRefused(Reason.NOT_CONFINED, message)


def _leave_the_parents_pipes() -> None:
    """What a file made this process write there would be taken for the parent's own words."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(null, stream)
    os.close(null)


def _limit(size: int) -> bool:
    """Bound memory by what the process has now and the file warrants, and time, files and their length likewise.

    Returns:
        Whether memory is bounded: that needs to know how much there is now, which not every system tells.
    """
    # The limit counts all time since the process began, and a fork begins with its parent's.
    used = int(time.process_time())
    limits = {
        resource.RLIMIT_CPU: used + _CPU_SECONDS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_FSIZE: 4 * size + _MEGABYTE,
    }
    known = _STATM.is_file()
    if known:
        pages = int(_STATM.read_text(encoding="ascii").split()[0])
        # Reading, converting and rewriting hold the weights several times over.
        limits[resource.RLIMIT_AS] = pages * resource.getpagesize() + 4 * size + _SPARE_MEMORY
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))
    return known


def _refusal(refused: CheckpointRefused) -> dict[str, Any]:
    return {
        "accepted": False,
        "code": refused.reason.value,
        "message": refused.message,
        "hint": refused.reason.hint,
    }


if __name__ == "__main__":
    serve()
