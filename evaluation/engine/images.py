"""From files to batches of pixels: reading, corrupting on the fly, a model's own eval transform."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Int, UInt8
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from evaluation.corruptions import CORRUPTIONS
from evaluation.corruptions.corruption import REFERENCE_SIZE
from evaluation.datasets.dataset import Images
from evaluation.datasets.reading import ExactJpeg, Exif, Picture, Remark, Unreadable, exact_jpeg, read_with_remarks
from evaluation.engine.uncorrupted import Uncorrupted, before_corruption, in_groups
from evaluation.engine.undecoded import Undecoded, joined_files
from evaluation.models.loaded_model import Transform

KEPT_BYTES = 512 * 2**20
"""How much of what they have decoded all readers together keep for further corruptions: 2,600 images of 224 x 224."""

_RESIZED = 256
# Pillow keeps three colours in four bytes.
_BYTES_OF_A_PIXEL = 4


class Item(NamedTuple):
    """One image to be read, in the plainest types: it travels to another process.

    Attributes:
        path: of the file.
        number: of the image in its data set; what its randomness is seeded with.
        corruption: key of a corruption to apply, or "".
        severity: of the corruption.
        seed: of the run.
        exif: whether a photograph is turned as its EXIF entry says.
    """

    path: str
    number: int
    corruption: str = ""
    severity: int = 0
    seed: int = 0
    exif: Exif = Exif.APPLY


@dataclass(frozen=True, slots=True)
class Batch:
    """Images that were read.

    Attributes:
        pixels: images x channels x height x width, as the transform gives them; without those that the device is to
            decode; None when none could be read, and until the device has made them.
        readable: positions, among the items asked for, of those that were read.
        unreadable: why each of the others was not.
        remarks: how many of those that were read each remark holds for; those that hold for any.
        uncorrupted: those that were read and that the device is to corrupt, by their size.
        undecoded: those that the device is to decode; they stay where they are until then.
    """

    pixels: Tensor | None
    readable: tuple[int, ...]
    unreadable: tuple[str, ...]
    remarks: Mapping[Remark, int] = field(default_factory=dict)
    uncorrupted: tuple[Uncorrupted, ...] = ()
    undecoded: Undecoded | None = None

    def pin_memory(self) -> "Batch":
        """The same in memory that a GPU can copy from by itself; called by the loader."""
        # The loader calls this by its name, in a thread of its own.
        return self.with_tensors(Tensor.pin_memory)

    def with_tensors(self, move: Callable[[Tensor], Tensor]) -> "Batch":
        """The same, with each tensor moved elsewhere."""
        pixels = None if self.pixels is None else move(self.pixels)
        return replace(self, pixels=pixels, uncorrupted=tuple(each.with_tensors(move) for each in self.uncorrupted))


class Decoded(NamedTuple):
    """An image that was read.

    Attributes:
        pixels: after the transform.
        remarks: what holds for it.
    """

    pixels: Tensor
    remarks: tuple[Remark, ...] = ()


class DecodedToCorrupt(NamedTuple):
    """An image that was read, and that the device is to corrupt before the transform.

    Attributes:
        image: with what was drawn for it.
        remarks: what holds for it.
    """

    image: Uncorrupted
    remarks: tuple[Remark, ...] = ()


Read = Decoded | DecodedToCorrupt | ExactJpeg | str
"""An image, or a file of one that the device is to decode, or why there is none."""


class Decoder(Dataset[Read]):
    """Reads an item; what cannot be read becomes a sentence instead of an error, so that it can be counted.

    Each image is corrupted 75 times, one corruption after the other over all images; decoding takes longer than most of
    them. What has been decoded for one is therefore kept for the others.

    Args:
        transform: the model's own.
        kept_bytes: how much of what has been decoded is kept. Beyond it the first images stay and others are decoded
            anew: with the last ones kept instead, none would be there when its turn comes again.
        left_to_device: keys of the corruptions that are only drawn here, with the transform left to the device too.
        leaves_jpeg: whether files that the device decodes to the same values are left to it, unless they are to be
            corrupted.
    """

    def __init__(
        self,
        transform: Transform,
        *,
        kept_bytes: int = KEPT_BYTES,
        left_to_device: frozenset[str] = frozenset(),
        leaves_jpeg: bool = False,
    ) -> None:
        self._leaves_jpeg = leaves_jpeg
        self._transform = transform
        self._left_to_device = left_to_device
        self._kept: dict[tuple[str, Exif], Picture] = {}
        self._free_bytes = kept_bytes

    def __getitem__(self, item: Item) -> Read:
        """An image, or why there is none."""
        if self._leaves_jpeg and not item.corruption and (jpeg := exact_jpeg(item.path)) is not None:
            return jpeg
        try:
            read = self._to_corrupt if item.corruption else _read
            picture, remarks = read(item)
        except Unreadable as error:
            return f"{Path(item.path).name}: {error}"
        if item.corruption:
            apply = before_corruption if item.corruption in self._left_to_device else _by_processor
            changed = apply(np.asarray(picture), item.corruption, item.severity, seed=item.seed, number=item.number)
            if isinstance(changed, Uncorrupted):
                return DecodedToCorrupt(changed, remarks)
            picture = Image.fromarray(changed)
        return Decoded(self._transform(picture), remarks)

    def _to_corrupt(self, item: Item) -> Picture:
        """An image at the size at which ImageNet-C corrupts; smaller ones as they are."""
        key = (item.path, item.exif)
        found = self._kept.get(key)
        if found is None:
            image, remarks = _read(item)
            # The kernels of the corruptions are in pixels of 224: at another size a severity would be another harm.
            found = Picture(_central(image) if min(image.size) > REFERENCE_SIZE else image, remarks)
            size = _BYTES_OF_A_PIXEL * found[0].width * found[0].height
            if size <= self._free_bytes:
                self._free_bytes -= size
                self._kept[key] = found
        return found


def _read(item: Item) -> Picture:
    return read_with_remarks(item.path, exif=item.exif)


def _by_processor(
    image: UInt8[np.ndarray, "height width 3"], corruption: str, severity: int, *, seed: int, number: int
) -> UInt8[np.ndarray, "height width 3"]:
    return CORRUPTIONS[corruption].corrupt(image, severity, seed=seed, number=number)


def _central(picture: Image.Image) -> Image.Image:
    # As ImageNet-C was made: the shorter side to 256, then the central 224.
    share = _RESIZED / min(picture.size)
    width, height = (max(_RESIZED, round(side * share)) for side in picture.size)
    left, top = (width - REFERENCE_SIZE) // 2, (height - REFERENCE_SIZE) // 2
    resized = picture.resize((width, height), Image.Resampling.BILINEAR)
    return resized.crop((left, top, left + REFERENCE_SIZE, top + REFERENCE_SIZE))


def collate(decoded: Sequence[Read]) -> Batch:
    """Put images together into a batch."""
    readable = tuple(position for position, each in enumerate(decoded) if not isinstance(each, str))
    read = [each for each in decoded if not isinstance(each, str)]
    unreadable = tuple(each for each in decoded if isinstance(each, str))
    # torch.stack of nothing raises, and a batch in which nothing could be read is no error yet.
    made = [each.pixels for each in read if isinstance(each, Decoded)]
    left = [each.image for each in read if isinstance(each, DecodedToCorrupt)]
    jpegs = {position: each for position, each in enumerate(read) if isinstance(each, ExactJpeg)}
    remarks = Counter(remark for each in read if not isinstance(each, ExactJpeg) for remark in each.remarks)
    return Batch(
        torch.stack(made) if made else None, readable, unreadable, remarks, in_groups(left),
        joined_files(list(jpegs.values()), list(jpegs)) if jpegs else None,
    )  # fmt: skip


def loader(
    batches: Iterable[list[Item]],
    transform: Transform,
    *,
    workers: int,
    pinned: bool,
    left_to_device: frozenset[str] = frozenset(),
    leaves_jpeg: bool = False,
) -> Iterator[Batch]:
    """Read batches in the order in which they are asked for, ahead of time where there are workers.

    The items are handed over by the sampler itself, so that no process ever holds the list of all images, and one set
    of workers serves a whole run.
    """
    asked: Any = batches
    decoder = Decoder(
        transform, kept_bytes=KEPT_BYTES // max(1, workers), left_to_device=left_to_device, leaves_jpeg=leaves_jpeg
    )
    # What was drawn takes up to five times as much of the memory that processes share as the images themselves.
    ahead = 1 if workers and left_to_device else None
    return iter(
        DataLoader(
            decoder, batch_sampler=asked, num_workers=workers, collate_fn=collate, pin_memory=pinned,
            worker_init_fn=_compute_alone, prefetch_factor=ahead,
        )
    )  # fmt: skip


def _compute_alone(_worker: int) -> None:
    # There is a reader for each core, and OpenCV's threads do not survive the fork that makes a reader.
    cv2.setNumThreads(0)


def balanced_subset(labels: Int[np.ndarray, " images"], per_label: int, *, seed: int) -> Int[np.ndarray, " chosen"]:
    """Positions of a random subset with the same number of images of each label, in ascending order.

    The choice within a label depends on nothing but the seed, the label and how many images it has, so that data sets
    made from the same images are cut down to the same ones.
    """
    chosen = []
    for label in np.unique(labels).tolist():
        members = np.flatnonzero(labels == label)
        # A generator for each label: one more class must not change which images the others keep.
        rng = np.random.default_rng([seed, label])
        chosen.append(members[rng.permutation(len(members))[:per_label]])
    positions: Int[np.ndarray, " chosen"] = np.sort(np.concatenate(chosen))
    return positions


def fingerprint(images: Images, numbers: Int[np.ndarray, " images"]) -> str:
    """A digest that changes when one of the images or its label does; files are told apart by size and time."""
    digest = hashlib.sha256()
    for number in numbers.tolist():
        # Size and time stand for the content: hashing that would read every image once more.
        path = images.paths[number]
        texture = -1 if images.textures is None else int(images.textures[number])
        size, time = _size_and_time(path)
        digest.update(f"{path.parent.name}/{path.name}|{images.labels[number]}|{texture}|{size}|{time}\n".encode())
    return digest.hexdigest()


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        # It will count as unreadable when its turn comes.
        return -1, -1
    return status.st_size, status.st_mtime_ns
