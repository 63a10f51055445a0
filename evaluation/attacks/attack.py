"""What an attack is, and what it may know of the model and of the images that it changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

EPSILON = 8 / 255
"""Largest change of a single value, in the space of the inputs; the study's for both attacks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A batch under attack. Which space its inputs live in is the protocol's choice, not the attack's.

    Attributes:
        inputs: images x channels x height x width. Pixels in [0, 1], or the normalised values as published.
        clean_gradient: of the loss at the inputs, of their shape; already known from scoring the clean images.
        gradient: of the loss at any other point.
        uniform: draws values in [0, 1) of the inputs' shape, the same for an image however it is batched.
    """

    inputs: Tensor
    clean_gradient: Tensor
    gradient: Callable[[Tensor], Tensor]
    uniform: Callable[[], Tensor]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """One attack.

    Attributes:
        key: its name in results; where a dimension is made of it, that of its pass.
        perturb: from a batch to the attacked inputs, every value in [0, 1].
        settings: everything that its strength depends on, by name.
        cost: how long an image takes, in forward runs, scoring included; for time estimates.
        origin: whose idea it is.
    """

    key: str
    perturb: Callable[[Target], Tensor]
    settings: Mapping[str, float]
    cost: float
    origin: str


def project(inputs: Tensor, moved: Tensor, epsilon: float) -> Tensor:
    """Bring moved values back to within epsilon of the inputs, and then into [0, 1].

    The last clamp comes last on purpose. For pixels it changes nothing about the distance; for normalised values, as
    published, it is what carries an input outside [0, 1] further than epsilon.
    """
    return (inputs + (moved - inputs).clamp(-epsilon, epsilon)).clamp(0.0, 1.0)
