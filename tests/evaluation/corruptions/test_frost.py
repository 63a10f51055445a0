"""Frost mixes the image with ice that is as bright and as uneven as its kind says."""

import numpy as np
import pytest
from scipy import ndimage

from evaluation.corruptions import frost as module
from evaluation.corruptions.frost import _PHOTOGRAPHED, _needles, _smooth, _standard_scores, frost


def test_standard_scores_have_mean_0_and_deviation_1_and_a_flat_pattern_none() -> None:
    scores = _standard_scores(np.random.default_rng(0).normal(5, 3, (40, 40)))
    assert scores.mean() == pytest.approx(0, abs=1e-9)
    assert scores.std() == pytest.approx(1)
    # Not NaN: an image of one pixel has no deviation.
    assert not _standard_scores(np.full((3, 3), 0.7)).any()


@pytest.mark.parametrize("side", [1, 30, 97])
def test_the_grain_is_smoothed_as_scipy_does(side: int) -> None:
    grain = np.random.default_rng(0).normal(size=(side, side)).astype(np.float32)
    expected = ndimage.gaussian_filter(grain, (0.8, 12.0), mode="reflect", truncate=4.0)
    assert _smooth(grain, (0.8, 12.0)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("height", "width"), [(30, 30), (24, 50), (1, 1)])
def test_needles_fill_the_image(height: int, width: int) -> None:
    needles = _needles((height, width), np.random.default_rng(0))
    assert needles.shape == (height, width)
    assert np.isfinite(needles).all()


@pytest.mark.parametrize(("severity", "of_image", "of_ice"), [(1, 1.0, 0.4), (3, 0.7, 0.7), (5, 0.6, 0.75)])
def test_image_and_ice_are_mixed_by_the_published_shares(
    monkeypatch: pytest.MonkeyPatch, severity: int, of_image: float, of_ice: float
) -> None:
    for kind in dict.fromkeys(_PHOTOGRAPHED):
        monkeypatch.setattr(module, "_PHOTOGRAPHED", (kind,))
        black, grey = (np.full((48, 48, 3), value, dtype=np.float32) for value in (0.0, 0.5))
        ice = [frost(black, severity, np.random.default_rng(seed)) for seed in range(40)]
        # The mean over draws: each differs by `between`, and clipping at 0 and 1 takes a little.
        error = 4 * of_ice * kind.between / np.sqrt(len(ice)) + 0.02
        assert np.mean(ice, axis=(0, 1, 2)) == pytest.approx(of_ice * np.array(kind.colour), abs=error)
        # The same chance gives the same ice, whatever lies under it.
        over_grey = frost(grey, severity, np.random.default_rng(0))
        assert over_grey - ice[0] == pytest.approx(np.full((48, 48, 3), of_image * 0.5), abs=1e-5)
