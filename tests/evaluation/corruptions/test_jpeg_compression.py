"""JPEG of low quality keeps what JPEG keeps: flat areas, and brightness before colour."""

import numpy as np
import pytest

from evaluation.corruptions import CORRUPTIONS
from evaluation.corruptions.kernels import grey


@pytest.mark.parametrize("severity", [1, 5])
def test_a_flat_grey_survives_and_noise_does_not(severity: int) -> None:
    flat = np.full((32, 32, 3), 100, dtype=np.uint8)
    changed = CORRUPTIONS["jpeg_compression"].corrupt(flat, severity, seed=0, number=0)
    # The constant of a block is stored in steps of an eighth of its divisor: 16 / 8 at quality 50, more below.
    assert np.abs(changed.astype(int) - 100).max() <= 8
    assert np.ptp(changed) == 0
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert CORRUPTIONS["jpeg_compression"].corrupt(noise, severity, seed=0, number=0).std() < 0.8 * noise.std()


def test_colour_is_kept_less_well_than_brightness() -> None:
    noise = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    eight_bit = (noise * 255).astype(np.uint8)
    changed = CORRUPTIONS["jpeg_compression"].corrupt(eight_bit, 1, seed=0, number=0).astype(np.float32) / 255
    before, after = (image - grey(image) for image in (eight_bit.astype(np.float32) / 255, changed))
    kept_colour = np.corrcoef(before.ravel(), after.ravel())[0, 1]
    kept_brightness = np.corrcoef(grey(eight_bit.astype(np.float32)).ravel(), grey(changed).ravel())[0, 1]
    assert kept_brightness > kept_colour + 0.1
