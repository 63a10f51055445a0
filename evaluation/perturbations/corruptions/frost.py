"""Frost: ice crystals on the lens."""

import numpy as np
from scipy import ndimage

from evaluation.perturbations.corruptions.corruption import Corruption, Picture, scale_of
from evaluation.perturbations.corruptions.kernels import plasma

_SHARES_OF_IMAGE_AND_ICE = ((1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))
_NEEDLE_LENGTH = 24.0
_NEEDLE_WIDTH = 0.8
_ICE_BLUE = np.array([0.86, 0.94, 1.0], dtype=np.float32)
_SHARE_OF_PATCHES = 0.55


def frost(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Lay drawn ice over a darkened image; ImageNet-C lays photographs, which are not ours to ship."""
    of_image, of_ice = _SHARES_OF_IMAGE_AND_ICE[severity - 1]
    return of_image * image + of_ice * _ice(image.shape[0], image.shape[1], scale_of(image), rng)


def _ice(height: int, width: int, scale: float, rng: np.random.Generator) -> Picture:
    """Needles of three directions where patches of ice grow, in [0, 1]."""
    directions = []
    for angle in rng.uniform(0, 180) + np.array([0.0, 60.0, 120.0]):
        grain = rng.normal(size=(2 * max(height, width),) * 2).astype(np.float32)
        needles = ndimage.gaussian_filter(grain, (_NEEDLE_WIDTH * max(scale, 0.5), _NEEDLE_LENGTH * scale / 2))
        turned = ndimage.rotate(needles, float(angle), reshape=False, order=1, mode="reflect")
        top, left = (turned.shape[0] - height) // 2, (turned.shape[1] - width) // 2
        directions.append(turned[top : top + height, left : left + width])
    crystals = np.max(directions, axis=0)
    crystals = np.clip((crystals - crystals.mean()) / (3 * crystals.std()) + 0.5, 0, 1)
    patches = np.clip((plasma(height, width, 2.0, rng) - (1 - _SHARE_OF_PATCHES)) * 4 + 0.5, 0, 1)
    ice: Picture = ((0.35 + 0.65 * crystals) * patches)[..., None].astype(np.float32) * _ICE_BLUE
    return ice


CORRUPTION = Corruption(key="frost", position=8, apply=frost)
