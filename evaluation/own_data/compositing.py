"""Objects before backgrounds of other images: which before which, and putting one before the other."""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Int

from evaluation.own_data.working_size import ObjectMask, Pixels, covering

_SEED = 13
_FEATHER = 0.7


class Pairs(NamedTuple):
    """For each image the one whose background its object is put before.

    Attributes:
        same: another image of its class.
        other: an image of another class.
    """

    same: Int[np.ndarray, " images"]
    other: Int[np.ndarray, " images"]


def pairs(labels: Int[np.ndarray, " images"]) -> Pairs:
    """Choose a background for every object, twice.

    Within a class every background is used exactly once. Of the other classes, an object of a class gets each in turn,
    and of their backgrounds each in turn, so that all are used equally often, give or take one.

    Args:
        labels: of the images in their lasting order; two or more classes, each with two or more images.

    Returns:
        Positions; the same for the same labels.
    """
    members = {label: _random_order(labels, label) for label in np.unique(labels).tolist()}
    same, other = np.empty_like(labels), np.empty_like(labels)
    used = dict.fromkeys(members, 0)
    for place, (label, own) in enumerate(members.items()):
        # Along a circle: nobody meets himself, and everybody is met once.
        same[own] = np.roll(own, -1)
        strangers = [each for each in members if each != label]
        for turn, position in enumerate(own.tolist()):
            # Each class begins with another stranger, so that a few objects do not all meet the first class.
            stranger = strangers[(turn + place) % len(strangers)]
            theirs = members[stranger]
            other[position] = theirs[used[stranger] % len(theirs)]
            used[stranger] += 1
    return Pairs(same, other)


def _random_order(labels: Int[np.ndarray, " images"], label: int) -> Int[np.ndarray, " members"]:
    found: Int[np.ndarray, " members"] = np.random.default_rng([_SEED, label]).permutation(
        np.flatnonzero(labels == label)
    )
    return found


def composite(pixels: Pixels, mask: ObjectMask, background: Pixels) -> Pixels:
    """An object before another background.

    Args:
        pixels: the picture of the object.
        mask: of the object, in the same size.
        background: of any size; it is made to fill the picture.

    Returns:
        In the size of the picture of the object, which stays at its place; its outline is one pixel soft.
    """
    height, width = mask.shape
    behind = covering(background, height, width)
    weight = np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _FEATHER))[..., np.newaxis]
    blended: Pixels = (behind + weight * (pixels.astype(np.float32) - behind)).round().astype(np.uint8)
    return blended
