"""The orders in which trainers number class folders."""

import re
from collections.abc import Iterable

_DIGITS = re.compile(r"(\d+)")


def in_code_point_order(names: Iterable[str]) -> tuple[str, ...]:
    """As torchvision's ImageFolder numbers class folders.

    >>> in_code_point_order(["b10", "b9", "A"])
    ('A', 'b10', 'b9')
    """
    return tuple(sorted(names))


def in_natural_order(names: Iterable[str]) -> tuple[str, ...]:
    """As timm's reader numbers class folders: numbers by their size, capitals like small letters.

    >>> in_natural_order(["b10", "b9", "A"])
    ('A', 'b9', 'b10')
    """
    # The name itself last, so that names that differ in capitals alone have one order on every machine.
    return tuple(sorted(names, key=lambda name: (_natural_key(name), name)))


def _natural_key(name: str) -> list[tuple[int, str]]:
    # Words and numbers take turns, so that a number never meets a word.
    parts = enumerate(_DIGITS.split(name.lower()))
    return [(int(part), "") if number % 2 else (0, part) for number, part in parts]
