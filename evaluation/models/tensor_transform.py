"""A model's own transform for images that lie on a device already, as 8-bit tensors."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jaxtyping import UInt8
from PIL import Image
from timm.data.transforms import MaybePILToTensor, MaybeToTensor
from torch import Tensor
from torchvision import transforms
from torchvision.transforms import InterpolationMode, v2

from evaluation.models.loaded_model import Transform
from evaluation.models.own_transform import is_preset, steps_of
from evaluation.tensor_resize import at_size

_RESIZING = (transforms.Resize, v2.Resize)
_CROPPING = (transforms.CenterCrop, v2.CenterCrop)
# What turns a picture into a tensor, as the last step: to bytes, or to bytes divided by 255, as a device does itself.
_CLOSING = (transforms.PILToTensor, transforms.ToTensor, v2.PILToTensor, MaybePILToTensor, MaybeToTensor)


@dataclass(frozen=True, slots=True)
class TensorTransform:
    """Resizing and cropping to the very bytes that the steps give pictures.

    Attributes:
        steps: of torchvision, each `Resize` or `CenterCrop`.
    """

    steps: tuple[Any, ...]

    def __call__(
        self, images: UInt8[Tensor, "images 3 height width"]
    ) -> UInt8[Tensor, "images 3 new_height new_width"]:
        """The inputs of a model, but for their normalisation, on the device of the images."""
        for step in self.steps:
            images = _at_new_size(step, images) if isinstance(step, _RESIZING) else step(images)
        return images


def tensor_transform(transform: Transform) -> TensorTransform | None:
    """The same transform for tensors; None where it has a step that is known of pictures alone.

    Args:
        transform: from a picture to pixels.

    >>> tensor_transform(transforms.Compose([transforms.CenterCrop(8), transforms.PILToTensor()])).steps
    (CenterCrop(size=(8, 8)),)
    >>> tensor_transform(transforms.Compose([transforms.Grayscale(3), transforms.PILToTensor()])) is None
    True
    """
    found = [part for step in steps_of(transform) for part in _parts(step)]
    *steps, closing = found or [None]
    known = all(isinstance(step, (*_RESIZING, *_CROPPING)) for step in steps)
    return TensorTransform(tuple(steps)) if known and isinstance(closing, _CLOSING) else None


def _parts(step: Any) -> tuple[Any, ...]:  # noqa: ANN401 - whatever somebody put into a transform
    """The steps that a preset of torchvision's weights is made of; any other step alone."""
    # One that normalises, too, within a transform of one's own, is no mere change of size.
    if not is_preset(step) or not hasattr(step, "resize_size") or any(step.mean) or set(step.std) != {1.0}:
        return (step,)
    resize = transforms.Resize(step.resize_size, interpolation=step.interpolation)
    return resize, transforms.CenterCrop(step.crop_size), transforms.PILToTensor()


def _at_new_size(step: Any, images: Tensor) -> Tensor:  # noqa: ANN401 - of either version of torchvision's transforms
    height, width = images.shape[-2:]
    # The steps of one version have the word and those of the other the member. Pillow has one filter for torchvision's
    # two ways to take the nearest pixel.
    chosen = step.interpolation
    # Pillow's own numbers are taken, too.
    taken = isinstance(chosen, int)
    name = "" if taken else InterpolationMode(chosen).name.removesuffix("_EXACT")
    resampling = Image.Resampling(chosen) if taken else Image.Resampling[name]
    return at_size(images, _new_size(step, height, width), resampling)


@lru_cache(maxsize=2**14)
def _new_size(step: Any, height: int, width: int) -> tuple[int, int]:  # noqa: ANN401 - as above
    """Height and width of what a step makes of a picture of that size, seen by one that it is given."""
    columns, rows = step(Image.new("L", (width, height))).size
    return rows, columns
