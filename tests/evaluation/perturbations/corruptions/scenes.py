"""Pictures with the statistics of photographs, drawn so that the published program and ours can be given the same."""

import numpy as np
from numpy.typing import NDArray

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
    return np.clip(mean + contrast * image / image.std(), 0, 255).round().astype(np.uint8)
