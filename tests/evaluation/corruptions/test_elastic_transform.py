"""The elastic transform moves pixels and makes none."""

import numpy as np
import pytest

from evaluation.corruptions.elastic_transform import _affine, _taken_from, elastic_transform


def test_without_a_shift_the_corners_stay() -> None:
    assert _affine(30, (60, 80), 0.0, np.random.default_rng(0)) == pytest.approx(np.eye(2, 3), abs=1e-12)


@pytest.mark.parametrize("mode", ["mirror", "reflect"])
@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, 3)])
def test_whole_pixels_are_taken_as_they_are(mode: str, down: int, right: int) -> None:
    image = np.random.default_rng(0).random((9, 11, 3)).astype(np.float32)
    places = (
        np.asarray(np.mgrid[0:9, 0:11], dtype=np.float32) + np.array([down, right], dtype=np.float32)[:, None, None]
    )
    taken = _taken_from(image, places, mode=mode)  # type: ignore[arg-type]
    assert taken[: 9 - down, : 11 - right] == pytest.approx(image[down:, right:], abs=1e-6)


@pytest.mark.parametrize("severity", range(1, 6))
def test_values_stay_between_those_of_the_image(severity: int) -> None:
    rng = np.random.default_rng(severity)
    image = (0.2 + 0.6 * rng.random((50, 60, 3))).astype(np.float32)
    changed = elastic_transform(image, severity, rng)
    assert changed.shape == image.shape
    assert image.min() - 1e-5 <= changed.min()
    assert changed.max() <= image.max() + 1e-5
    # Channels are moved together: a grey image stays grey.
    grey = image[..., :1].repeat(3, axis=2)
    moved = elastic_transform(grey, severity, np.random.default_rng(0))
    assert np.ptp(moved, axis=2).max() < 1e-6
