"""Decodes JPEG files on the device that computes, of the next batch while the model works on the one before."""

import io
import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from itertools import product

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from evaluation.corruptions.two_parts import quotient
from evaluation.datasets.reading import Exif, Unreadable, read_picture
from evaluation.engine.device_corruption import obstacle
from evaluation.engine.images import Batch
from evaluation.engine.inference import first_line, unless_out_of_memory
from evaluation.engine.undecoded import Undecoded
from evaluation.models.loaded_model import Transform
from evaluation.models.tensor_transform import TensorTransform
from evaluation.out_of_memory import is_out_of_memory

logger = logging.getLogger(__name__)

_MOST_PIXELS = 64_000_000
_MOST_VALUE = 255
# Pictures of all that makes a value: colours and grey, coarse and fine, sides that are no multiple of a block.
_TRIED_SIZES = ((97, 61), (64, 128), (8, 8), (33, 300))
_TRIED_OPTIONS = ({"quality": 1}, {"quality": 75}, {"quality": 100, "optimize": True}, {"restart_marker_blocks": 2})
_PROBE = (64, 64)
_FEWER = 4
# So many files that a device refuses together tell of it and not of them.
_TELLING = 8


def decoding_obstacle(transform: Transform, device: str) -> str | None:
    """Why the device cannot decode images to the values that the processor makes; None where it can.

    Args:
        transform: of the model: what follows decoding has to follow it there.
        device: that computes.

    >>> decoding_obstacle(lambda picture: picture, "cpu")
    'the model has a transform with other steps than Resize, CenterCrop and PILToTensor.'
    """
    lack = obstacle(transform, device)
    if lack is not None:
        return lack
    try:
        alike = _decodes_alike(device)
    except (RuntimeError, ImportError) as error:
        return f"torchvision decodes no JPEG there: {first_line(error)}"
    return None if alike else f"the JPEG decoder of {device} gives other values than that of the processor."


# What it raises is not kept: memory that has run out may be there when it is asked again.
@lru_cache
def _decodes_alike(device: str) -> bool:
    """Whether the device decodes pictures that are made for that as Pillow does."""
    files = []
    for picture, options in product(_tried_pictures(), _TRIED_OPTIONS):
        file = io.BytesIO()
        picture.save(file, "JPEG", subsampling=0, **options)
        files.append(file)
    found = _pictures_of([torch.frombuffer(bytearray(file.getbuffer()), dtype=torch.uint8) for file in files], device)
    expected = [np.asarray(Image.open(file).convert("RGB")) for file in files]
    return all(np.array_equal(one.movedim(0, -1).cpu(), other) for one, other in zip(found, expected, strict=True))


def _tried_pictures() -> Iterator[Image.Image]:
    """Smooth ones with a little noise and harsh ones, in colours and in grey."""
    rng = np.random.default_rng(0)
    for size in _TRIED_SIZES:
        coarse = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)).astype(int)
        rough = (smooth + rng.integers(-20, 20, smooth.shape)).clip(0, _MOST_VALUE)
        for values in (rough, _MOST_VALUE * rng.integers(0, 2, smooth.shape)):
            picture = Image.fromarray(values.astype(np.uint8))
            yield from (picture, picture.convert("L"))


def _pictures_of(files: Sequence[Tensor], device: str) -> list[Tensor]:
    """Pictures, each of 3 x height x width in 8 bits, on the device."""
    # Here, for torchvision means to give its decoders up: without them everything else goes on.
    from torchvision.io import ImageReadMode, decode_jpeg

    with torch.no_grad():
        return list(decode_jpeg(list(files), ImageReadMode.RGB, device=device))


