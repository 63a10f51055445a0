"""Fog adds light unevenly and leaves the brightest value where it is."""

import numpy as np
import pytest

from evaluation.corruptions.fog import fog
from evaluation.corruptions.kernels import plasma


@pytest.mark.parametrize(("severity", "thickness", "decay"), [(1, 1.5, 2.0), (3, 2.5, 1.7), (5, 3.0, 1.4)])
def test_haze_is_mixed_in_by_its_thickness(severity: int, thickness: float, decay: float) -> None:
    image = np.random.default_rng(5).random((20, 28, 3)).astype(np.float32)
    haze = plasma(20, 28, decay, np.random.default_rng(1))[..., None]
    most = float(image.max())
    expected = (image + thickness * haze) * most / (most + thickness)
    assert fog(image, severity, np.random.default_rng(1)) == pytest.approx(expected, abs=1e-6)
    assert fog(image, severity, np.random.default_rng(1)).max() <= most + 1e-6
