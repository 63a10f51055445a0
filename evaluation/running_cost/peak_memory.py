"""How much memory a forward pass needs: on a GPU as torch counts it, on a processor as a process of its own grows."""

import gc
import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from evaluation.models.program import reason
from evaluation.running_cost.forward_pass import forward, noise
from evaluation.running_cost.memory_process import ANSWER, MOST_SECONDS, NET, ORDER
from evaluation.running_cost.own_folder import own_folder

ON_CUDA = (
    "by how much what torch's allocator had given out grew at most in a forward pass (max_memory_allocated), its "
    "weights and what CUDA itself takes not among it"
)
ON_CPU = (
    "by how much the resident memory of a process of its own grew at most in its first forward pass, its weights not "
    "among it"
)
_BYTES_PER_MEGABYTE = 1e6
# -P: without it, Python would look for modules in the working folder first, whose files may be anybody's.
_PROGRAM = (sys.executable, "-P", "-m", "evaluation.running_cost.memory_process")
# As soon as anybody notices that an evaluation ends; and each look asks the database.
_SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class PeakMemory:
    """What memory a forward pass needed.

    Attributes:
        megabytes: a million bytes each; None where it is not known.
        missing: why it is not known; None where it is.
        ran_out: whether that is because there was not enough, so that nobody should try again beside other work.
    """

    megabytes: float | None
    missing: str | None = None
    ran_out: bool = False


def peak_on_cuda(net: nn.Module, batch_size: int, shape: tuple[int, ...], *, device: str, half: bool) -> PeakMemory:
    """By how much what torch's allocator gave out grows at most while a batch is made and run.

    Untested: no machine of the tests has such a device.

    Args:
        net: on the device, in eval mode.
        batch_size: images.
        shape: of one, channels x height x width.
        device: such as "cuda".
        half: whether products are computed in bfloat16.

    Raises:
        ModelFault: what comes out is no tensor of logits.
        torch.OutOfMemoryError: it does not fit.
    """
    # Once before: the workspaces that CUDA's libraries keep from a first pass on would count for one size alone.
    forward(net, noise(batch_size, shape, device), half=half)
    # What is garbage already would be freed on the way, and hide as much of what the pass takes.
    gc.collect()
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    # The weights, and whatever else this process holds there: other models, a batch of one's own.
    before = torch.cuda.memory_allocated(device)
    forward(net, noise(batch_size, shape, device), half=half)
    torch.cuda.synchronize(device)
    return PeakMemory(megabytes=(torch.cuda.max_memory_allocated(device) - before) / _BYTES_PER_MEGABYTE)


def peak_on_cpu(
    net: nn.Module,
    batch_size: int,
    shape: tuple[int, ...],
    *,
    half: bool,
    before: Callable[[], object] = lambda: None,
) -> PeakMemory:
    """By how much the memory of a process of its own grows while it makes a batch and runs it.

    Args:
        net: on the processor, in eval mode.
        batch_size: images.
        shape: of one, channels x height x width.
        half: whether products are computed in bfloat16.
        before: called now and then meanwhile; what it raises ends that process, and the measurement.

    Returns:
        With the reason where the net cannot be sent to another process, or that process could not measure it.
    """
    with own_folder() as folder:
        try:
            torch.save(net, folder / NET)
        except (pickle.PicklingError, AttributeError, TypeError, RuntimeError, NotImplementedError) as error:
            # What each kind of module raises that cannot be written whole, such as a program or a local class.
            return _missing(f"the net cannot be sent to a process of its own: {reason(error)}")
        order = {
            "batch_size": batch_size,
            "shape": shape,
            "half": half,
            "threads": torch.get_num_threads(),
            "path": sys.path,
        }
        (folder / ORDER).write_text(json.dumps(order), encoding="utf-8")
        code = _exit_code(folder, before)
        if code:
            return _of_end(code)
        answer = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
    if answer["missing"] is not None:
        return PeakMemory(megabytes=None, missing=answer["missing"], ran_out=answer["ran_out"])
    return PeakMemory(megabytes=answer["bytes"] / _BYTES_PER_MEGABYTE)


def _exit_code(folder: Path, before: Callable[[], object]) -> int:
    # The process ends when its standard input does, and so with this one, however this one ends.
    with subprocess.Popen(  # noqa: S603 - our own program
        [*_PROGRAM, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        try:
            while _runs_on(process):
                before()
        finally:
            process.kill()
    return process.returncode


def _runs_on(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_SECONDS_BETWEEN_LOOKS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _missing(why: str) -> PeakMemory:
    return PeakMemory(megabytes=None, missing=why)


def _of_end(code: int) -> PeakMemory:
    if code == -signal.SIGALRM:
        return _missing(f"the process that measured it took more than {MOST_SECONDS // 60} minutes")
    if code != -signal.SIGKILL:
        return _missing(f"the process that measured it ended with exit code {code}")
    # So the system ends who takes the last of the memory, and no message is left.
    why = "out of memory: the system ended the process that measured it"
    return PeakMemory(megabytes=None, missing=why, ran_out=True)
