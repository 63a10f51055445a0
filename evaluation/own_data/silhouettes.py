"""Silhouettes of one class filled with the texture of another: images whose shape and texture disagree."""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Int

from evaluation.own_data.compositing import composite
from evaluation.own_data.working_size import ObjectMask, Pixels

_SEED = 17
_WHITE = 255


class Patch(NamedTuple):
    """The largest square that lies on an object.

    Attributes:
        top: row of its upper edge.
        left: column of its left edge.
        side: in pixels, 1 or more.
    """

    top: int
    left: int
    side: int


def inner_square(mask: ObjectMask) -> Patch:
    """The largest square inside an object; the first of several in reading order.

    Args:
        mask: with some of the object in it.
    """
    # Framed, so that what touches the rim of the picture ends there.
    framed = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = np.asarray(cv2.distanceTransform(framed, cv2.DIST_C, 3))
    row, column = np.unravel_index(int(distance.argmax()), distance.shape)
    # The distance to the nearest zero in rows or columns: the square reaches one less to each side.
    reach = int(distance[row, column]) - 1
    return Patch(top=int(row) - 1 - reach, left=int(column) - 1 - reach, side=2 * reach + 1)


def texture_donors(
    labels: Int[np.ndarray, " images"], sides: Float[np.ndarray, " images"]
) -> list[Int[np.ndarray, " donors"]]:
    """Of each class the images whose objects give texture: the half with the largest squares.

    Args:
        labels: of the images.
        sides: of the square inside each object, as a share of the picture's shorter side.

    Returns:
        Positions by label, one or more each, in an order drawn once for all.
    """
    donors = []
    for label in np.unique(labels).tolist():
        members = np.flatnonzero(labels == label)
        widest = members[np.argsort(-sides[members], kind="stable")][: (len(members) + 1) // 2]
        donors.append(np.random.default_rng([_SEED, label]).permutation(np.sort(widest)))
    return donors


def texture_of_each(
    labels: Int[np.ndarray, " images"], sides: Float[np.ndarray, " images"]
) -> Int[np.ndarray, " images"]:
    """For every silhouette the image of another class whose texture fills it, each class and each donor in turn.

    Args:
        labels: of the images in their lasting order; every class from 0 on has some.
        sides: as for `texture_donors`.
    """
    donors = texture_donors(labels, sides)
    found = np.empty_like(labels)
    used = [0] * len(donors)
    for label in range(len(donors)):
        strangers = [each for each in range(len(donors)) if each != label]
        for turn, position in enumerate(np.flatnonzero(labels == label).tolist()):
            stranger = strangers[(turn + label) % len(strangers)]
            found[position] = donors[stranger][used[stranger] % len(donors[stranger])]
            used[stranger] += 1
    return found


def textured_silhouette(mask: ObjectMask, donor: Pixels, patch: Patch) -> Pixels:
    """A silhouette on white, filled with a texture.

    Args:
        mask: the silhouette.
        donor: the picture of another object.
        patch: the square of it that is the texture; repeated as in a mirror, so that it shows no seams.

    Returns:
        In the size of the mask.
    """
    height, width = mask.shape
    square = donor[patch.top : patch.top + patch.side, patch.left : patch.left + patch.side]
    rows, columns = (_mirror_places(side, patch.side) for side in (height, width))
    surface: Pixels = square[rows][:, columns]
    return composite(surface, mask, np.full((height, width, 3), _WHITE, dtype=np.uint8))


def _mirror_places(length: int, side: int) -> Int[np.ndarray, " places"]:
    """Places 0, 1, ..., side - 1, side - 1, ..., 0, 0, 1, ... around the middle of the length."""
    place = (np.arange(length) - (length - side) // 2) % (2 * side)
    places: Int[np.ndarray, " places"] = np.where(place < side, place, 2 * side - 1 - place)
    return places
