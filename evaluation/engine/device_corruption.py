"""Corrupts images on the device that computes, after readers have decoded them and drawn what is random."""

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from evaluation.corruptions import CORRUPTIONS
from evaluation.engine.images import Batch
from evaluation.engine.inference import unless_out_of_memory
from evaluation.engine.means import Means
from evaluation.engine.stages import Plan
from evaluation.engine.uncorrupted import Uncorrupted
from evaluation.models.loaded_model import Transform
from evaluation.models.tensor_float import tensor_float
from evaluation.models.tensor_transform import TensorTransform, tensor_transform

logger = logging.getLogger(__name__)

ON_DEVICE = frozenset(key for key, each in CORRUPTIONS.items() if each.parts is not None)
"""The corruptions that a device can carry out. Of the others the processor alone has the program or the chance."""

# Others lack numbers of 64 bits, in which some blurs are added up.
_DEVICES = ("cpu", "cuda")


def obstacle(transform: Transform, device: str) -> str | None:
    """Why images cannot be corrupted on the device; None where they can.

    Args:
        transform: of the model: what follows a corruption has to follow it there.
        device: that computes.

    >>> obstacle(lambda picture: picture, "cpu")
    'the model has a transform with other steps than Resize, CenterCrop and PILToTensor.'
    """
    kind = torch.device(device).type
    if kind not in _DEVICES:
        return f"{kind} is none of the devices that can do it, which are {' and '.join(_DEVICES)}."
    if tensor_transform(transform) is None:
        return "the model has a transform with other steps than Resize, CenterCrop and PILToTensor."
    return None


def left_to_device(transform: Transform, means: Means) -> frozenset[str]:
    """The corruptions that a run leaves to its device: none unless that is asked for and possible.

    Args:
        transform: of the model.
        means: what the run is carried out with.
    """
    return ON_DEVICE if means.corrupt_on_device and obstacle(transform, means.device) is None else frozenset()


def corruption_note(plan: Plan, transform: Transform, means: Means) -> str:
    """What is to be known of images that a device corrupted; empty where no stage of a plan has any.

    Args:
        plan: the stages.
        transform: of the model.
        means: what the run is carried out with.
    """
    left = left_to_device(transform, means)
    if not any(stage.corruption in left for stage in plan.stages):
        return ""
    return (
        f"Images were corrupted on {torch.device(means.device).type}: some values of their pixels differ by a step "
        "of 255 from those that the processor makes."
    )


class DeviceCorruption:
    """Makes pixels of the images of batches that are not corrupted yet.

    Where memory runs out, halves of batches are corrupted from then on, and where that is not enough, the processor
    does it, by the same program. Batches without such images pass as they are.

    Args:
        transform: of the model.
        device: that computes.
    """

    def __init__(self, transform: TensorTransform, *, device: str) -> None:
        self._transform = transform
        self._device = device
        self._limit: int | None = None

    def with_pixels(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches, in the same order."""
        for batch in batches:
            yield self._corrupted_batch(batch) if batch.uncorrupted else batch

    def _corrupted_batch(self, batch: Batch) -> Batch:
        device = self._device
        made = [self._pixels(group) for group in batch.uncorrupted]
        if self._device != device and len(made) > 1:
            # Those of the first sizes would lie elsewhere than those that the processor has made.
            made = [self._pixels(group) for group in batch.uncorrupted]
        pixels = torch.cat(made)
        order = torch.tensor([position for group in batch.uncorrupted for position in group.positions])
        # Of images of several sizes, those of one size came together.
        in_order = pixels if len(batch.uncorrupted) == 1 else pixels[order.argsort().to(pixels.device)]
        return replace(batch, pixels=in_order, uncorrupted=())

    def _pixels(self, group: Uncorrupted) -> Tensor:
        count = len(group.positions)
        found = self._in_parts(group, self._limit or count)
        if found is None and self._limit is None:
            self._limit = math.ceil(count / 2)
            if torch.device(self._device).type == "cuda":
                torch.cuda.empty_cache()
            found = self._in_parts(group, self._limit)
        if found is None:
            logger.warning(
                "memory ran out on %s: from here on the processor corrupts the images, more slowly than without "
                "--corrupt-on-device.", self._device,
            )  # fmt: skip
            self._device = "cpu"
            found = self._pixels_of_part(group)
        return found

    def _in_parts(self, group: Uncorrupted, limit: int) -> Tensor | None:
        made = []
        for start in range(0, len(group.positions), limit):
            part = unless_out_of_memory(partial(self._pixels_of_part, group.part(start, start + limit)))
            if part is None:
                return None
            made.append(part)
        return torch.cat(made)

    def _pixels_of_part(self, group: Uncorrupted) -> Tensor:
        """The pixels of some images, images x 3 x height x width in 8 bits."""
        # Back to the processor a copy has to be waited for before it is looked at.
        onward = torch.device(self._device).type != "cpu"
        here = group.with_tensors(lambda each: each.to(self._device, non_blocking=onward))
        # Sums of products must be those of the processor, whatever the process allows GPUs to round.
        with tensor_float(enabled=False), torch.no_grad():
            changed = CORRUPTIONS[here.corruption].corrupt_batch(here.pixels, here.severity, here.drawn)
            return self._transform(changed.movedim(-1, 1))
