"""Dimensions of one device each: what was measured on another is another dimension, and no ranking mixes the two."""

import hashlib
import re
from dataclasses import dataclass

from backend.imports.foreign_table import TableFile, own_definition
from backend.store.dimension_definition import DimensionDefinition

_LONGEST_LABEL = 60
_DIGEST = 6
_OF_KEYS = re.compile(r"[^a-z0-9_]")


def key_words(text: str) -> str:
    """A name in the letters that keys have.

    >>> key_words("amp-nchw-pt240-cu124-RTX4090")
    'amp_nchw_pt240_cu124_rtx4090'
    """
    return _OF_KEYS.sub("_", text.lower())


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceFigure:
    """What is measured on one device.

    Attributes:
        key: which has the device and the circumstances in it, as `key_words` gives them.
        label: with the device; where it is too long for a name on screen, a digest of the key stands for its end.
        unit: of the values.
        higher_is_better: whether more is.
        description: with the device and the circumstances, whole; that other devices' are not comparable is added.
        smallest_meaningful_difference: in the unit.
        most: value that is plausible; the least is 0.
        decimals: digits after the point that are shown.
    """

    key: str
    label: str
    unit: str
    higher_is_better: bool
    description: str
    smallest_meaningful_difference: float
    most: float
    decimals: int = 1


def device_dimension(file: TableFile, title: str, figure: DeviceFigure) -> DimensionDefinition:
    """A dimension whose values were measured on one device.

    Args:
        file: that brought it.
        title: whose table that is.
        figure: what its values are.

    Raises:
        ImportRejected: the name of the device makes no key.
    """
    return own_definition(
        file,
        title,
        {
            "key": figure.key,
            "label": _label(figure),
            "unit": figure.unit,
            "higher_is_better": figure.higher_is_better,
            "theme": "size",
            "description": f"{figure.description}; never to be compared with another device's.",
            "smallest_meaningful_difference": figure.smallest_meaningful_difference,
            "plausible": [0, figure.most],
            "lower_bound": 0,
            "decimals": figure.decimals,
            "logarithmic": True,
        },
    )


def _label(figure: DeviceFigure) -> str:
    """A label that fits on screen; two that differ in what is cut off still differ."""
    if len(figure.label) <= _LONGEST_LABEL:
        return figure.label
    end = f"… {hashlib.sha256(figure.key.encode()).hexdigest()[:_DIGEST]}"
    cut = figure.label[: _LONGEST_LABEL - len(end)]
    # At the end of a word where there is one.
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,(") + end
