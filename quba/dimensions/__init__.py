"""The quality dimensions, one file each, discovered from this folder, and those of one's own beside them.

A new dimension is a new file here with a module-level ``DIMENSION`` and a function ``measure``; nothing else has to be
edited. Dimensions of facts have no ``measure``: what is known of a model is theirs. What the study published is about
the nine of ``STUDY_DIMENSIONS``, however many there are. Dimensions of one's own come without a file here:
``dimensions_in_force`` puts them behind the built-in ones, for one request or block.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType

from quba.dimension import Dimension
from quba.measuring.observations import Measured, Observations
from quba.preset import Preset
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

BUILT_IN: Mapping[str, Dimension] = MappingProxyType({module.DIMENSION.key: module.DIMENSION for module in _MODULES})
"""The dimensions that come with the program by key, in the customary order; it can measure those of ``MEASURES``."""


@dataclass(frozen=True, slots=True)
class DimensionSet:
    """Which dimensions, and which presets, there are beside the built-in ones.

    Attributes:
        own: those that somebody added, in the order in which they are shown.
        removed: those that were taken out again: links may still name them.
        presets: weightings of one's own, in the order in which they are shown.
        known: all that count by key, the built-in ones first.
    """

    own: tuple[Dimension, ...] = ()
    removed: tuple[Dimension, ...] = ()
    presets: tuple[Preset, ...] = ()
    known: Mapping[str, Dimension] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Gather all by key, once for every question that is answered with them."""
        known = MappingProxyType({**BUILT_IN, **{each.key: each for each in self.own}})
        object.__setattr__(self, "known", known)


# Not a global that is replaced: two requests at once may see two data versions, and each must see one all through.
_IN_FORCE: ContextVar[DimensionSet] = ContextVar("dimensions_in_force", default=DimensionSet())  # noqa: B039 - frozen


class _DimensionsInForce(Mapping[str, Dimension]):
    """What is in force where it is asked, as ``decimal.getcontext`` says it of precision."""

    def __getitem__(self, key: str) -> Dimension:
        return _IN_FORCE.get().known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_IN_FORCE.get().known)

    def __len__(self) -> int:
        return len(_IN_FORCE.get().known)

    def __contains__(self, key: object) -> bool:
        return key in _IN_FORCE.get().known


DIMENSIONS: Mapping[str, Dimension] = _DimensionsInForce()
"""All dimensions by key, in the customary order: the built-in ones, and where ``dimensions_in_force`` says so, more.

Read it when it is needed: what is made of it at import time knows the built-in ones alone.
"""


def current_dimensions() -> DimensionSet:
    """The dimensions in force here.

    >>> current_dimensions().own
    ()
    """
    return _IN_FORCE.get()


def adopt_dimensions(dimensions: DimensionSet) -> None:
    """Put dimensions in force until the end of the current context: of a request, of the thread that answers it.

    >>> adopt_dimensions(DimensionSet())
    >>> current_dimensions().removed
    ()
    """
    _IN_FORCE.set(dimensions)


@contextmanager
def dimensions_in_force(dimensions: DimensionSet) -> Iterator[None]:
    """Put dimensions in force within a block.

    >>> from dataclasses import replace
    >>> speed = replace(BUILT_IN["accuracy"], key="speed", default_weight=0.0)
    >>> with dimensions_in_force(DimensionSet(own=(speed,))):
    ...     "speed" in DIMENSIONS
    True
    >>> "speed" in DIMENSIONS
    False
    """
    before = _IN_FORCE.set(dimensions)
    try:
        yield
    finally:
        _IN_FORCE.reset(before)


MEASURES: Mapping[str, Callable[[Observations], Measured]] = MappingProxyType(
    {module.DIMENSION.key: module.measure for module in _MODULES if not module.DIMENSION.of_facts}
)
"""What measures each built-in dimension but those of facts, from what a run observed; raises ``UndefinedResult`` where
it has no value."""

PUBLISHED: Mapping[str, Reference] = MappingProxyType(
    {key: dimension.reference for key, dimension in BUILT_IN.items() if dimension.reference is not None}
)
"""The constants of the published QUBA score, by dimension; those that the study does not have are left out."""
