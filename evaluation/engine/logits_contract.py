"""The contract on a model's outputs: finite, one per class, and logits rather than probabilities."""

import torch
from torch import Tensor

from evaluation.errors import OutputsRefused, WrongClassCount

# Logits of one image may lie in [0, 1] by chance; of eight images they do not.
_FEWEST_IMAGES = 8
_SUM_TOLERANCE = 0.01
_BOUND_TOLERANCE = 1e-6


def checked_logits(logits: Tensor, *, images: int, class_count: int) -> Tensor:
    """The outputs as 32-bit numbers. Nothing in here waits for the device: `refuse_spoiled` looks at the numbers.

    Raises:
        WrongClassCount: not one number per image and class.
    """
    if logits.shape != (images, class_count):
        raise WrongClassCount(
            f"the model gives outputs of shape {tuple(logits.shape)} for {images} images, and the benchmark has "
            f"{class_count} classes; use a model with {class_count} classes."
        )
    # What overflows in half precision is infinite already and is found; what 16 bits hold, 32 do.
    return logits.float()


def spoiled_images(logits: Tensor) -> Tensor:
    """Whether outputs of an image, a row of logits, are infinite or NaN; on the logits' device."""
    return ~torch.isfinite(logits).all(dim=1)


def refuse_spoiled(spoiled: Tensor) -> None:
    """Look at the marks of `spoiled_images`.

    Raises:
        OutputsRefused: an image is marked.
    """
    count = int(spoiled.sum())
    if count:
        raise OutputsRefused(
            f"the outputs for {count} of {len(spoiled)} images hold NaN or infinity; check the weights and the "
            "precision (--precision fp32)."
        )


class LogitsCheck:
    """Watches the outputs on real images for what only probabilities do.

    Softmax is applied to outputs once, by us. Applied to probabilities it gives nearly the same confidence everywhere:
    it spoils calibration and class balance and shrinks every gradient, while accuracy looks right.
    """

    def __init__(self) -> None:
        self._images = 0
        self._within = True
        self._sums_to_one = True
        self._low = float("inf")
        self._high = float("-inf")

    def watch(self, logits: Tensor) -> None:
        """Take note of a batch, images x classes."""
        low, high = logits.min().item(), logits.max().item()
        self._images += len(logits)
        self._low, self._high = min(self._low, low), max(self._high, high)
        self._within &= low >= -_BOUND_TOLERANCE and high <= 1 + _BOUND_TOLERANCE
        # In 64 bits: a thousand probabilities in 16 bits add up to 1 only roughly, hence also the tolerance.
        self._sums_to_one &= bool(((logits.double().sum(dim=1) - 1).abs() <= _SUM_TOLERANCE).all())

    def verdict(self) -> None:
        """Say what was seen; nothing is concluded from few images.

        Raises:
            OutputsRefused: the outputs look like probabilities.
        """
        if self._images < _FEWEST_IMAGES or not self._within:
            return
        if self._sums_to_one:
            kind = "lie in [0, 1] and add up to 1 for each image: they are probabilities, softmax is in the model"
        # A constant output, as of a net whose last layer is zero, says nothing about an activation.
        elif self._high > self._low:
            kind = "all lie in [0, 1]: they look like sigmoids or scaled similarities"
        else:
            return
        raise OutputsRefused(
            f"the outputs for {self._images} images {kind}. A model must return logits or log-probabilities; take the "
            "outputs before the last activation, or return their logarithm."
        )
