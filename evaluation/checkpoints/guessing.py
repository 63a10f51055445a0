"""Which architectures the names and shapes of a checkpoint's tensors fit; no network is built for it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.checkpoints.fit import BESIDE, BOOKKEEPING, COUNTED, without_compile_mark
from evaluation.checkpoints.guess import Guess
from evaluation.checkpoints.tensor_index import CLASSES, Tensors, known_tensors, shape_text
from evaluation.checkpoints.verify import read_shapes

MOST = 3
# Names alone say little where hardly any fits: better no guess than one of chance.
_LEAST_SHARE = 0.1
_PREFIXES_TRIED = 3


def guess_architectures(path: Path, filename: str = "") -> tuple[Guess, ...]:
    """The architectures that fit a file best, three at most, the best first.

    Args:
        path: the file.
        filename: that its owner gave it; where tensors are the same, it may say which architecture is meant.

    Raises:
        CheckpointRefused: it is no checkpoint.
    """
    shapes, told = read_shapes(path)
    return rank_architectures(shapes, (*told, filename or path.name))


def rank_architectures(shapes: Mapping[str, tuple[int, ...]], told: Iterable[str] = ()) -> tuple[Guess, ...]:
    """As `guess_architectures`, from the shapes by the file's names and from what is said of the architecture."""
    held = {
        name: shape
        for name, shape in without_compile_mark(shapes).items()
        if name.rpartition(".")[2] not in (*BOOKKEEPING, COUNTED)
    }
    known = tuple(known_tensors())
    parts = [_Part.of(held, prefix) for prefix in _prefixes(held, known)]
    fits = [
        (fit, name)
        for fit, each in ((min((part.fit(each) for part in parts), key=_Fit.order), each) for each in known)
        if fit.share >= _LEAST_SHARE
        for name in each.architectures
    ]
    words = [each.lower().replace("-", "_") for each in told]
    # Of architectures with the same tensors the one that the file or its name tells, else the plainest.
    fits.sort(key=lambda each: (*each[0].order(), -_told_length(each[1], words), len(each[1]), each[1]))
    return tuple(
        Guess(
            architecture=name,
            exact=fit.exact,
            fitting=fit.fitting,
            tensors=fit.tensors,
            same_tensors=tuple(other for each, other in fits if other != name and each == fit),
        )
        for fit, name in fits[:MOST]
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a part of a file fits; two of one file that are equal fit equally well."""

    exact: bool
    fitting: int
    tensors: int

    @property
    def share(self) -> float:
        return self.fitting / self.tensors

    def order(self) -> tuple[bool, float]:
        """The smaller, the better."""
        return not self.exact, -self.share


@dataclass(frozen=True, slots=True)
class _Part:
    """The tensors of a file behind one prefix.

    Attributes:
        shapes: by the names behind the prefix; the first axis of each may also be that of the classes.
        outside: names in other parts of the file that may be a part of the model.
    """

    shapes: Mapping[str, frozenset[str]]
    outside: tuple[str, ...]

    @classmethod
    def of(cls, held: Mapping[str, tuple[int, ...]], prefix: str) -> "_Part":
        inside = {name: shape for name, shape in held.items() if name.startswith(prefix)}
        beside = [name for name in held if name not in inside and not BESIDE.search(name.partition(".")[0].lower())]
        return cls({name.removeprefix(prefix): _texts(shape) for name, shape in inside.items()}, tuple(beside))

    def fit(self, wanted: Tensors) -> _Fit:
        # Sets first: hardly a name of most of a thousand architectures is there.
        shared = self.shapes.keys() & wanted.shapes.keys()
        hits = sum(wanted.shapes[name] in self.shapes[name] for name in shared)
        surplus = len(self.shapes) - len(shared) - len(self.shapes.keys() & wanted.recomputed)
        whole = hits == len(wanted.shapes) and not surplus
        # A further copy, such as a teacher, is no part of the model; the judge lets its owner choose.
        strangers = whole and any(not _is_in(name, wanted) for name in self.outside)
        return _Fit(whole and not strangers, hits, len(wanted.shapes) + surplus)


def _told_length(architecture: str, words: Iterable[str]) -> int:
    """How much of what was told is the name: `tf_efficientnet_b0` says more than `efficientnet_b0` in it."""
    return len(architecture) if any(architecture in each for each in words) else 0


def _is_in(name: str, wanted: Tensors) -> bool:
    return any(each in wanted.shapes or each in wanted.recomputed for each in _endings(name))


def _texts(shape: tuple[int, ...]) -> frozenset[str]:
    plain = shape_text(shape)
    return frozenset((plain, "x".join((CLASSES, *map(str, shape[1:]))))) if shape else frozenset((plain,))


def _prefixes(held: Mapping[str, tuple[int, ...]], known: Iterable[Tensors]) -> list[str]:
    """What may stand before the names of the model, the likeliest first."""
    names = {name for each in known for name in each.shapes}
    votes = Counter({"": 0})
    for name in held:
        for ending in _endings(name):
            if ending in names:
                votes[name.removesuffix(ending)] += 1
    return [prefix for prefix, _ in votes.most_common(_PREFIXES_TRIED)]


def _endings(name: str) -> Iterator[str]:
    """The name, and what is left of it when its first parts are taken off."""
    yield name
    while name := name.partition(".")[2]:
        yield name
