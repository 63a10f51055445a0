"""Shares the cores of a CPU between the processes that read images and the threads that compute."""

import os
import time
from collections.abc import Iterable, Iterator

import torch

from evaluation.engine.images import Batch

_NOTICEABLE_SHARE = 0.1


def pace(batches: Iterable[Batch], *, device: str, readers: int) -> Iterator[Batch]:
    """Hand batches on; compute with all cores, or leave the readers theirs, whichever of the two holds up the run.

    A thread that computes beside a reader on the same core keeps all others waiting at the end of each layer: a small
    model would run five times slower than without readers. Nothing changes on a GPU, or where no process reads.

    Args:
        batches: as they are read.
        device: that computes.
        readers: processes that read images.
    """
    everything = torch.get_num_threads()
    fewer = max(1, (os.cpu_count() or 1) - readers)
    if device != "cpu" or not readers or fewer >= everything:
        yield from batches
        return
    ended: float | None = None
    try:
        for batch in batches:
            started = time.perf_counter()
            # For the first batch everybody waits: the readers have just been started.
            waited = 0.0 if ended is None else started - ended
            yield batch
            ended = time.perf_counter()
            wanted = fewer if waited > _NOTICEABLE_SHARE * (ended - started) else everything
            if wanted != torch.get_num_threads():
                torch.set_num_threads(wanted)
    finally:
        torch.set_num_threads(everything)
