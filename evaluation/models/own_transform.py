"""A transform that somebody holds, split into pixels and normalisation, so that attacks act on pixels."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision import transforms
from torchvision.transforms import v2

from evaluation.errors import ModelRefused
from evaluation.models.loaded_model import Preparation

OwnTransform = Callable[[Any], Any]
"""From a picture to a tensor, as its owner says."""

PerChannel = float | Sequence[float] | Tensor
"""One number for each channel, or one for all."""

NO_ATTACK_SPACE = (
    "The attacks change pixels, and where the transform turns pixels into inputs is not known. Pass mean and std, with "
    "which its output is normalised (0 and 1 where it is not), or a torchvision Compose that ends in Normalize."
)

_CHANNELS_HEIGHT_WIDTH = 3
# Resizing with bicubic weights reaches a little beyond black and white.
_BEYOND = 0.25
# A flip at random would pass two calls every second time, and eight once in a hundred times.
_CALLS = 8
_SIDES = ((300, 260), (260, 320))


@dataclass(frozen=True)
class _Chain:
    """Steps, one after the other. A class and not a function, so that processes that read images can be sent it."""

    steps: tuple[OwnTransform, ...]

    def __call__(self, picture: Image.Image) -> Tensor:
        found: Any = picture
        for step in self.steps:
            found = step(found)
        return _plain(found)


@dataclass(frozen=True)
class _Undone:
    """A transform whose normalisation is undone: what it makes, as pixels in [0, 1]."""

    transform: OwnTransform
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __call__(self, picture: Image.Image) -> Tensor:
        found = _plain(self.transform(picture))
        mean, deviation = (torch.tensor(each).reshape(-1, 1, 1) for each in (self.mean, self.deviation))
        return found * deviation + mean


def preparation_of_transform(
    transform: OwnTransform, *, mean: PerChannel | None = None, deviation: PerChannel | None = None
) -> tuple[Preparation, bool]:
    """Split a transform where its pixels become normalised inputs.

    Args:
        transform: of evaluation, from a picture to one tensor of channels x height x width.
        mean: with which its output is normalised, per channel; needed only where it cannot be looked into.
        deviation: the same.

    Returns:
        The preparation, and whether attacks have pixels to act on.

    Raises:
        ModelRefused: it makes anything but such a tensor, or not always the same one.
    """
    if not callable(transform):
        raise ModelRefused(f"transform is {_kind(transform)}; pass a function from a PIL picture to a tensor.")
    _require_tensors(transform)
    whole = Preparation(key=f"as is: {transform!r}", transform=_Chain((transform,)))
    found = _two_parts(transform)
    if found is None:
        if mean is None or deviation is None:
            return whole, False
        return _without_normalisation(transform, per_channel(mean), per_channel(deviation)), True
    _require_agreement(found, mean, deviation)
    low, high = _range(found.transform)
    # Values on another scale, such as 0 to 255, are none that the attacks' step sizes are made for.
    return (found, True) if low >= -_BEYOND and high <= 1 + _BEYOND else (whole, False)


def per_channel(values: PerChannel) -> tuple[float, ...]:
    """The numbers as a tuple, of which one stands for all channels."""
    return tuple(torch.as_tensor(values, dtype=torch.float64).reshape(-1).tolist())


def probe_pictures() -> list[Image.Image]:
    """Two pictures of different sides with black, white and noise in them: what a transform is tried on."""
    rng = np.random.default_rng(0)
    pictures = []
    for height, width in _SIDES:
        values = rng.integers(0, 256, (height, width, 3))
        values[: height // 2, : width // 2], values[height // 2 :, : width // 2] = 0, 255
        pictures.append(Image.fromarray(values.astype(np.uint8)))
    return pictures


def _require_tensors(transform: OwnTransform) -> None:
    first, second = probe_pictures()
    found = [_tensor_of(transform, first) for _ in range(_CALLS)]
    if any(not torch.equal(one, other) for one, other in pairwise(found)):
        raise ModelRefused(
            "the transform makes different inputs of the same picture each time: pass the transform of evaluation "
            "(resize and centre crop), not that of training."
        )
    shapes = [tuple(found[0].shape), tuple(_tensor_of(transform, second).shape)]
    if shapes[0] != shapes[1]:
        raise ModelRefused(
            f"the transform makes inputs of {shapes[0]} of one picture and of {shapes[1]} of another; end it with a "
            "crop to one size, such as CenterCrop(224), so that they fit into one batch."
        )


def _tensor_of(transform: OwnTransform, picture: Image.Image) -> Tensor:
    try:
        found = transform(picture)
    except Exception as error:
        raise ModelRefused(
            f"the transform failed on an RGB picture of PIL: {type(error).__name__}: {error}. Pass a function from a "
            "PIL picture to a tensor."
        ) from error
    if not isinstance(found, Tensor):
        raise ModelRefused(
            f"the transform returns {_kind(found)}, and a tensor of channels x height x width is needed; end it with "
            "torchvision's ToTensor(), or return the tensor alone."
        )
    if found.dim() != _CHANNELS_HEIGHT_WIDTH:
        raise ModelRefused(
            f"the transform returns a tensor of shape {tuple(found.shape)}; return one image as channels x height x "
            "width, without a batch in front: batches are made later."
        )
    if not found.is_floating_point():
        raise ModelRefused(
            f"the transform returns {found.dtype} values; scale them to [0, 1] with torchvision's ToTensor(), or with "
            "v2.ToDtype(torch.float32, scale=True)."
        )
    if found.device.type != "cpu":
        raise ModelRefused(f"the transform returns a tensor on {found.device}; leave it on the CPU, it is moved later.")
    return found


def _two_parts(transform: OwnTransform) -> Preparation | None:
    """The transform in two parts; None where it cannot be looked into."""
    if is_preset(transform):
        bare: Any = copy.copy(transform)
        mean, deviation = bare.mean, bare.std
        bare.mean, bare.std = [0.0] * len(mean), [1.0] * len(deviation)
        return _split((bare,), mean, deviation)
    steps = steps_of(transform)
    if len(steps) == 1 and steps[0] is transform:
        return None
    # What only changes the type of the tensor may stand behind the normalisation.
    while steps and isinstance(steps[-1], v2.ToPureTensor):
        steps = steps[:-1]
    closing: Any = steps[-1] if steps else None
    if isinstance(closing, transforms.Normalize | v2.Normalize):
        return _split(steps[:-1], closing.mean, closing.std)
    normalised_before = any(isinstance(step, transforms.Normalize | v2.Normalize) for step in steps)
    return None if normalised_before else _split(steps, (0.0,), (1.0,))


def _split(before: tuple[OwnTransform, ...], mean: PerChannel, deviation: PerChannel) -> Preparation:
    return Preparation(
        key=" ".join(repr(step) for step in before),
        transform=_Chain(before),
        mean=per_channel(mean),
        deviation=per_channel(deviation),
    )


def steps_of(transform: OwnTransform) -> tuple[OwnTransform, ...]:
    """The steps of a composition, those of compositions within it too; any other transform is one step."""
    if isinstance(transform, transforms.Compose | v2.Compose):
        parts: Sequence[Any] = transform.transforms
    elif isinstance(transform, _Chain):
        parts = transform.steps
    elif isinstance(transform, nn.Sequential):
        parts = list(transform)
    else:
        return (transform,)
    return tuple(step for part in parts for step in steps_of(part))


def is_preset(transform: object) -> bool:
    """Whether it is what torchvision's weights bring: resize, crop and normalisation in one."""
    return isinstance(transform, nn.Module) and all(hasattr(transform, name) for name in ("crop_size", "mean", "std"))


