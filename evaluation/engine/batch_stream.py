"""From the images that are asked for to batches on the device: read, copied ahead, corrupted there where that is so."""

import logging
from collections.abc import Iterable, Iterator

from evaluation.engine.device_corruption import DeviceCorruption, left_to_device, obstacle
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
        means: device, reading processes and where images are corrupted.
    """
    device, readers = means.device, means.reading_processes
    left = left_to_device(transform, means)
    stream = loader(
        asked, transform, workers=readers, pinned=device.startswith("cuda"), left_to_device=left
    )  # fmt: skip
    paced = pace(feed(stream, device=device), device=device, readers=readers)
    if means.corrupt_on_device and (lack := obstacle(transform, device)) is not None:
        logger.warning("the processor corrupts the images in spite of --corrupt-on-device: %s", lack)
    on_tensors = tensor_transform(transform) if left else None
    return paced if on_tensors is None else DeviceCorruption(on_tensors, device=device).with_pixels(paced)
