"""The attacks, discovered: each file of this folder that names an ``ATTACK`` adds one."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from evaluation.attacks.attack import Attack
from quba.dimension import Pass


def _discovered() -> Mapping[Pass, Attack]:
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    attacks: list[Attack] = [module.ATTACK for module in modules if hasattr(module, "ATTACK")]
    order = list(Pass)
    return MappingProxyType({each.source: each for each in sorted(attacks, key=lambda each: order.index(each.source))})


ATTACKS: Mapping[Pass, Attack] = _discovered()
"""Each attack by the pass that runs it."""
