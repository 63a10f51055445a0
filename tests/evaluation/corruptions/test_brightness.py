"""Brightness against the standard library's hue, saturation and value."""

import colorsys

import numpy as np
import pytest

from evaluation.corruptions.brightness import brightness


@pytest.mark.parametrize(("severity", "gain"), [(1, 0.1), (3, 0.3), (5, 0.5)])
def test_hue_and_saturation_stay_and_the_value_rises(severity: int, gain: float) -> None:
    rng = np.random.default_rng(0)
    image = rng.random((6, 6, 3)).astype(np.float32)
    changed = brightness(image, severity, rng)
    for before, after in zip(image.reshape(-1, 3), changed.reshape(-1, 3), strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*map(float, before))
        expected = colorsys.hsv_to_rgb(hue, saturation, min(1.0, value + gain))
        assert after.tolist() == pytest.approx(expected, abs=2e-6)


def test_black_turns_grey_and_white_stays() -> None:
    ends = np.array([[[0, 0, 0], [1, 1, 1]]], dtype=np.float32)
    assert brightness(ends, 2, np.random.default_rng(0)).tolist() == [[pytest.approx([0.2] * 3), [1, 1, 1]]]
