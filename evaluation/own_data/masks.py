"""Masks of the objects in the clean images: reading those that there are, and making approximate ones."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from evaluation.datasets.dataset import Images
from evaluation.datasets.layouts import name_list
from evaluation.datasets.reading import Exif, Unreadable, shown_size, without_warnings
from evaluation.own_data.inpainting import hole_around
from evaluation.own_data.working_size import SIDE, ObjectMask, Pixels, shrunk, shrunk_mask
from quba.wording import percent

FEWEST_MARKED = 10
"""How many marked images of each class a generated set needs: each class lends the others its backgrounds and textures,
and fewer would be shown again and again, which the standard error takes for different images."""

LEAST_BACKGROUND = 0.1
"""Share of a picture that must remain around its object, for a background to be made of it."""

# Beside the object a photograph shows some of its background on every side.
_MARGIN = 0.1
_ROUNDS = 5
# The cut takes a second at the working size and follows outlines about as well at half of it.
_CUT_SIDE = 128
# Of the box: less or more than this is no object but a failure of the method.
_LEAST_OBJECT, _MOST_OBJECT = 0.02, 0.98


class MaskProblem(StrEnum):
    """Why a mask is of no use."""

    ABSENT = "absent"
    UNREADABLE = "unreadable"
    OTHER_SIZE = "other_size"
    EMPTY = "empty"
    FULL = "full"


class MaskFault(Exception):
    """A mask is of no use; the message names the file, the rule and the next step."""

    def __init__(self, problem: MaskProblem, message: str) -> None:
        super().__init__(message)
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class Marked:
    """The clean images whose object is marked.

    Attributes:
        images: those with a mask of use, in the order of the clean images.
        masks: one file for each.
        faults: of the others, why; by problem.
    """

    images: Images
    masks: tuple[Path, ...]
    faults: Mapping[MaskProblem, tuple[str, ...]]

    def shortage(self, classes: Sequence[str]) -> str:
        """Which classes have too few marked images for a generated set, in one sentence; empty where none has.

        Args:
            classes: their names, in the order of the labels.
        """
        counts = np.bincount(self.images.labels, minlength=len(classes)).tolist()
        sentence = shortage_of_masks(counts, classes)
        # Of each kind of fault one, whole: it says what to do.
        return sentence and " ".join([sentence, *(_with_count(each) for each in self.faults.values())])


def shortage_of_masks(counts: Sequence[int], classes: Sequence[str]) -> str:
    """Which classes have too few marked images for a generated set, in one sentence; empty where none has.

    Args:
        counts: marked images of each class.
        classes: their names.
    """
    short = [f"{name} {count}" for name, count in zip(classes, counts, strict=True) if count < FEWEST_MARKED]
    if not short:
        return ""
    return (
        f"Generated sets need {FEWEST_MARKED} marked images of every class, and of {len(classes)} classes "
        f"{len(short)} {'has' if len(short) == 1 else 'have'} fewer: {name_list(short)}. Mark more images."
    )


def _with_count(faults: Sequence[str]) -> str:
    more = len(faults) - 1
    return f"{faults[0]} So it is with {more} more." if more else faults[0]


def mask_path(image: Path, *, root: Path, folder: Path) -> Path:
    """Where the mask of an image lies: under the same relative path, ending in .png."""
    return (folder / image.relative_to(root)).with_suffix(".png")


def marked_images(images: Images, *, root: Path, folder: Path, exif: Exif) -> Marked:
    """Find the mask of every image and look at it.

    Args:
        images: the clean ones.
        root: folder below which they lie.
        folder: of the masks.
        exif: how the images are read.
    """
    paths = [mask_path(image, root=root, folder=folder) for image in images.paths]

    def look(pair: tuple[Path, Path]) -> MaskFault | None:
        try:
            read_mask(pair[1], shown_size(pair[0], exif=exif))
        except Unreadable:
            # The run says so when it comes to the image; nothing can be made of it.
            return MaskFault(MaskProblem.UNREADABLE, f"{pair[0]} cannot be read itself.")
        except MaskFault as fault:
            return fault
        return None

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(look, zip(images.paths, paths, strict=True)))
    faults: dict[MaskProblem, list[str]] = {}
    for fault in found:
        if fault is not None:
            faults.setdefault(fault.problem, []).append(str(fault))
    usable = [position for position, fault in enumerate(found) if fault is None]
    return Marked(
        images=Images(paths=tuple(images.paths[each] for each in usable), labels=images.labels[usable]),
        masks=tuple(paths[each] for each in usable),
        faults={problem: tuple(each) for problem, each in faults.items()},
    )


def read_mask(path: Path, size: tuple[int, int]) -> ObjectMask:
    """Read a mask and make sure that it is of use: True on the object.

    Args:
        path: of the PNG.
        size: width and height of its image, as it is shown.

    Raises:
        MaskFault: it is absent, unreadable, of another size, empty, or leaves no background.
    """
    return _sound(path, decoded_mask(path, size))


def decoded_mask(path: Path, size: tuple[int, int]) -> ObjectMask:
    """Read a mask: True on the object, wherever it is.

    Any value but zero is the object; with transparency, what is both visible and not black.

    Args:
        path: of the PNG.
        size: width and height of its image, as it is shown.

    Raises:
        MaskFault: it is absent, unreadable or of another size.
    """
    try:
        with without_warnings(), Image.open(path) as file:
            # Before anything is decoded: the image's own size is bounded.
            if file.size != size:
                raise MaskFault(
                    MaskProblem.OTHER_SIZE,
                    f"{path} is {file.size[0]} x {file.size[1]} pixels and its image {size[0]} x {size[1]}. Save the "
                    "mask in the size of the image as it is shown, turned upright.",
                )
            values = np.asarray(file)
    except FileNotFoundError:
        raise MaskFault(MaskProblem.ABSENT, f"{path} is not there.") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise MaskFault(MaskProblem.UNREADABLE, f"{path} cannot be read: {error}. Save it as PNG again.") from None
    return _object_of(values)


def _object_of(values: np.ndarray) -> ObjectMask:
    if values.ndim == 2:
        found: ObjectMask = values != 0
        return found
    # Grey or colours, then transparency where there is one.
    colours = values if values.shape[2] == 3 else values[..., :-1]
    visible = True if values.shape[2] == 3 else values[..., -1] != 0
    seen: ObjectMask = (colours != 0).any(axis=2) & visible
    return seen


def _sound(path: Path, mask: ObjectMask) -> ObjectMask:
    if not mask.any():
        raise MaskFault(MaskProblem.EMPTY, f"{path} is zero everywhere. Set the pixels of the object to another value.")
    small = _small(mask)
    if 1 - hole_around(small).mean() < LEAST_BACKGROUND:
        raise MaskFault(
            MaskProblem.FULL,
            f"{path} leaves less than {percent(LEAST_BACKGROUND)} of the picture as background. Mark the object alone, "
            "or leave the image without a mask.",
        )
    return mask


def _small(mask: ObjectMask) -> ObjectMask:
    height, width = mask.shape
    share = min(1.0, SIDE / min(height, width))
    return shrunk_mask(mask, round(height * share), round(width * share))


def approximate_mask(pixels: Pixels) -> ObjectMask:
    """Guess where the object is, from a box around the middle: GrabCut (Rother et al. 2004).

    Colours inside the box that also occur outside it are taken for background. Where that leaves nothing, or the whole
    box, the ellipse in the box is returned.

    Args:
        pixels: a picture of any size.

    Returns:
        In the size of the picture; the same for the same picture.
    """
    small = np.ascontiguousarray(shrunk(pixels, _CUT_SIDE))
    height, width = small.shape[:2]
    left, top = max(1, round(_MARGIN * width)), max(1, round(_MARGIN * height))
    box = (left, top, width - 2 * left, height - 2 * top)
    found = np.zeros((height, width), dtype=np.uint8)
    inside = max(box[2], 0) * max(box[3], 0)
    if inside > 0:
        # Its mixtures of colours begin at random.
        cv2.setRNGSeed(0)
        cv2.grabCut(small, found, box, np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_RECT)
    mask = _largest_part((found == cv2.GC_FGD) | (found == cv2.GC_PR_FGD))
    if not _LEAST_OBJECT * inside < mask.sum() < _MOST_OBJECT * inside:
        mask = _ellipse(height, width)
    size = (pixels.shape[1], pixels.shape[0])
    enlarged: ObjectMask = np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)) > 0.5
    return enlarged


def _largest_part(mask: ObjectMask) -> ObjectMask:
    """The largest connected part with its holes filled: specks of background are no part of an object."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, dtype=np.uint8)
    if contours:
        cv2.drawContours(filled, [max(contours, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    part: ObjectMask = filled != 0
    return part


def _ellipse(height: int, width: int) -> ObjectMask:
    rows, columns = np.mgrid[0:height, 0:width]
    across = (columns - (width - 1) / 2) / (width * (0.5 - _MARGIN))
    down = (rows - (height - 1) / 2) / (height * (0.5 - _MARGIN))
    found: ObjectMask = across**2 + down**2 <= 1
    return found
