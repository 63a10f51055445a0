"""From the images that are asked for to batches on the device: read, copied ahead, decoded and corrupted there."""

import logging
from collections.abc import Iterable, Iterator

from evaluation.engine.device_corruption import DeviceCorruption, left_to_device, obstacle
from evaluation.engine.device_decoding import DeviceDecoding, decoding_obstacle
from evaluation.engine.device_feed import feed
from evaluation.engine.images import Batch, Item, loader
from evaluation.engine.means import Means
from evaluation.engine.threads import pace
from evaluation.models.loaded_model import Transform
from evaluation.models.tensor_transform import tensor_transform

logger = logging.getLogger(__name__)


def batch_stream(asked: Iterable[list[Item]], transform: Transform, means: Means) -> Iterator[Batch]:
    """Batches in the order in which they are asked for, with their pixels.

    Args:
        asked: the images of each.
        transform: of the models that they are for.
        means: device, reading processes and where images are decoded and corrupted.
    """
    device, readers = means.device, means.reading_processes
    on_tensors = tensor_transform(transform)
    decodes = means.decode_on_device and not _warned("decode", decoding_obstacle(transform, device))
    corrupts = means.corrupt_on_device and not _warned("corrupt", obstacle(transform, device))
    stream = loader(
        asked, transform, workers=readers, pinned=device.startswith("cuda"),
        left_to_device=left_to_device(transform, means), leaves_jpeg=decodes,
    )  # fmt: skip
    if decodes and on_tensors is not None:
        stream = DeviceDecoding(transform, on_tensors, device=device).with_pixels(stream)
    paced = pace(feed(stream, device=device), device=device, readers=readers)
    if corrupts and on_tensors is not None:
        return DeviceCorruption(on_tensors, device=device).with_pixels(paced)
    return paced


def _warned(doing: str, lack: str | None) -> bool:
    """Whether what was asked of the device cannot be done there, which is said."""
    if lack is not None:
        logger.warning("the processor %ss the images in spite of --%s-on-device: %s", doing, doing, lack)
    return lack is not None
