"""Networks as programs, from the files that somebody names: which file is one, and how it becomes a model."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from evaluation.checkpoints.class_names import are_wnids, names_in
from evaluation.checkpoints.input_metadata import input_entries, input_settings
from evaluation.checkpoints.program_kinds import ProgramKind, program_kind
from evaluation.datasets.class_maps import WNIDS
from evaluation.errors import ModelRefused, OutputsRefused
from evaluation.models.exported_program import open_exported
from evaluation.models.identity import of_program
from evaluation.models.loaded_model import LoadedModel, NoAttacks, Preparation
from evaluation.models.modules import Holding, hold
from evaluation.models.names import current_name, is_known
from evaluation.models.onnx_program import beside_it, open_onnx
from evaluation.models.own_transform import probe_pictures
from evaluation.models.program import Program
from evaluation.models.torchscript_program import open_torchscript
from quba.dimension import Missing

_OPENED_BY: Mapping[ProgramKind, Callable[..., Program]] = MappingProxyType(
    {
        ProgramKind.ONNX: open_onnx,
        ProgramKind.TORCHSCRIPT: open_torchscript,
        ProgramKind.EXPORTED: open_exported,
    }
)
_ENDINGS = (".onnx", ".pt2")
# What no guess can stand for: another normalisation makes other inputs of every image.
_NEEDED = ("input_size", "mean", "std")
# Outputs of one image, alone and beside another; sixteen bits round by more than this only where batches mix.
_SAME = {torch.float16: 3e-2, torch.bfloat16: 1e-1}
_SAME_IN_FULL = 1e-3


def named_program(name: str | Path) -> Path | None:
    """The file of a program that a model's name is; None for the name of a library and for a checkpoint.

    Raises:
        ModelRefused: the name is that of a program's file, and there is none.
    """
    if isinstance(name, str) and is_known(current_name(name)):
        return None
    path = Path(name).expanduser()
    if path.is_file():
        return path if program_kind(path) else None
    if path.suffix.lower() in _ENDINGS:
        raise ModelRefused(f"{path} is no file. Name an ONNX graph or a torch.export program that is there.")
    return None


def load_program(path: Path, holding: Holding, *, class_count: int | None, classes: tuple[str, ...]) -> LoadedModel:
    """Load a program, and run it on two pictures of no meaning.

    TorchScript and torch.export programs are code, which is run with the rights of whoever calls: never hand in what
    somebody sent.

    Args:
        path: of its file.
        holding: how an image becomes its input, where the file's metadata do not say so; its device.
        class_count: classes of the benchmark; None where any number will do.
        classes: of the benchmark by name, in the order of the labels; empty where nobody knows them.

    Raises:
        ModelFault: it cannot be measured; the message says why and what to do.
    """
    kind = program_kind(path)
    if kind is None:
        raise ModelRefused(f"{path} is no program: neither an ONNX graph, nor TorchScript, nor of torch.export.")
    program = _OPENED_BY[kind](path, device=holding.device or "cpu")
    said = _with_metadata(holding, program, classes)
    held = hold(program, said, class_count=class_count, classes=classes).model
    _require_independence(program, held.preparation, holding.device or "cpu")
    facts, name, digest = program.facts, holding.name or str(path), _digest(path, kind)
    lack = held.no_attacks
    if lack is not None and lack.reason is Missing.NO_GRADIENTS:
        lack = NoAttacks(reason=lack.reason, detail=facts.no_gradients)
    return replace(
        held,
        name=name,
        parameter_count=facts.parameter_count,
        digest=digest,
        identity=of_program(kind.name.lower(), holding.name or path.stem, digest=digest, what=kind.value),
        no_attacks=lack,
        notes=(*facts.notes, *_notes(program)),
        versions=facts.versions,
    )


def _with_metadata(holding: Holding, program: Program, classes: tuple[str, ...]) -> Holding:
    """What is said, and what the file says where nothing else is."""
    facts = program.facts
    entries = input_entries(facts.metadata)
    settings: dict[str, Any] = input_settings(entries)
    height, width = facts.shape[1:]
    if height is not None and width is not None:
        settings = {"input_size": (3, height, width), **settings}
    names = names_in(None, facts.metadata) if holding.classes is None and classes else None
    # Of ImageNet's classes, names in another language than the folders' say nothing: their numbers are known.
    if names is not None and are_wnids(classes) and len(names) == len(WNIDS) and not are_wnids(names):
        names = None
    said = replace(holding, classes=holding.classes or names)
    if holding.transform is not None:
        return said
    own = {"input_size": holding.input_size, "mean": holding.mean, "std": holding.deviation}
    known = {**settings, **{key: value for key, value in own.items() if value is not None}}
    lacking = [key for key in _NEEDED if key not in known]
    if lacking:
        raise ModelRefused(
            f"how an image becomes an input of {facts.path.name} is not known: {', '.join(lacking)} "
            f"{'is' if len(lacking) == 1 else 'are'} missing. Say how its images were made in its training, such as "
            "--input-size 224 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225, or write it into the file's metadata "
            "under these names, each as JSON."
        )
    # Where modules of timm keep it; what is said in a call stands above it.
    program.pretrained_cfg = settings if "input_size" in settings else {}
    return replace(said, **{"mean": known["mean"], "deviation": known["std"], "input_size": _size(known["input_size"])})


def _size(value: Any) -> Any:  # noqa: ANN401 - checked by `hold`
    return value if isinstance(value, int) else tuple(value)


def _require_independence(program: Program, preparation: Preparation, device: str) -> None:
    """Refuse a program whose outputs for an image depend on what else is in its batch."""
    pixels = torch.stack([preparation.transform(picture) for picture in probe_pictures()])
    scaled = pixels if pixels.is_floating_point() else pixels.float().div(255)
    mean, deviation = (torch.tensor(each).reshape(1, -1, 1, 1) for each in (preparation.mean, preparation.deviation))
    inputs = ((scaled - mean) / deviation).to(device)
    with torch.no_grad():
        beside, alone = program(inputs)[:1], program(inputs[:1])
    most = _SAME.get(program.facts.number, _SAME_IN_FULL) * max(1.0, float(alone.abs().nan_to_num().max()))
    if float((beside - alone).abs().nan_to_num().max()) > most:
        raise OutputsRefused(
            f"{program.facts.path.name} gives other outputs for an image when there is another one beside it: it was "
            "exported in training mode. Call model.eval() before it is exported."
        )


def _notes(program: Program) -> tuple[str, ...]:
    facts = program.facts
    found = []
    if facts.batch is not None:
        found.append(
            f"{facts.path.name} takes {facts.batch} images at a time and was given them so; exported for any number "
            "(dynamic_shapes), it is measured faster."
        )
    if facts.number is not torch.float32:
        kind = str(facts.number).removeprefix("torch.")
        found.append(f"{facts.path.name} takes {kind} inputs: it was measured in that precision, as it is.")
    return tuple(found)


def _digest(path: Path, kind: ProgramKind) -> str:
    """The sha256 of a program with the weights beside it: equal weights in other code are another model."""
    digest = hashlib.sha256()
    for each in (path, *(beside_it(path) if kind is ProgramKind.ONNX else ())):
        with each.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
