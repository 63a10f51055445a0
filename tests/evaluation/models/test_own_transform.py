"""Transforms that somebody holds: where they are split, and every one that cannot be used."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision import models, transforms
from torchvision.transforms import v2

from evaluation.errors import ModelRefused
from evaluation.models.own_transform import preparation_of_transform, probe_pictures

MEAN, DEVIATION = (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)
OLD = transforms.Compose(
    [transforms.Resize(40), transforms.CenterCrop(32), transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)]
)
NEW = v2.Compose(
    [
        v2.ToImage(),
        v2.Compose([v2.Resize(40, antialias=True), v2.CenterCrop(32)]),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(MEAN, DEVIATION),
        v2.ToPureTensor(),
    ]
)
PARTS = nn.Sequential(v2.ToImage(), v2.Resize((32, 32)), v2.ToDtype(torch.float32, scale=True),
                      v2.Normalize(MEAN, DEVIATION))  # fmt: skip


def opaque(picture: Image.Image) -> Tensor:
    found: Tensor = OLD(picture)
    return found


def inputs(transform: Callable[..., Any], **said: Any) -> tuple[Tensor, Tensor, bool]:  # noqa: ANN401
    """What the transform makes of a picture, what its two parts make, and whether pixels can be attacked."""
    picture = probe_pictures()[0]
    preparation, attackable = preparation_of_transform(transform, **said)
    mean, deviation = (torch.tensor(each).reshape(-1, 1, 1) for each in (preparation.mean, preparation.deviation))
    whole = transform(picture)
    return whole, (preparation.transform(picture) - mean) / deviation, attackable


@pytest.mark.parametrize(
    "transform",
    [OLD, NEW, PARTS, models.ResNet18_Weights.IMAGENET1K_V1.transforms()],
    ids=["v1", "v2", "sequential", "preset"],
)
def test_the_closing_normalisation_is_split_off(transform: Callable[..., Any]) -> None:
    whole, together, attackable = inputs(transform)
    assert attackable
    assert torch.allclose(whole, together, atol=1e-6)
    preparation, _ = preparation_of_transform(transform)
    pixels = preparation.transform(probe_pictures()[0])
    assert type(pixels) is Tensor
    assert (float(pixels.min()), float(pixels.max())) == (0, 1)
    if transform is not PARTS and not hasattr(transform, "crop_size"):
        assert preparation.mean == pytest.approx(MEAN)
        assert preparation.deviation == pytest.approx(DEVIATION)


def test_a_preset_of_weights_is_left_as_it_is() -> None:
    preset = models.ResNet18_Weights.IMAGENET1K_V1.transforms()
    preparation_of_transform(preset)
    assert preset.mean == pytest.approx((0.485, 0.456, 0.406))


def test_a_composition_without_normalisation_gives_pixels() -> None:
    preparation, attackable = preparation_of_transform(
        transforms.Compose([transforms.CenterCrop(32), transforms.ToTensor()])
    )
    assert (attackable, preparation.mean, preparation.deviation) == (True, (0.0,), (1.0,))


@pytest.mark.parametrize(
    "transform",
    [
        opaque,
        transforms.Compose([*OLD.transforms, nn.Identity()]),
        # 0 to 255, and -1 to 1 without a step that says so.
        transforms.Compose(
            [transforms.CenterCrop(32), transforms.PILToTensor(), transforms.Lambda(torch.Tensor.float)]
        ),
        transforms.Compose([transforms.CenterCrop(32), transforms.ToTensor(), transforms.Lambda(lambda x: 2 * x - 1)]),
    ],
    ids=["function", "normalised before", "255", "lambda"],
)
def test_what_cannot_be_looked_into_is_taken_as_it_is_and_not_attacked(transform: Callable[..., Any]) -> None:
    whole, together, attackable = inputs(transform)
    assert not attackable
    assert torch.equal(whole, together)


def test_mean_and_deviation_say_the_pixels_of_what_cannot_be_looked_into() -> None:
    whole, together, attackable = inputs(opaque, mean=MEAN, deviation=DEVIATION)
    assert attackable
    assert torch.allclose(whole, together, atol=1e-6)
    preparation, _ = preparation_of_transform(opaque, mean=MEAN, deviation=DEVIATION)
    pixels = preparation.transform(probe_pictures()[0])
    assert torch.allclose(pixels, transforms.Compose(OLD.transforms[:-1])(probe_pictures()[0]), atol=1e-6)


def test_a_grey_transform() -> None:
    grey = transforms.Compose([transforms.Grayscale(), *OLD.transforms[:3], transforms.Normalize(0.5, 0.25)])
    preparation, _ = preparation_of_transform(grey)
    assert (preparation.mean, preparation.deviation) == ((0.5,), (0.25,))


@pytest.mark.parametrize(
    ("transform", "said", "message"),
    [
        ("resize", {}, r"transform is str; pass a function"),
        (transforms.CenterCrop(32), {}, r"returns PIL\.Image\.Image, and a tensor of channels x height x width"),
        (np.asarray, {}, r"returns numpy\.ndarray, and a tensor"),
        (lambda picture: {"image": opaque(picture)}, {}, r"returns dict, and a tensor"),
        (lambda picture: opaque(picture)[None], {}, r"shape \(1, 3, 32, 32\); return one image as channels x height"),
        (transforms.Compose([transforms.CenterCrop(32), transforms.PILToTensor()]), {}, r"returns torch\.uint8 values"),
        (lambda picture: opaque(picture).to("meta"), {}, r"a tensor on meta; leave it on the CPU"),
        (lambda picture: picture["image"], {}, r"failed on an RGB picture of PIL: TypeError"),
        (transforms.Compose([transforms.Resize(40), transforms.ToTensor()]), {}, r"\(3, 46, 40\) of one picture and"),
        (transforms.Compose([transforms.RandomResizedCrop(32), transforms.ToTensor()]), {}, r"not that of training"),
        (OLD, {"mean": (0, 0, 0), "deviation": DEVIATION}, r"mean is \(0\.0, .*, and the transform normalises"),
        (OLD, {"mean": MEAN, "deviation": (1, 1, 1)}, r"std is \(1\.0, .*, and the transform normalises"),
        (opaque, {"mean": (0, 0, 0), "deviation": (1, 1, 1)}, r"do not fit the transform: .* between -2\.50 and 2\.50"),
    ],
)  # fmt: skip
def test_a_transform_that_cannot_be_used(transform: Any, said: dict[str, Any], message: str) -> None:  # noqa: ANN401
    with pytest.raises(ModelRefused, match=message):
        preparation_of_transform(transform, **said)
