"""A model as somebody hands it to Python, made ready: a module, a name, or a path, with what is said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quba.benchmarks import STUDY
from quba.errors import Refusal

if TYPE_CHECKING:
    from torch import nn

    from evaluation.benchmark import Benchmark
    from evaluation.models.modules import Held, Holding

# torch and timm take seconds to import, so that everything of the evaluation is imported inside the functions.

_OF_MODULES = ("transform", "input_size", "mean", "std", "classes", "name")
_OF_NAMES = ("architecture", "weights_key")


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A model and what is said of it.

    Attributes:
        model: a module, a name of a library, or a path.
        said: arguments of `measure()` that are about the model, without those that are None.
        device: to compute on; None for where a module is, or a GPU where there is one.
        suite: the benchmark; None where the classes do not matter.
    """

    model: Any
    said: Mapping[str, Any]
    device: str | None
    suite: "Benchmark | None"


def hold_module(net: "nn.Module", given: Given) -> "Held":
    """Make a module ready, in a block of `leaving_untouched`.

    Raises:
        ModelFault: it cannot be measured; the message says why and what to do.
    """
    from evaluation.models.modules import hold

    _refuse(given, _OF_NAMES, "belongs to a name or a path, and the model is a module")
    return hold(net, _holding(given, given.device), class_count=_class_count(given), classes=_class_names(given))


def load_named(given: Given, *, untrained: bool = False) -> "Held":
    """Load what a name or a path stands for.

    Args:
        given: the name or path, with what is said of it.
        untrained: whether it is built without its weights where these cannot be had.

    Raises:
        ModelFault: it cannot be had or does not fit; the message says why and what to do.
        Refusal: the device is not there.
    """
    from evaluation.errors import ModelRefused
    from evaluation.models.loading import load
    from evaluation.models.modules import Held
    from evaluation.models.program_files import load_program, named_program
    from evaluation.models.untrained import with_weights_or_untrained

    if not isinstance(given.model, str | Path):
        raise ModelRefused(
            f"model is {type(given.model).__name__}; pass a torch.nn.Module, a name of timm, or the path of a "
            "checkpoint with architecture=."
        )
    program = named_program(given.model)
    if program is not None:
        _refuse(given, _OF_NAMES, "belongs to a checkpoint, and the model is a program, which holds its own")
        device = _usable(given.device)
        model = load_program(
            program, _holding(given, device), class_count=_class_count(given), classes=_class_names(given)
        )
        return Held(model=model, device=device)
    _refuse(
        given, _OF_MODULES, "belongs to a module or a program, and the model is a name or a path that brings its own"
    )
    path, architecture = Path(given.model).expanduser(), given.said.get("architecture")
    # A text that is no file is taken for a name of a library.
    if architecture is None and (isinstance(given.model, Path) or path.is_file()):
        raise ModelRefused(f"{path} is a checkpoint; pass architecture=, timm's name of the net that it belongs to.")
    if architecture is not None and not path.is_file():
        raise ModelRefused(f"{path} is no file; pass the path of a checkpoint of {architecture}.")
    device, suite = _usable(given.device), given.suite
    name = str(given.model) if architecture is None else architecture
    class_count = STUDY.class_count if suite is None else suite.class_count
    having_weights = partial(
        load,
        name,
        class_count=class_count,
        classes=() if suite is None else suite.classes,
        weights=None if architecture is None else path,
        weights_key=given.said.get("weights_key"),
        device=device,
    )
    model = (
        with_weights_or_untrained(name, having_weights, class_count=class_count, device=device)
        if untrained
        else having_weights()
    )
    keys = ", ".join(model.other_weights_keys)
    note = f"Of the sets of weights in the file, {model.weights_key!r} was measured; others are {keys}."
    return Held(model=replace(model, notes=(*model.notes, note)) if keys else model, device=device)


def _holding(given: Given, device: str | None) -> "Holding":
    from evaluation.models.modules import Holding

    return Holding(
        transform=given.said.get("transform"),
        input_size=given.said.get("input_size"),
        mean=given.said.get("mean"),
        deviation=given.said.get("std"),
        classes=given.said.get("classes"),
        device=device,
        name=given.said.get("name"),
    )


def _class_count(given: Given) -> int | None:
    return None if given.suite is None else given.suite.class_count


def _class_names(given: Given) -> tuple[str, ...]:
    """Of a benchmark that comes with the program, where its outputs are to be found by name."""
    suite = given.suite
    if suite is None:
        return ()
    if suite.classes or "classes" not in given.said:
        return suite.classes
    from evaluation.datasets.class_maps import WNIDS
    from evaluation.toy.shapes import CLASSES

    # The number of classes tells the lists of the study and of the toy apart.
    return next((tuple(each) for each in (WNIDS, CLASSES) if len(each) == suite.class_count), ())


def _refuse(given: Given, names: tuple[str, ...], why: str) -> None:
    from evaluation.errors import ModelRefused

    for name in names:
        if name in given.said:
            raise ModelRefused(f"{name} {why}; leave it out.")


def _usable(device: str | None) -> str:
    from evaluation.engine.devices import DeviceMissing, usable_device

    try:
        return usable_device(device)
    except DeviceMissing as missing:
        # Unasked for, a GPU was found, since a CPU always works.
        message = f"device is {device or 'cuda'!r}: {missing}."
        raise Refusal("no_such_device", message, "Use 'cpu', or leave it out.") from missing
