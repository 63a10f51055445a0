"""The quality dimensions, one file each, discovered from this folder.

A new dimension is a new file here with a module-level ``DIMENSION``; nothing else has to be edited.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from quba.dimension import Dimension


def _discovered() -> Mapping[str, Dimension]:
    """Every ``DIMENSION`` of this folder by key, in the order of their positions."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    dimensions: list[Dimension] = [module.DIMENSION for module in modules]
    ordered = sorted(dimensions, key=lambda dimension: (dimension.position, dimension.key))
    return MappingProxyType({dimension.key: dimension for dimension in ordered})


DIMENSIONS: Mapping[str, Dimension] = _discovered()
"""All dimensions by key, in the customary order."""
