"""The attacks, discovered: each file of this folder that names an ``ATTACK`` adds one."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from evaluation.attacks.attack import Attack
from quba.dimension import Pass


def _attacks_by_key() -> Mapping[str, Attack]:
    # Discovery adds to what can be asked for; what a published number is made of stands in the passes of its dimension.
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    attacks: list[Attack] = [module.ATTACK for module in modules if hasattr(module, "ATTACK")]
    order: list[str] = list(Pass)
    # In the order of the passes, further ones behind by name: file systems list folders in any order.
    attacks.sort(key=lambda each: (order.index(each.key) if each.key in order else len(order), each.key))
    return MappingProxyType({each.key: each for each in attacks})


ATTACKS: Mapping[str, Attack] = _attacks_by_key()
"""Each attack by its key; one that no dimension's passes name is measured where it is asked for as an extra."""
