"""Each corruption changes a picture as strongly as the published program does, within a tenth.

The figures are the mean absolute change of a value, as a share of the range, that make_imagenet_c.py of
github.com/hendrycks/robustness (Apache-2.0) makes of the three pictures of `scene`, without its JPEG at the end; with
NumPy 2, scikit-image 0.26, OpenCV 5, ImageMagick 6.9.11 and its own frost photographs, where only names that these have
renamed were changed. Snow, frost, fog, motion blur and elastic transform are means over 40 to 300 draws per picture.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.corruptions import CORRUPTIONS
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES

SIDE = 224
COUNT = 3
# Exponent of the spectrum, mean brightness, contrast: a soft, a middling and a dark, busy picture.
_KINDS = ((1.6, 150, 45), (1.2, 115, 55), (1.0, 70, 40))


def scene(number: int) -> NDArray[np.uint8]:
    """Coloured clouds whose amplitude falls with frequency as in photographs, and a few hard-edged disks."""
    exponent, mean, contrast = _KINDS[number]
    rng = np.random.default_rng(number)
    rows, columns = np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE), indexing="ij")
    amplitude = np.maximum(np.hypot(rows, columns), 1 / SIDE) ** -exponent
    common, *own = (np.fft.ifft2(np.fft.fft2(rng.normal(size=(SIDE, SIDE))) * amplitude).real for _ in range(4))
    image = np.stack([common / common.std() + 0.4 * each / each.std() for each in own], axis=2)
    places = np.mgrid[0:SIDE, 0:SIDE]
    for _ in range(6):
        centre, radius, colour = rng.uniform(0, SIDE, 2), rng.uniform(10, 40), rng.normal(size=3)
        image[np.hypot(*(places - centre[:, None, None])) < radius] += colour
    eight_bit: NDArray[np.uint8] = np.clip(mean + contrast * image / image.std(), 0, 255).round().astype(np.uint8)
    return eight_bit


FIGURES = Path(__file__).with_name("published_strengths.json")
PUBLISHED: dict[str, list[float]] = json.loads(FIGURES.read_text(encoding="utf-8"))
# How often what is random is drawn, so that chance moves the mean by far less than a tenth. Of the others one draw has
# so many independent values that it is enough.
DRAWS = {"frost": 10, "motion_blur": 8, "elastic_transform": 8, "fog": 30, "snow": 3}
SCENES = [scene(number) for number in range(COUNT)]


def strength(key: str, severity: int) -> float:
    draws = DRAWS.get(key, 1)
    changes = [
        np.abs(CORRUPTIONS[key].corrupt(image, severity, seed=0, number=draw * COUNT + number).astype(float) - image)
        for number, image in enumerate(SCENES)
        for draw in range(draws)
    ]
    return float(np.mean(changes)) / 255


@pytest.mark.parametrize("key", PUBLISHED_CORRUPTIONS)
def test_a_corruption_is_as_strong_as_the_published_one(key: str) -> None:
    ours = [strength(key, severity) for severity in SEVERITIES]
    assert ours == pytest.approx(PUBLISHED[key], rel=0.1)


def test_every_corruption_has_its_figures() -> None:
    assert {key: len(figures) for key, figures in PUBLISHED.items()} == dict.fromkeys(
        PUBLISHED_CORRUPTIONS, len(SEVERITIES)
    )
