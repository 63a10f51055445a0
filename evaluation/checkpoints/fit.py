"""Holds weights against the architecture that they are said to be of: names, shapes, kinds of numbers, values."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import nn

from evaluation.checkpoints.refusal import CheckpointRefused, Reason

_Held = TypeVar("_Held")
_COMPILED = "_orig_mod."
COUNTED = "num_batches_tracked"
"""The counters of batches, which have no part in eval mode."""
# What averaging and profilers leave behind in a state dict; no forward run reads it.
BOOKKEEPING = frozenset({"n_averaged", "total_ops", "total_params"})
"""Last parts of names that stand for no weights."""
# Modules that stand beside the model in a training module and are not run when it is used.
BESIDE = re.compile(r"loss|criterion|metric|(^|_)(acc|accuracy|auroc|f1)(_|$)")
"""First parts of names of such modules."""
_WEIGHT_TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_COUNTER_TYPES = (torch.int64, torch.int32)
_SHOWN_KEYS = 2
_SHOWN_CHARACTERS = 80
_MOST_FIT = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """What weights must look like.

    Attributes:
        name: of the timm library, without tag.
        class_count: classes of the benchmark.
        reference: tensors without data, by name.
        recomputed: names of buffers that the model makes by itself and does not save today.
    """

    name: str
    class_count: int
    reference: Mapping[str, torch.Tensor]
    recomputed: frozenset[str]

    @classmethod
    def of(cls, net: nn.Module, name: str, class_count: int) -> "Architecture":
        """Of a net that has no data."""
        reference: Mapping[str, torch.Tensor] = net.state_dict()
        buffers = frozenset(each for each, _ in net.named_buffers())
        return cls(name=name, class_count=class_count, reference=reference, recomputed=buffers - reference.keys())

    @property
    def required_names(self) -> frozenset[str]:
        """The names that must be there; counters of batches have no part in eval mode."""
        return frozenset(each for each in self.reference if each.rpartition(".")[2] != COUNTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """Weights that fit.

    Attributes:
        prefix: which was taken off the names, without its point; empty where none was.
        others: prefixes under which the file holds further models of this architecture.
        tensors: by the architecture's names, complete, in its kinds of numbers.
    """

    prefix: str
    others: tuple[str, ...]
    tensors: dict[str, torch.Tensor]


def fit_weights(
    held: Mapping[str, torch.Tensor],
    architecture: Architecture,
    prefix: str | None = None,
    *,
    sets: Sequence[str] = (),
) -> Fitted:
    """Check weights in an order in which no data are touched before their shapes are known to be right.

    Args:
        held: tensors by the file's names.
        architecture: to fit.
        prefix: of the names of the model that is meant, where somebody chose.
        sets: keys of the file that `held` is one of, which could have been chosen too.

    Raises:
        CheckpointRefused: with the code that fits.
    """
    state = {name: t for name, t in without_compile_mark(held).items() if not _is_bookkeeping(name, architecture)}
    votes = _votes(state, architecture)
    required = architecture.required_names
    # By number first: of a file of many prefixes, few are worth looking up every name for.
    whole = [each for each, count in votes.items() if count >= len(required)]
    whole = [each for each in whole if all(f"{each}{name}" in state for name in required)]
    if not whole:
        raise _misfit(state, architecture, votes)
    if prefix is not None:
        taken = next((each for each in whole if each.rstrip(".") == prefix), None)
    else:
        # Names without a prefix are those that torch would load; between two copies nobody but the owner can choose.
        taken = whole[0] if len(whole) == 1 else ("" if "" in whole else None)
    names = tuple(each.rstrip(".") for each in whole)
    if taken is None and prefix is not None:
        held_there = ", ".join(filter(None, (*sets, *names))) or "no sets of weights to choose from"
        raise CheckpointRefused(
            Reason.UNKNOWN_WEIGHTS_KEY, f"The file holds nothing named {prefix[:80]!r}; it holds {held_there}."
        )
    if taken is None:
        raise CheckpointRefused(
            Reason.SEVERAL_MODELS, f"The file holds {len(whole)} models of {architecture.name}: {', '.join(names)}."
        )
    _require_nothing_else(state, architecture, taken, whole)
    own = {name: state[f"{taken}{name}"] for name in architecture.reference if f"{taken}{name}" in state}
    _check_shapes(own, architecture)
    sound = {name: _sound(name, tensor, architecture.reference[name]) for name, tensor in own.items()}
    # What is still lacking is a counter of batches: no forward run reads it, and torch wants it there.
    for name, wanted in architecture.reference.items():
        if name not in sound:
            sound[name] = torch.zeros(wanted.shape, dtype=wanted.dtype)
    others = tuple(each for each in names if each != taken.rstrip("."))
    return Fitted(prefix=taken.rstrip("."), others=others, tensors=sound)


def without_compile_mark(held: Mapping[str, _Held]) -> Mapping[str, _Held]:
    """Names without the mark of torch.compile, which stands before or behind other prefixes."""
    plain = {name.replace(_COMPILED, ""): tensor for name, tensor in held.items()}
    return plain if len(plain) == len(held) else held


def _is_bookkeeping(name: str, architecture: Architecture) -> bool:
    return name.rpartition(".")[2] in BOOKKEEPING and name not in architecture.reference


def _votes(state: Iterable[str], architecture: Architecture) -> Counter[str]:
    """For each prefix, how many required names are there behind it; the empty one comes first."""
    required = architecture.required_names
    votes = Counter({"": 0})
    for name in state:
        at = 0
        while True:
            if name[at:] in required:
                votes[name[:at]] += 1
            following = name.find(".", at)
            if following < 0:
                break
            at = following + 1
    return votes


def _misfit(state: Mapping[str, torch.Tensor], architecture: Architecture, votes: Counter[str]) -> CheckpointRefused:
    best, count = votes.most_common(1)[0]
    required = architecture.required_names
    absent = [name for name in architecture.reference if name in required and f"{best}{name}" not in state]
    surplus = [name for name in state if name.removeprefix(best) not in architecture.reference]
    behind = f" behind {best!r}" if best else ""
    message = (
        f"{architecture.name} has {len(required)} weights; {len(absent)} of them are absent{behind}{_first(absent)} "
        f"and {len(surplus)} others are there{_first(surplus)}."
    )
    # The prefixes that are no prefix of all names say more than the names.
    further = [f"{votes[each]} behind {each!r}" for each in votes if each not in ("", best) and votes[each]]
    if further and len(further) <= _SHOWN_KEYS:
        message += f" Fitting names are also there {' and '.join(further)}."
    mostly = count + sum(votes[each] for each in votes if each != best and each) >= _MOST_FIT * len(required)
    return CheckpointRefused(Reason.NAMES_MISMATCH if mostly else Reason.ARCHITECTURE_MISMATCH, message)


def _require_nothing_else(
    state: Mapping[str, torch.Tensor], architecture: Architecture, prefix: str, whole: list[str]
) -> None:
    known = architecture.reference.keys() | architecture.recomputed
    mine = {f"{each}{name}" for each in whole for name in known}
    surplus = [name for name in state if name not in mine and not BESIDE.search(name.partition(".")[0].lower())]
    if not prefix:
        # Where the model's own names have no prefix, whatever else is there claims to be a part of it.
        surplus = [name for name in state if name not in mine]
    if surplus:
        behind = f" behind {prefix!r}" if prefix else ""
        raise CheckpointRefused(
            Reason.NAMES_MISMATCH,
            f"All weights of {architecture.name} are there{behind}, and {len(surplus)} names beside them that it "
            f"lacks{_first(surplus)}: what they would do is not known.",
        )


def _first(names: list[str]) -> str:
    return f" ({', '.join(name[:_SHOWN_CHARACTERS] for name in names[:_SHOWN_KEYS])})" if names else ""


def _check_shapes(state: Mapping[str, torch.Tensor], architecture: Architecture) -> None:
    reference, classes = architecture.reference, architecture.class_count
    wrong = [name for name, tensor in state.items() if tensor.shape != reference[name].shape]
    if not wrong:
        return
    got, wanted = tuple(state[wrong[0]].shape), tuple(reference[wrong[0]].shape)
    # Where nothing differs but how many rows the last layer has, the classes are others, not the architecture.
    if all(_is_class_axis(state[name], reference[name], classes) for name in wrong):
        raise CheckpointRefused(
            Reason.CLASS_COUNT_MISMATCH,
            f"The checkpoint has {got[0]} classes and the benchmark {classes} ({wrong[0]}).",
        )
    raise CheckpointRefused(
        Reason.SHAPE_MISMATCH,
        f"{len(wrong)} tensors have other shapes than in {architecture.name}, the first being {wrong[0]}: "
        f"{got} in place of {wanted}.",
    )


def _is_class_axis(tensor: torch.Tensor, wanted: torch.Tensor, class_count: int) -> bool:
    if tensor.dim() != wanted.dim() or tensor.dim() == 0:
        return False
    return wanted.shape[0] == class_count and tensor.shape[1:] == wanted.shape[1:]


def _sound(name: str, tensor: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    usable = _WEIGHT_TYPES if wanted.is_floating_point() else _COUNTER_TYPES
    if tensor.layout is not torch.strided or tensor.device.type != "cpu" or tensor.dtype not in usable:
        kind = f"{tensor.layout}, {tensor.dtype}, on {tensor.device.type}"
        raise CheckpointRefused(Reason.UNSUPPORTED_TENSOR, f"{name} is {kind}.")
    cast = tensor.detach().to(wanted.dtype).contiguous()
    wrong = int((~torch.isfinite(cast)).sum()) if cast.is_floating_point() else 0
    if wrong:
        raise CheckpointRefused(Reason.NON_FINITE, f"{name} holds {wrong} values that are no finite numbers.")
    # Tensors may share their memory, which safetensors cannot express.
    return cast.clone()
