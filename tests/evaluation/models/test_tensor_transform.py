"""Transforms of tensors give the bytes that the same transforms give pictures."""

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from timm.data.transforms_factory import create_transform
from torchvision import transforms
from torchvision.models import get_model_weights
from torchvision.transforms import InterpolationMode, v2

from evaluation.models.own_transform import preparation_of_transform
from evaluation.models.tensor_transform import tensor_transform

SIZES = [(224, 224), (64, 64), (90, 130), (12, 12)]


def timms(crop_mode: str, **said: Any) -> transforms.Compose:  # noqa: ANN401 - timm's own options
    shape = {"input_size": (3, 96, 96), "interpolation": "bicubic", "crop_pct": 0.9, **said}
    made: transforms.Compose = create_transform(**shape, crop_mode=crop_mode, is_training=False, normalize=False)
    return made


KNOWN: dict[str, Any] = {
    "timm": timms("center"),
    "timm, all sides": timms("squash", interpolation="bilinear"),
    "timm, whole": timms("center", crop_pct=1.0, input_size=(3, 64, 64)),
    "crop alone": transforms.Compose([transforms.CenterCrop(30), transforms.PILToTensor()]),
    "nearest": transforms.Compose(
        [transforms.Resize((20, 31), interpolation=InterpolationMode.NEAREST_EXACT), transforms.PILToTensor()]
    ),
    "Pillow's number": v2.Compose([v2.Resize(50, interpolation=Image.Resampling.BICUBIC.value), v2.PILToTensor()]),
    "version 2": v2.Compose([v2.Resize(50), v2.CenterCrop((40, 48)), v2.PILToTensor()]),
    "nothing to do": transforms.PILToTensor(),
}


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_the_bytes_are_those_of_pictures(name: str, height: int, width: int) -> None:
    arrays = np.random.default_rng(height).integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    of_tensors = tensor_transform(KNOWN[name])
    assert of_tensors is not None
    found = of_tensors(torch.from_numpy(arrays).movedim(-1, 1))
    assert torch.equal(found, torch.stack([KNOWN[name](Image.fromarray(each)) for each in arrays]))


def test_those_of_torchvisions_weights_and_of_ones_own_are_known_too() -> None:
    preset = get_model_weights("resnet18").DEFAULT.transforms()
    own = transforms.Compose(
        [transforms.Resize(70), transforms.CenterCrop(64), transforms.ToTensor(), transforms.Normalize(0.5, 0.2)]
    )
    arrays = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    for transform in (preset, own):
        of_pictures = preparation_of_transform(transform)[0].transform
        of_tensors = tensor_transform(of_pictures)
        assert of_tensors is not None
        expected = torch.stack([of_pictures(Image.fromarray(each)) for each in arrays])
        # As a device turns bytes into numbers.
        assert torch.equal(of_tensors(torch.from_numpy(arrays).movedim(-1, 1)).float().div(255), expected)


@pytest.mark.parametrize("unknown", [
    timms("border"),
    transforms.Compose([transforms.Grayscale(3), transforms.PILToTensor()]),
    transforms.Compose([ImageOps.mirror, transforms.PILToTensor()]),
    # It normalises, too, which a change of size does not.
    transforms.Compose([get_model_weights("resnet18").DEFAULT.transforms()]),
    # It ends in no tensor, and what it ends in would be left out.
    transforms.Compose([transforms.Resize(8), transforms.CenterCrop(8)]),
    transforms.Compose([]),
    ImageOps.mirror,
])  # fmt: skip
def test_of_others_nothing_is_guessed(unknown: Any) -> None:  # noqa: ANN401
    assert tensor_transform(unknown) is None
