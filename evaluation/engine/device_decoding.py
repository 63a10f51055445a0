"""Decodes JPEG files on the device that computes, of the next batch while the model works on the one before."""

import io
import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.io import ImageReadMode, decode_jpeg

from evaluation.corruptions.two_parts import quotient
from evaluation.datasets.reading import Exif, Unreadable, read_picture, without_warnings
from evaluation.engine.device_corruption import obstacle
from evaluation.engine.images import Batch
from evaluation.engine.inference import first_line
from evaluation.engine.undecoded import Undecoded
from evaluation.models.loaded_model import Transform
from evaluation.models.tensor_transform import TensorTransform

logger = logging.getLogger(__name__)

_MOST_PIXELS = 64_000_000
_MOST_VALUE = 255
# Pictures of all that makes a value: colours and grey, coarse and fine, sides that are no multiple of a block.
_TRIED_SIZES = ((97, 61), (64, 128), (8, 8), (33, 300))
_TRIED_QUALITIES = (30, 75, 90, 100)


def decoding_obstacle(transform: Transform, device: str) -> str | None:
    """Why the device cannot decode images to the values that the processor makes; None where it can.

    Args:
        transform: of the model: what follows decoding has to follow it there.
        device: that computes.

    >>> decoding_obstacle(lambda picture: picture, "cpu")
    'the model has a transform with other steps than Resize, CenterCrop and PILToTensor.'
    """
    return obstacle(transform, device) or _decoder_fault(device)


@lru_cache
def _decoder_fault(device: str) -> str | None:
    """What is wrong with the decoder of a device, seen by pictures that it is given."""
    rng = np.random.default_rng(0)
    files = []
    for size in _TRIED_SIZES:
        coarse = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)).astype(int)
        picture = Image.fromarray((smooth + rng.integers(-20, 20, smooth.shape)).clip(0, _MOST_VALUE).astype(np.uint8))
        for quality in _TRIED_QUALITIES:
            for colours in (picture, picture.convert("L")):
                file = io.BytesIO()
                colours.save(file, "JPEG", quality=quality, subsampling=0)
                files.append(file)
    try:
        found = _pictures_of(
            [torch.frombuffer(bytearray(file.getbuffer()), dtype=torch.uint8) for file in files], device
        )
    except RuntimeError as error:
        return f"torchvision decodes no JPEG there: {first_line(error)}"
    expected = [np.asarray(Image.open(file).convert("RGB")) for file in files]
    alike = all(np.array_equal(one.movedim(0, -1).cpu(), other) for one, other in zip(found, expected, strict=True))
    return None if alike else f"the JPEG decoder of {device} gives other values than that of the processor."


def _pictures_of(files: Sequence[Tensor], device: str) -> list[Tensor]:
    """Pictures, each of 3 x height x width in 8 bits, on the device."""
    # torchvision says at each call that another package will decode from some release on.
    with without_warnings(), torch.no_grad():
        return list(decode_jpeg(list(files), ImageReadMode.RGB, device=device))


