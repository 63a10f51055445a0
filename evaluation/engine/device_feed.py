"""Brings batches to the device that computes: the next one travels while the model works on the one before."""

import logging
from collections.abc import Iterable, Iterator
from functools import partial
from types import ModuleType

import torch

from evaluation.engine.images import Batch
from evaluation.engine.inference import unless_out_of_memory

logger = logging.getLogger(__name__)


def feed(batches: Iterable[Batch], *, device: str) -> Iterator[Batch]:
    """Batches whose pixels lie on the device, in the same order.

    On a CPU they are there already and are handed on as they come. Elsewhere the device holds up to three batches of
    bytes while a copy runs: the one that the caller has, the one that is next, and the one that is copied. Models that
    share a reading share the copy too.

    Where a copy runs out of memory, that batch and all behind it come as they were read, with a warning: whoever scores
    them brings them to the device in parts that fit.

    Args:
        batches: as they are read; from pinned memory, the processor need not wait for a copy.
        device: that computes, such as "cpu" or "cuda:1".
    """
    if torch.device(device).type == "cpu":
        return iter(batches)
    return copied_ahead(batches, device=device, streams=torch.get_device_module(device))


def copied_ahead(batches: Iterable[Batch], *, device: str, streams: ModuleType) -> Iterator[Batch]:
    """The same with the streams of any device: `torch.cuda`, or `torch.cpu`, whose streams do nothing.

    Args:
        batches: as they are read.
        device: to copy to.
        streams: torch's module of the device, which has `Stream`, `stream` and `current_stream`.
    """
    side = streams.Stream(device)
    ahead: Batch | None = None
    coming = iter(batches)
    for batch in coming:
        # Only of copies that were begun before: the one that begins next must not be waited for.
        streams.current_stream(device).wait_stream(side)
        # The copy may take memory that an earlier batch gave back while its work was still queued. That work, and not
        # that of the batch which is handed over below, has to end first.
        side.wait_stream(streams.current_stream(device))
        with streams.stream(side):
            begun = unless_out_of_memory(partial(_copy, batch, device))
        if ahead is not None:
            yield ahead
        ahead = begun
        if begun is None:
            logger.warning(
                "memory ran out on %s: from here on no batch is copied ahead; the values are the same.", device
            )
            yield batch
            yield from coming
    if ahead is not None:
        streams.current_stream(device).wait_stream(side)
        yield ahead


def _copy(batch: Batch, device: str) -> Batch:
    return batch.with_tensors(lambda each: each.to(device, non_blocking=True))
