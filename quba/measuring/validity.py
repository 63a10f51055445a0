"""Checks that the formulas share: misuse is answered with a ``ValueError`` that names the value and the rule."""

import numpy as np
from jaxtyping import Float, Int


def require_images(outputs: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]) -> None:
    """Refuse outputs and labels that do not belong together.

    Args:
        outputs: one row per image and one column per class, free of NaN.
        labels: one class index per image.

    Raises:
        ValueError: if there is no image or no class, a count differs, a label names no class, or an output is NaN.
    """
    if outputs.ndim != 2 or outputs.shape[1] == 0:
        raise ValueError(f"outputs have shape {outputs.shape}; pass one row per image and one column per class.")
    require_labels(labels, class_count=outputs.shape[1])
    if len(outputs) != len(labels):
        raise ValueError(f"there are {len(outputs)} outputs for {len(labels)} labels; pass one label per image.")
    # NaN passes through max, and one number is cheaper to look at than a mask of the whole array.
    if np.isnan(outputs.max()):
        raise ValueError("outputs hold NaN; the model failed on these images, so there is nothing to measure.")


def require_labels(labels: Int[np.ndarray, " images"], class_count: int) -> None:
    """Refuse an empty list of class indices, or one that leaves 0 .. class_count - 1.

    Raises:
        ValueError: as said.
    """
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(f"labels have shape {labels.shape}; pass one class index for each of one or more images.")
    if labels.min() < 0 or labels.max() >= class_count:
        raise ValueError(
            f"labels run from {labels.min()} to {labels.max()}; with {class_count} classes they must lie in "
            f"0 to {class_count - 1}."
        )


def single_precision_probabilities(
    probabilities: Float[np.ndarray, "images classes"], labels: Int[np.ndarray, " images"]
) -> Float[np.ndarray, "images classes"]:
    """The probabilities as 32-bit floats, once they and the labels are found sound.

    The study computes probabilities in 32 bits, where small ones underflow to 0 and count as absent. Casting makes a
    result independent of the precision in which the caller holds them.

    Raises:
        ValueError: as ``require_images``, and for a probability outside [0, 1].
    """
    require_images(probabilities, labels)
    low, high = float(probabilities.min()), float(probabilities.max())
    if low < 0 or high > 1:
        raise ValueError(f"probabilities run from {low:g} to {high:g}; they must lie in [0, 1]. Apply softmax once.")
    return probabilities.astype(np.float32, copy=False)


def require_accuracy(name: str, value: float) -> None:
    """Refuse an accuracy outside [0, 1].

    Raises:
        ValueError: naming the accuracy, its value and the rule.
    """
    # Written so that NaN, which compares false with everything, is refused as well.
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}; an accuracy is a fraction in [0, 1]. Divide a per cent figure by 100.")