class DeviceDecoding:
    """Makes pixels of the images of batches that are not decoded yet.

    A thread does it for the next batch while the caller works on the one before. What the device cannot decode, or has
    no memory for, is tried in halves; what is left then, the processor decodes. Batches without such images pass as
    they are.

    Args:
        transform: of the model, for pictures.
        on_tensors: the same for tensors.
        device: that computes.
    """

    def __init__(self, transform: Transform, on_tensors: TensorTransform, *, device: str) -> None:
        self._transform = transform
        self._on_tensors = on_tensors
        self._device = device
        self._streams = torch.get_device_module(device)
        self._side = self._streams.Stream(device)
        self._warned = False

    def with_pixels(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches, in the same order."""
        here = self._streams.current_stream
        ahead = None
        with ThreadPoolExecutor(1, thread_name_prefix="decoding") as thread:
            for batch in batches:
                done = None if ahead is None else ahead.result()
                # Only of the batch that is handed over: the one that begins next must not be waited for.
                here(self._device).wait_stream(self._side)
                # Memory that an earlier batch gave back may be taken while its work is still queued.
                self._side.wait_stream(here(self._device))
                ahead = thread.submit(self._decoded_batch, batch)
                if done is not None:
                    yield done
            if ahead is not None:
                done = ahead.result()
                here(self._device).wait_stream(self._side)
                yield done

    def _decoded_batch(self, batch: Batch) -> Batch:
        if batch.undecoded is None:
            return batch
        with self._streams.stream(self._side):
            rows = self._rows(batch, batch.undecoded)
            pixels = _alike([row for row in rows.values() if isinstance(row, Tensor)])
        told = {batch.readable[position]: row for position, row in rows.items() if isinstance(row, str)}
        return replace(_without(batch, told), pixels=pixels, undecoded=None)

    def _rows(self, batch: Batch, files: Undecoded) -> dict[int, Tensor | str]:
        """The pixels of each image of a batch that could be read, or why it could not after all."""
        read = () if batch.pixels is None else batch.pixels.to(self._device, non_blocking=True)
        places = sorted(set(range(len(batch.readable))).difference(files.positions))
        rows: dict[int, Tensor | str] = dict(zip(places, read, strict=True))
        data = files.files()
        for part in files.parts(_MOST_PIXELS):
            made = self._pixels([data[place] for place in part])
            for place, row in zip(part, made, strict=True):
                found = self._by_processor(files.names[place], data[place]) if row is None else row
                rows[files.positions[place]] = found
        return dict(sorted(rows.items()))

    def _pixels(self, files: Sequence[Tensor]) -> list[Tensor | None]:
        """Pixels of each file; None of one that the device cannot decode."""
        try:
            return self._by_device(files)
        except RuntimeError as error:
            if len(files) == 1:
                if not self._warned:
                    logger.warning("the processor decodes files that %s does not: %s", self._device, first_line(error))
                self._warned = True
                return [None]
        # Beyond the handler, for the error holds all that was made until then.
        half = len(files) // 2
        return self._pixels(files[:half]) + self._pixels(files[half:])

    def _by_device(self, files: Sequence[Tensor]) -> list[Tensor | None]:
        pictures = _pictures_of(files, self._device)
        by_size: dict[torch.Size, list[int]] = {}
        for place, picture in enumerate(pictures):
            by_size.setdefault(picture.shape, []).append(place)
        rows: list[Tensor | None] = [None] * len(files)
        for places in by_size.values():
            changed = self._on_tensors(torch.stack([pictures[place] for place in places]))
            for place, row in zip(places, changed, strict=True):
                rows[place] = row
        return rows

    def _by_processor(self, name: str, data: Tensor) -> Tensor | str:
        try:
            # Files that are to be turned are not handed over.
            picture = read_picture(io.BytesIO(data.numpy().tobytes()), exif=Exif.IGNORE)
        except Unreadable as error:
            return f"{name}: {error}"
        return self._transform(picture).to(self._device)


def _alike(rows: Sequence[Tensor]) -> Tensor | None:
    """Images put together: as fractions where some are, for transforms of pictures may end in either."""
    if any(row.is_floating_point() for row in rows):
        rows = [row if row.is_floating_point() else quotient(row.float(), _MOST_VALUE) for row in rows]
    return torch.stack(list(rows)) if rows else None


def _without(batch: Batch, told: dict[int, str]) -> Batch:
    """A batch without images that could not be read after all."""
    count = len(batch.readable) + len(batch.unreadable)
    others = sorted(set(range(count)).difference(batch.readable))
    sentences = dict(zip(others, batch.unreadable, strict=True)) | told
    return replace(
        batch,
        readable=tuple(position for position in batch.readable if position not in told),
        unreadable=tuple(sentence for _, sentence in sorted(sentences.items())),
    )
