"""Pixelation against block means computed without Pillow."""

import numpy as np
import pytest

from evaluation.corruptions import CORRUPTIONS


@pytest.mark.parametrize(("severity", "block"), [(2, 2), (5, 4)])
def test_blocks_of_whole_pixels_hold_their_mean(severity: int, block: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    means = image.reshape(32 // block, block, 48 // block, block, 3).mean(axis=(1, 3))
    changed = CORRUPTIONS["pixelate"].corrupt(image, severity, seed=0, number=0)
    blocks = changed.reshape(32 // block, block, 48 // block, block, 3)
    assert (blocks == blocks[:, :1, :, :1]).all()
    # Pillow rounds the mean, and the way back to eight bits cuts off.
    assert np.abs(blocks[:, 0, :, 0] - means).max() <= 1.01


def test_an_image_of_few_pixels_keeps_one() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    changed = CORRUPTIONS["pixelate"].corrupt(image, 5, seed=0, number=0)
    assert len(np.unique(changed.reshape(-1, 3), axis=0)) == 1