def _without_normalisation(
    transform: OwnTransform, mean: tuple[float, ...], deviation: tuple[float, ...]
) -> Preparation:
    undone = _Undone(transform, mean, deviation)
    low, high = _range(undone)
    if low < -_BEYOND or high > 1 + _BEYOND:
        raise ModelRefused(
            f"mean {mean} and std {deviation} do not fit the transform: without them its values lie between {low:.2f} "
            f"and {high:.2f}, and pixels lie between 0 and 1. Pass those that the transform subtracts and divides by."
        )
    return Preparation(key=f"undone: {transform!r}", transform=undone, mean=mean, deviation=deviation)


def _require_agreement(found: Preparation, mean: PerChannel | None, deviation: PerChannel | None) -> None:
    for name, own, passed in (("mean", found.mean, mean), ("std", found.deviation, deviation)):
        if passed is not None and not np.allclose(own, per_channel(passed), atol=1e-4):
            raise ModelRefused(
                f"{name} is {per_channel(passed)}, and the transform normalises with {own}; leave {name} out, or "
                "change the transform."
            )


def _range(transform: OwnTransform) -> tuple[float, float]:
    values = torch.stack([transform(picture) for picture in probe_pictures()])
    return float(values.min()), float(values.max())


def _plain(found: Tensor) -> Tensor:
    # Without the class of torchvision's own tensors, which cannot be batched with their kind of metadata.
    return found.as_subclass(Tensor).float()


def _kind(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
