"""What a model gets wrong among the images that it is most confident of: the curve of risk over coverage."""

import numpy as np
from jaxtyping import Bool, Float

from quba.measuring.calibration_bins import ascending_order


def errors_by_confidence(
    confidence: Float[np.ndarray, " images"], right: Bool[np.ndarray, " images"]
) -> Float[np.ndarray, " images"]:
    """How many of the 1, 2, 3, ... most confident images are decided wrong.

    Args:
        confidence: 32-bit, of the decision on each image, 0 or more; one image or more.
        right: whether each was decided right.

    Returns:
        One count per number of images. Where images are equally confident, it is the count to be expected if they come
        in any order, so that the order of the data set does not matter.

    Raises:
        ValueError: if there is no image.

    Source:
        El-Yaniv and Wiener 2010, "On the Foundations of Noise-free Selective Classification", JMLR 11.

    >>> errors_by_confidence(np.array([0.9, 0.5, 0.5], dtype=np.float32), np.array([True, True, False])).tolist()
    [0.0, 0.5, 1.0]
    """
    if confidence.size == 0:
        raise ValueError("there is no image; pass the confidence of one or more.")
    order = ascending_order(confidence)[::-1]
    ordered, wrong = confidence[order], np.cumsum(~right[order])
    # The last image of each run of equal confidence; up to it, the count does not depend on the order.
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    counts: Float[np.ndarray, " images"] = np.interp(
        np.arange(1, ordered.size + 1), np.append(0, ends + 1), np.append(0, wrong[ends])
    )
    return counts
