"""Painting an object over, so that a background is left that shows neither it nor its outline."""

import cv2
import numpy as np

from evaluation.own_data.working_size import ObjectMask, Pixels

# Shadows and mirrored light reach a little beyond an object.
_BEYOND = 0.03
# In pixels: within the soft edge of the hole nothing of the object may be left.
_LEAST_REACH = 3
# What is painted is smooth, so that it may as well be painted small: a sixteenth of the pixels.
_PAINTED_SIDE = 64
_RADIUS = 3.0
_FEATHER = 1.0


def hole_around(mask: ObjectMask) -> ObjectMask:
    """Where a picture is painted over: the convex hull of the object and a little beyond.

    Not the object's own outline: what is painted is smooth, and a smooth patch with the outline of a cat is a cat.

    Args:
        mask: with some of the object in it.
    """
    height, width = mask.shape
    hull = cv2.convexHull(cv2.findNonZero(mask.astype(np.uint8)))
    hole = np.zeros((height, width), dtype=np.uint8)
    cv2.fillConvexPoly(hole, hull, 1)
    reach = max(_LEAST_REACH, round(_BEYOND * min(height, width)))
    # A thick outline reaches as far as a dilation would, in a tenth of the time.
    cv2.polylines(hole, [hull], True, 1, thickness=2 * reach + 1)
    found: ObjectMask = hole != 0
    return found


def painted_over(pixels: Pixels, mask: ObjectMask) -> Pixels:
    """The picture without its object, by the method of Bertalmio et al. 2001.

    Args:
        pixels: at the working size.
        mask: of the object, in the same size.

    Returns:
        Outside the hole around the object to the byte as it was, but for a soft edge inside the hole.
    """
    height, width = mask.shape
    hole = hole_around(mask).astype(np.uint8)
    share = min(1.0, _PAINTED_SIDE / min(height, width))
    size = (max(1, round(width * share)), max(1, round(height * share)))
    # Any part of a small pixel in the hole counts, or the object's colours would be painted with.
    small_hole = (np.asarray(cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA)) > 0).astype(
        np.uint8
    )
    small = np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)).copy()
    # The method looks at slopes across the rim, and the object's colours would bend them.
    small[small_hole > 0] = small[small_hole == 0].mean(axis=0).round()
    painted = cv2.inpaint(small, small_hole, _RADIUS, cv2.INPAINT_NS)
    painted = cv2.resize(painted, (width, height), interpolation=cv2.INTER_LINEAR)
    weight = np.asarray(cv2.GaussianBlur(hole.astype(np.float32), (0, 0), _FEATHER)) * hole
    # 1 well inside the hole; outside it exactly 0, so that the background stays what it was.
    blended = pixels + weight[..., np.newaxis] * (np.asarray(painted, dtype=np.float32) - pixels)
    result: Pixels = np.where(hole[..., np.newaxis] == 1, blended.round(), pixels).astype(np.uint8)
    return result
