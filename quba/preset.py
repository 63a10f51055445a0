"""What a preset is: a weighting with a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quba.vocabulary import Origin


@dataclass(frozen=True, slots=True)
class Preset:
    """A weighting with a name, to start from.

    Attributes:
        key: name in code, files, addresses and JSON.
        label: name on screen.
        description: what it is for, in a sentence.
        weights: the weight of dimensions by their key, each 0 or more; any other weighs 0.
        origin: whether it comes with the program, or was added by whoever runs it.
        removed: labels of dimensions that it weighs and that somebody took out; their weight counts for nothing.

    >>> Preset("mine", "Mine", "What I need.", {"accuracy": 1.0}).origin.value
    'built-in'
    """

    key: str
    label: str
    description: str
    # A mapping has no hash; two presets that differ in weights alone are still told apart when they are compared.
    weights: Mapping[str, float] = field(hash=False)
    origin: Origin = Origin.BUILT_IN
    removed: tuple[str, ...] = ()
