"""Each corruption by torch against the same by NumPy: the same bytes but for single steps of 255."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from evaluation.corruptions import CORRUPTIONS
from evaluation.engine.uncorrupted import before_corruption, in_groups
from evaluation.models.tensor_float import tensor_float
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES
from tests.evaluation.corruptions.test_corruptions import picture
from tests.evaluation.corruptions.test_strengths import SCENES
from tests.evaluation.devices import DEVICES

KEYS = [key for key in PUBLISHED_CORRUPTIONS if CORRUPTIONS[key].parts is not None]
# Of a photograph's values. Contrast: NumPy adds up a channel in 32 bits one by one, and a mean that is off by a bit
# takes all pixels of one brightness with it.
_MOST = {"contrast": 0.25}
_FEW = 0.002


def steps(key: str, severity: int, images: list[NDArray[np.uint8]], device: str = "cpu") -> NDArray[np.int64]:
    """By how many steps each value of some images of one size differs."""
    singles = [before_corruption(image, key, severity, seed=2, number=number) for number, image in enumerate(images)]
    (group,) = in_groups(singles)
    there = group.with_tensors(lambda each: each.to(device))
    with tensor_float(enabled=False):
        changed = CORRUPTIONS[key].corrupt_batch(there.pixels, severity, there.drawn)
    found = changed.cpu().numpy().astype(np.int64)
    assert found.shape == np.stack(images).shape
    expected = [CORRUPTIONS[key].corrupt(image, severity, seed=2, number=n) for n, image in enumerate(images)]
    differences: NDArray[np.int64] = np.abs(found - np.stack(expected))
    return differences


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("severity", SEVERITIES)
def test_of_photographs_few_values_differ_and_by_one_step(key: str, severity: int, device: str) -> None:
    found = steps(key, severity, SCENES, device)
    assert found.max() <= 1
    assert (found > 0).mean() <= _MOST.get(key, _FEW)


# Drawings are of areas of one colour, whose values may lie just at a step and go either way together.
@pytest.mark.parametrize(
    "drawing",
    [
        picture(224),
        picture(64),
        picture(12),
        np.ascontiguousarray(picture(64)[:40]),
        np.ascontiguousarray(picture(64)[:, 3:40]),
        np.full((32, 32, 3), 255, dtype=np.uint8),
        np.zeros((32, 32, 3), dtype=np.uint8),
        np.full((1, 1, 3), 77, dtype=np.uint8),
    ],
    ids=["224", "64", "12", "wide", "high", "white", "black", "pixel"],
)
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("key", KEYS)
def test_of_drawings_of_any_size_no_value_differs_by_more_than_one_step(
    key: str, drawing: NDArray[np.uint8], device: str
) -> None:
    for severity in SEVERITIES:
        assert steps(key, severity, [drawing, drawing], device).max() <= 1, severity


@pytest.mark.parametrize("key", KEYS)
def test_an_image_is_corrupted_alike_in_any_batch(key: str) -> None:
    images = [picture(48), np.ascontiguousarray(picture(48)[::-1]), picture(48)]
    singles = [before_corruption(image, key, 5, seed=0, number=number) for number, image in enumerate(images)]
    (whole,) = in_groups(singles)
    together = CORRUPTIONS[key].corrupt_batch(whole.pixels, 5, whole.drawn)
    for number, single in enumerate(singles):
        alone = CORRUPTIONS[key].corrupt_batch(single.pixels, 5, single.drawn)
        apart = (alone[0].int() - together[number].int()).abs()
        # Sums over more images may be cut into other parts.
        assert apart.max() <= 1
        assert torch.count_nonzero(apart) <= _FEW * apart.numel()
