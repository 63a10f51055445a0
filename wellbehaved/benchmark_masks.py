"""Approximate masks for the clean images of a benchmark: the working part of `wellbehaved benchmark masks`."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from evaluation.datasets.dataset import DataSet
from evaluation.datasets.reading import Unreadable, read_picture, shown_size
from evaluation.own_data.contact_sheet import write_contact_sheet
from evaluation.own_data.kept_sets import SHEETS
from evaluation.own_data.masks import MaskFault, approximate_mask, mask_path, read_mask
from evaluation.own_data.working_size import ObjectMask, Pixels, read_pixels, shrunk_mask

FOLDER = "approximate-masks"
NOTE = "approximate-masks.txt"
_NOTE = (
    "These masks are approximate: GrabCut (Rother et al. 2004) guessed each object from a box around the middle of its "
    "image. Look at the contact sheet, correct what is wrong by hand, and name this folder in benchmark.toml under "
    "[masks].\n"
)
_DIMMED = 0.3


@dataclass(frozen=True, kw_only=True)
class MadeMasks:
    """What was made.

    Attributes:
        folder: of the masks.
        contact_sheet: 24 of the images with everything but their object dimmed.
        made: masks written now.
        there: masks that were there and were left as they are.
        unreadable: why no mask could be made, by image.
    """

    folder: Path
    contact_sheet: Path
    made: int
    there: int
    unreadable: tuple[str, ...]


def make_masks(
    clean: DataSet,
    images_root: Path,
    place: Path,
    *,
    to: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> MadeMasks:
    """Make a mask for each clean image that has none yet.

    Args:
        clean: the clean images of the benchmark.
        images_root: folder below which they lie.
        place: folder of the benchmark's generated sets.
        to: folder for the masks; without it, one below `place`, so that the user's own folder stays as it is.
        progress: called after each image with how many are done and how many there are.

    Returns:
        What was made; masks that are there already are never overwritten.

    Raises:
        DataSetMissing: the clean images are not there.
        DataSetDamaged: they are not as they must be.
        OSError: a folder cannot be written.
    """
    folder = place / FOLDER if to is None else to
    images = clean.read(place, clean.variants[0])
    targets = [mask_path(image, root=images_root, folder=folder) for image in images.paths]

    def make(pair: tuple[Path, Path]) -> str | None:
        image, target = pair
        # It may be somebody's correction.
        if target.exists():
            return ""
        try:
            pixels = np.asarray(read_picture(image, exif=clean.exif))
        except Unreadable as error:
            return f"{image}: {error}"
        _write(target, approximate_mask(pixels))
        return None

    folder.mkdir(parents=True, exist_ok=True)
    (folder / NOTE).write_text(_NOTE, encoding="utf-8")
    outcomes: list[str | None] = []
    # Threads are enough: OpenCV lets go of the interpreter while GrabCut computes.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for outcome in pool.map(make, zip(images.paths, targets, strict=True)):
            outcomes.append(outcome)
            if progress is not None:
                progress(len(outcomes), len(targets))
    sheet = place / SHEETS / f"{FOLDER}.png"
    shown = [
        (partial(_dim, image, target, clean), mask_path(image, root=images_root, folder=Path()).as_posix())
        for image, target in zip(images.paths, targets, strict=True)
        if target.exists()
    ]
    if shown:
        write_contact_sheet(sheet, shown)
    return MadeMasks(
        folder=folder,
        contact_sheet=sheet,
        made=outcomes.count(None),
        there=outcomes.count(""),
        unreadable=tuple(each for each in outcomes if each),
    )


def _dim(image: Path, target: Path, clean: DataSet) -> Pixels | None:
    """A picture with everything but its object dimmed."""
    try:
        pixels = read_pixels(image, exif=clean.exif)
        mask = shrunk_mask(read_mask(target, shown_size(image, exif=clean.exif)), *pixels.shape[:2])
    except (Unreadable, MaskFault):
        return None
    dimmed: Pixels = np.where(mask[..., np.newaxis], pixels, _DIMMED * pixels).astype(np.uint8)
    return dimmed


def _write(target: Path, mask: ObjectMask) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    data = cv2.imencode(".png", mask.astype(np.uint8) * 255)[1].tobytes()
    # Renamed into place: half a mask must not count as one.
    unfinished = target.with_suffix(".unfinished")
    unfinished.write_bytes(data)
    unfinished.replace(target)
