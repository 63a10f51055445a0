"""Motion blur draws its direction, and whole eight-bit values leave it."""

import numpy as np
import pytest

from evaluation.corruptions.motion_blur import motion_blur


@pytest.mark.parametrize("severity", range(1, 6))
def test_values_are_whole_steps_of_eight_bits(severity: int) -> None:
    image = np.random.default_rng(0).random((40, 40, 3)).astype(np.float32)
    steps = motion_blur(image, severity, np.random.default_rng(0)) * 255
    assert np.abs(steps - steps.round()).max() < 1e-3


def test_no_direction_is_steeper_than_45_degrees() -> None:
    point = np.zeros((224, 224, 3), dtype=np.float32)
    point[112, 160] = 1
    for seed in range(20):
        rows, columns = np.nonzero(motion_blur(point * 200, 5, np.random.default_rng(seed))[..., 0])
        assert np.ptp(rows) <= np.ptp(columns) + 1
        # Pixels take from those ahead of them: the smear lies to the left of its point.
        assert columns.max() == 160
