"""Files become batches on the device, corrupted by whoever is to do it."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import CenterCrop, Compose, Grayscale, PILToTensor

from evaluation.engine import device_corruption, device_decoding
from evaluation.engine.batch_stream import batch_stream
from evaluation.engine.device_corruption import ON_DEVICE
from evaluation.engine.device_decoding import decoding_obstacle
from evaluation.engine.images import Batch, Item
from evaluation.engine.means import Means
from evaluation.engine.uncorrupted import Uncorrupted
from evaluation.models.loaded_model import Transform
from evaluation.published import PUBLISHED_CORRUPTIONS

CROPPED = Compose([CenterCrop(20), PILToTensor()])
ON = Means(workers=0, corrupt_on_device=True)


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """A photograph, which is cut to 224 pixels, a small image, and a file that is none."""
    rng = np.random.default_rng(0)
    found = [tmp_path / f"{number}.png" for number in range(3)]
    for path, size in zip(found, ((300, 280), (40, 30)), strict=False):
        Image.fromarray(rng.integers(0, 256, (*size, 3), dtype=np.uint8)).save(path)
    found[2].write_bytes(b"text")
    return found


def batches(paths: list[Path], keys: tuple[str, ...], means: Means, transform: Transform = CROPPED) -> list[Batch]:
    asked = [[Item(str(path), number, key, 4, 9) for number, path in enumerate(paths)] for key in keys]
    return list(batch_stream(iter(asked), transform, means))


@pytest.mark.parametrize("workers", [0, 1])
def test_every_corruption_gives_the_same_pixels_but_for_single_steps(paths: list[Path], workers: int) -> None:
    keys = PUBLISHED_CORRUPTIONS
    here = batches(paths, keys, Means(workers=workers))
    there = batches(paths, keys, Means(workers=workers, corrupt_on_device=True))
    for key, one, other in zip(keys, here, there, strict=True):
        assert one.pixels is not None
        assert other.pixels is not None
        assert (one.readable, one.unreadable, one.remarks) == (other.readable, other.unreadable, other.remarks)
        steps = (one.pixels.int() - other.pixels.int()).abs()
        assert steps.max() <= 1, key
        # What only the processor can do is the same to the last bit.
        assert key in ON_DEVICE or not steps.any()
        assert other.uncorrupted == ()


def test_the_device_makes_the_pixels_where_that_is_asked_for(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    kept = device_corruption.DeviceCorruption._pixels_of_part

    def noted(self: device_corruption.DeviceCorruption, group: Uncorrupted) -> torch.Tensor:
        made.append(group.corruption)
        return kept(self, group)

    monkeypatch.setattr(device_corruption.DeviceCorruption, "_pixels_of_part", noted)
    keys = ("fog", "", "jpeg_compression")
    batches(paths, keys, Means(workers=0))
    assert made == []
    batches(paths, keys, ON)
    # The photograph and the small image have different sizes.
    assert made == ["fog", "fog"]


def test_a_transform_of_pictures_alone_leaves_it_to_the_processor(
    paths: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    pictures_only = Compose([CenterCrop(20), Grayscale(3), PILToTensor()])
    here = batches(paths, ("fog",), Means(workers=0), pictures_only)
    with caplog.at_level(logging.WARNING):
        there = batches(paths, ("fog",), ON, pictures_only)
    assert here[0].pixels is not None
    assert there[0].pixels is not None
    assert torch.equal(here[0].pixels, there[0].pixels)
    assert caplog.messages == [
        "the processor corrupts the images in spite of --corrupt-on-device: the model has a transform with other "
        "steps than Resize, CenterCrop and PILToTensor."
    ]


def test_photographs_decoded_on_the_device_are_the_same_and_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8))
    files = [tmp_path / name for name in ("exact.jpg", "coarse.jpg", "other.png", "none.jpg")]
    noise.save(files[0], subsampling=0)
    noise.save(files[1], subsampling=2)
    noise.save(files[2])
    files[3].write_bytes(b"text")
    given: list[int] = []
    kept = device_decoding._pictures_of

    def noted(data: Sequence[torch.Tensor], device: str) -> list[torch.Tensor]:
        given.append(len(data))
        return kept(data, device)

    keys = ("", "fog", "")
    here = batches(files, keys, Means(workers=0))
    # Whether the device does it alike is tried before.
    assert decoding_obstacle(CROPPED, "cpu") is None
    monkeypatch.setattr(device_decoding, "_pictures_of", noted)
    there = batches(files, keys, Means(workers=0, decode_on_device=True))
    both = batches(files, keys, Means(workers=0, decode_on_device=True, corrupt_on_device=True))
    # What is corrupted is decoded once, by the readers, and kept.
    assert given == [1, 1] * 2
    for one, other, third in zip(here, there, both, strict=True):
        assert one.pixels is not None
        for each in (other, third):
            assert each.pixels is not None
            assert torch.equal(one.pixels, each.pixels)
            assert (one.readable, one.unreadable, one.remarks) == (each.readable, each.unreadable, each.remarks)


def test_where_the_device_cannot_decode_the_processor_does_and_it_is_said(
    paths: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    pictures_only = Compose([CenterCrop(20), Grayscale(3), PILToTensor()])
    with caplog.at_level(logging.WARNING):
        batches(paths, ("",), Means(workers=0, decode_on_device=True), pictures_only)
    assert caplog.messages == [
        "the processor decodes the images in spite of --decode-on-device: the model has a transform with other "
        "steps than Resize, CenterCrop and PILToTensor."
    ]
