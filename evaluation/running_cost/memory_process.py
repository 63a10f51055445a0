"""A process that runs a net once and says by how much its memory grew.

`python -m evaluation.running_cost.memory_process FOLDER`. It is a process of its own because one that ran anything
before keeps memory for reuse, and what is used again is not seen to grow.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path

import torch

from evaluation.engine.inference import unless_out_of_memory
from evaluation.errors import ModelFault, OutOfMemory
from evaluation.models.program import reason
from evaluation.running_cost.forward_pass import forward, noise
from evaluation.running_cost.resident_memory import NoPeak, forget_peak, peak

ORDER, NET, ANSWER = "order.json", "net.pt", "answer.json"
"""What lies in the folder: what is to be done, the net as its whole module, and what came of it."""
OUT_OF_MEMORY = "out of memory"
MOST_SECONDS = 3600
"""After which the process ends by itself: who takes an hour for one pass is not timed 55 times."""


def grown_by(folder: Path) -> int:
    """By how many bytes the memory of this process grew at most while the net of a folder made a batch and ran on it.

    Args:
        folder: with the order and the net.

    Raises:
        NoPeak: the system does not tell.
        ModelFault: memory ran out, or something else than logits came out.
    """
    order = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    # Where the modules of the net were found: a file of one's own is beside a script, not in the packages.
    sys.path[:] = order["path"]
    torch.set_num_threads(order["threads"])
    # A whole module and not its weights: our caller wrote it a moment ago into a folder that is its own alone.
    net = torch.load(folder / NET, weights_only=False, map_location="cpu")

    def work() -> bool:
        forward(net, noise(order["batch_size"], tuple(order["shape"]), "cpu"), half=order["half"])
        return True

    before = forget_peak()
    if unless_out_of_memory(work) is None:
        raise OutOfMemory(OUT_OF_MEMORY)
    return peak() - before


def main(arguments: list[str]) -> None:
    """Write what came of it into the folder: the bytes, or why there are none."""
    (folder,) = map(Path, arguments)
    answer: dict[str, int | str | bool | None] = {"bytes": None, "missing": None, "ran_out": False}
    try:
        answer["bytes"] = grown_by(folder)
    except (ModelFault, NoPeak) as error:
        answer["missing"], answer["ran_out"] = str(error), isinstance(error, OutOfMemory)
    except Exception as error:
        # Whatever reading somebody's net raises is said by who asked, and keeps nobody from the rest.
        answer["missing"] = reason(error)
    (folder / ANSWER).write_text(json.dumps(answer), encoding="utf-8")


def end_with_caller(pipe: int) -> None:
    """End this process, whatever it is at, when nobody holds the other end of a pipe any more; returns never.

    Args:
        pipe: file descriptor that its caller holds the other end of, and writes nothing to.
    """
    # The descriptor itself and no file object, whose lock would keep the interpreter from its end.
    os.read(pipe, 1)
    os._exit(1)


if __name__ == "__main__":
    # The system's own signal: it ends a net that holds the interpreter, too, and needs nobody to be there any more.
    signal.alarm(MOST_SECONDS)
    threading.Thread(target=end_with_caller, args=(sys.stdin.fileno(),), daemon=True).start()
    main(sys.argv[1:])
