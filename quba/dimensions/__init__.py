"""The quality dimensions, one file each, discovered from this folder.

A new dimension is a new file here with a module-level ``DIMENSION`` and a function ``measure``; nothing else has to be
edited. What the study published is about the nine of ``STUDY_DIMENSIONS``, however many there are.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from types import MappingProxyType

from quba.dimension import Dimension
from quba.measuring.observations import Measured, Observations
from quba.reference import Reference

STUDY_DIMENSIONS = (
    "accuracy",
    "adversarial_robustness",
    "corruption_robustness",
    "ood_robustness",
    "calibration_error",
    "class_balance",
    "object_focus",
    "shape_bias",
    "parameters_millions",
)
"""The dimensions of Hesse et al. 2026, in its order: presets weigh these, and the study's claims are about these."""

_FOUND = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
_MODULES = sorted(_FOUND, key=lambda module: (module.DIMENSION.position, module.DIMENSION.key))

DIMENSIONS: Mapping[str, Dimension] = MappingProxyType({module.DIMENSION.key: module.DIMENSION for module in _MODULES})
"""All dimensions by key, in the customary order."""

MEASURES: Mapping[str, Callable[[Observations], Measured]] = MappingProxyType(
    {module.DIMENSION.key: module.measure for module in _MODULES}
)
"""What measures each dimension from the observations of a run; raises ``UndefinedResult`` where it has no value."""

PUBLISHED: Mapping[str, Reference] = MappingProxyType(
    {key: dimension.reference for key, dimension in DIMENSIONS.items() if dimension.reference is not None}
)
"""The constants of the published QUBA score, by dimension; those that the study does not have are left out."""