class DeviceDecoding:
    """Makes pixels of the images of batches that are not decoded yet.

    A thread does it for the next batch while the caller works on the one before. Files that the device refuses are
    tried in halves, and in the end decoded by the processor. Where memory runs out, fewer are decoded at once; where
    that is not enough, or the device refuses all, the processor decodes everything from then on. Batches without such
    images pass as they are.

    Args:
        transform: of the model, for pictures.
        on_tensors: the same for tensors.
        device: that computes.
    """

    def __init__(self, transform: Transform, on_tensors: TensorTransform, *, device: str) -> None:
        self._transform = transform
        self._on_tensors = on_tensors
        self._in_fractions = transform(Image.new("RGB", _PROBE)).is_floating_point()
        self._device = device
        self._streams = torch.get_device_module(device)
        self._side = self._streams.Stream(device)
        self._most_pixels = _MOST_PIXELS
        self._decodes, self._warned = True, False

    def with_pixels(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches, in the same order."""
        ahead = None
        with ThreadPoolExecutor(1, thread_name_prefix="decoding") as thread:
            for batch in batches:
                # Before the next one begins, whose work on the other stream must not be waited for.
                done = None if ahead is None else self._handed_over(ahead.result())
                ahead = thread.submit(self._decoded_batch, batch)
                if done is not None:
                    yield done
            if ahead is not None:
                yield self._handed_over(ahead.result())

    def _handed_over(self, batch: Batch) -> Batch:
        """A batch with which the caller's stream may compute."""
        here = self._streams.current_stream(self._device)
        here.wait_stream(self._side)
        if batch.pixels is not None and batch.pixels.is_cuda:
            # Its memory is the other stream's, which must not take it again while this one has work to do with it.
            batch.pixels.record_stream(here)
        return batch

    def _decoded_batch(self, batch: Batch) -> Batch:
        if batch.undecoded is None:
            return batch
        decode = partial(self._with_rows, batch, batch.undecoded)
        with self._streams.stream(self._side):
            found = unless_out_of_memory(decode)
            if found is None:
                self._most_pixels //= _FEWER
                if torch.device(self._device).type == "cuda":
                    torch.cuda.empty_cache()
                found = unless_out_of_memory(decode)
            if found is None:
                self._leave_to_processor("memory ran out")
                found = decode()
        return found

    def _with_rows(self, batch: Batch, files: Undecoded) -> Batch:
        """A batch with the pixels of each image, without those that could not be read after all."""
        device = self._device if self._decodes else "cpu"
        read = () if batch.pixels is None else batch.pixels.to(device, non_blocking=True)
        places = sorted(set(range(len(batch.readable))).difference(files.positions))
        rows: dict[int, Tensor | str] = dict(zip(places, read, strict=True))
        data = files.files()
        for part in files.parts(self._most_pixels):
            for place, row in zip(part, self._rows([data[place] for place in part]), strict=True):
                found = self._by_processor(files.names[place], data[place]) if row is None else row
                rows[files.positions[place]] = found if isinstance(found, str) else found.to(device)
        in_order = dict(sorted(rows.items()))
        made = [row for row in in_order.values() if isinstance(row, Tensor)]
        told = {batch.readable[position]: row for position, row in in_order.items() if isinstance(row, str)}
        return replace(_without(batch, told), pixels=torch.stack(made) if made else None, undecoded=None)

    def _rows(self, files: Sequence[Tensor]) -> list[Tensor | None]:
        """Pixels of each file; None of one that the processor is to decode."""
        pictures = self._pictures(files) if self._decodes else [None] * len(files)
        if self._decodes and len(files) >= _TELLING and all(picture is None for picture in pictures):
            self._leave_to_processor("no file could be decoded")
        by_size: dict[torch.Size, list[tuple[int, Tensor]]] = {}
        for place, picture in enumerate(pictures):
            if picture is not None:
                by_size.setdefault(picture.shape, []).append((place, picture))
        rows: list[Tensor | None] = [None] * len(files)
        for of_one_size in by_size.values():
            places, alike = zip(*of_one_size, strict=True)
            changed = self._on_tensors(torch.stack(alike))
            if self._in_fractions:
                # The quotient that the processor has, to which the division of a device only comes near.
                changed = quotient(changed.float(), _MOST_VALUE)
            for place, row in zip(places, changed, strict=True):
                rows[place] = row
        return rows

    def _pictures(self, files: Sequence[Tensor]) -> list[Tensor | None]:
        """Each file decoded; None of one that the device refuses."""
        # The decoder has a stream of its own, which does not wait for what is still read on this one from memory that
        # it is given.
        done = self._streams.Event()
        done.record(self._side)
        done.synchronize()
        try:
            return list(_pictures_of(files, self._device))
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise
            # What it has begun may still be written to memory that is given back now.
            self._streams.synchronize(self._device)
            if len(files) == 1:
                if not self._warned:
                    logger.warning("the processor decodes files that %s does not: %s", self._device, first_line(error))
                self._warned = True
                return [None]
        half = len(files) // 2
        return self._pictures(files[:half]) + self._pictures(files[half:])

    def _by_processor(self, name: str, data: Tensor) -> Tensor | str:
        try:
            # Files that are to be turned are not handed over.
            picture = read_picture(io.BytesIO(data.numpy().tobytes()), exif=Exif.IGNORE)
        except Unreadable as error:
            return f"{name}: {error}"
        return self._transform(picture)

    def _leave_to_processor(self, why: str) -> None:
        logger.warning(
            "%s on %s: from here on the processor decodes the images, more slowly than without --decode-on-device.",
            why, self._device,
        )  # fmt: skip
        self._decodes = False


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
