"""Shot noise has the moments of counted quanta."""

import numpy as np
import pytest

from evaluation.corruptions.shot_noise import shot_noise


@pytest.mark.parametrize(("severity", "quanta"), [(1, 60), (3, 12), (5, 3)])
@pytest.mark.parametrize("level", [0.2, 0.7])
def test_mean_and_variance_are_those_of_poisson(severity: int, quanta: int, level: float) -> None:
    image = np.full((200, 200, 3), level, dtype=np.float32)
    noisy = shot_noise(image, severity, np.random.default_rng(0)).astype(float)
    count = noisy.size
    variance = level / quanta
    # Five standard errors of the mean; of the variance, whose own error follows from the fourth moment.
    assert noisy.mean() == pytest.approx(level, abs=5 * np.sqrt(variance / count))
    assert noisy.var() == pytest.approx(variance, rel=5 * np.sqrt((2 + 1 / (level * quanta)) / count))
    # Whole quanta only.
    assert np.allclose(noisy * quanta, np.round(noisy * quanta), atol=1e-4)


def test_darkness_has_no_shot_noise() -> None:
    assert not shot_noise(np.zeros((8, 8, 3), dtype=np.float32), 5, np.random.default_rng(0)).any()
