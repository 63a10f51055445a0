"""The corruptions of ImageNet-C, made on the fly; discovered: each file with a ``CORRUPTION`` adds one.

`evaluation/published.py` names those that corruption robustness is made of; another is measured where it is asked for.

They are written from the published description and parameters (Hendrycks and Dietterich 2019, arXiv 1903.12261) for
benchmarks that have no corrupted copy on disk, and change an image as strongly as the published program does, within a
tenth at each severity (`docs/evaluation.md` has the figures, and a test holds them). Three things differ from the
files of ImageNet-C, so the two must not be compared: lengths scale with the image, the frost is drawn and not
photographed, and results are not compressed again as JPEG. No library was taken: `imagecorruptions` stopped in 2021 and
needs functions that NumPy 2, SciPy and scikit-image have removed; kornia and albumentations have other corruptions
without these severities.

All but two are in `TwoParts`, of which the second is written for NumPy and torch at once, so that a device can carry it
out for many images: `kernels.py` has what both need, and `device_kernels.py` what torch does where NumPy has SciPy,
OpenCV or Pillow. Shot noise draws from each value, and JPEG is a program: the processor alone has them.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from evaluation.corruptions.corruption import Corruption


def _corruptions_by_key() -> Mapping[str, Corruption]:
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    # By position and not by name: results and the published tables list them by kind.
    found: list[Corruption] = [module.CORRUPTION for module in modules if hasattr(module, "CORRUPTION")]
    return MappingProxyType({each.key: each for each in sorted(found, key=lambda each: each.position)})


CORRUPTIONS: Mapping[str, Corruption] = _corruptions_by_key()
"""Each corruption by its key, in the customary order: noise, blur, weather, digital."""
