"""What is said of an architecture that a checkpoint may be of. Standard library only: the service holds it, too."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """An architecture that a checkpoint may be of.

    Attributes:
        architecture: a name of the timm library.
        exact: whether all names and shapes fit, but for the number of classes, and nothing else is there.
        fitting: tensors that both have, in the same shape.
        tensors: that either has.
        same_tensors: other architectures that the file fits as well: names and shapes cannot tell them apart.
    """

    architecture: str
    exact: bool
    fitting: int
    tensors: int
    same_tensors: tuple[str, ...] = ()
