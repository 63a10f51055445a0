"""The names and shapes of the tensors of every architecture of timm, written once and shipped compressed.

Where timm has changed, `python -m evaluation.checkpoints.tensor_index` writes the file anew; it takes minutes.
"""

import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from torch import nn

from evaluation.checkpoints.fit import Architecture
from evaluation.checkpoints.verify import Claim, empty_net

_FILE = "tensor_index.xz"
# No width, depth or kernel of any network: a first axis of this length is that of the classes.
_CLASS_COUNT = 1013
CLASSES = "?"
"""Stands in a shape for the number of classes."""
_MADE_BY_ITSELF = "~"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensors:
    """The tensors of one architecture, or of several with the same.

    Attributes:
        architectures: names of the timm library.
        shapes: by the names that must be there, as `64x3x7x7`; the number of classes is `?`.
        recomputed: names that may be there, for the model makes these by itself.
    """

    architectures: tuple[str, ...]
    shapes: Mapping[str, str]
    recomputed: frozenset[str]


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as the index writes it.

    >>> shape_text((64, 3, 7, 7)), shape_text(())
    ('64x3x7x7', '')
    """
    return "x".join(map(str, shape))


def tensors_of(name: str) -> str:
    """What the index says of an architecture, after its name."""
    net: nn.Module = empty_net(Claim(architecture=name, class_count=_CLASS_COUNT), {})
    found = Architecture.of(net, name, _CLASS_COUNT)
    lines = []
    for each, tensor in found.reference.items():
        if each in found.required_names:
            shape = shape_text(tuple(tensor.shape))
            of_classes = tuple(tensor.shape[:1]) == (_CLASS_COUNT,)
            lines.append(f"{each} {CLASSES + shape.removeprefix(str(_CLASS_COUNT)) if of_classes else shape}")
    return "\n".join([*lines, *(f"{_MADE_BY_ITSELF}{each}" for each in sorted(found.recomputed))])


@cache
def packed_index() -> bytes:
    """The index as it is shipped; read before a process gives up its files."""
    return (files("evaluation.checkpoints") / _FILE).read_bytes()


def known_tensors() -> Iterator[Tensors]:
    """The tensors of all architectures that the index knows, one after the other: all at once are large."""
    for block in lzma.decompress(packed_index()).decode("ascii").split("\n\n"):
        names, *lines = block.split("\n")
        shapes = [line.partition(" ") for line in lines if not line.startswith(_MADE_BY_ITSELF)]
        yield Tensors(
            architectures=tuple(names.split()),
            shapes={name: shape for name, _, shape in shapes},
            recomputed=frozenset(line.removeprefix(_MADE_BY_ITSELF) for line in lines[len(shapes) :]),
        )


def write_index(target: Path) -> None:
    """Write the index of the timm library that is installed."""
    import timm

    found: dict[str, list[str]] = {}
    for name in timm.list_models():
        found.setdefault(tensors_of(name), []).append(name)
    text = "\n\n".join(f"{' '.join(names)}\n{tensors}" for tensors, names in found.items())
    target.write_bytes(lzma.compress(text.encode("ascii"), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    write_index(Path(__file__).with_name(_FILE))
