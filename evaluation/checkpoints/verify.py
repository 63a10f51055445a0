"""The one reader and judge of checkpoints, for whoever measures a file and for whoever submits one."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from evaluation.checkpoints.class_names import (
    METADATA_KEY,
    Outputs,
    are_wnids,
    names_in,
    outputs_by_name,
    outputs_of_imagenet,
)
from evaluation.checkpoints.fit import Architecture, Fitted, fit_weights
from evaluation.checkpoints.input_metadata import input_entries, input_settings
from evaluation.checkpoints.input_size import side_of_images
from evaluation.checkpoints.pickle_names import DICTIONARY_NAMES, INERT_NAMES
from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.scan import Format, scan
from evaluation.checkpoints.state_dict import Chosen, select_weights
from evaluation.datasets.class_maps import WNIDS
from evaluation.out_of_memory import is_out_of_memory

# In the metadata of a file that was rewritten: the set of weights that was taken.
_TAKEN = "weights_key"
# Where training scripts note what they trained.
_NAMED_IN = ("arch", "architecture", "model_name")
_CHANNELS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What a checkpoint is said to be.

    Attributes:
        architecture: a name of the timm library, without tag.
        class_count: classes of the benchmark it is meant for.
        weights_key: which of several sets of weights is meant; None takes the one that timm would load.
        classes: of the benchmark by name, in the order of the labels; empty where outputs need no finding.
    """

    architecture: str
    class_count: int
    weights_key: str | None = None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What a file holds, judged.

    Attributes:
        form: of the file.
        tensors: by the architecture's names, complete, finite, in its kinds of numbers.
        entries: what the file says of its inputs, as text.
        weights_key: the set that was taken; None where the file holds one set alone, under no name.
        other_keys: the further sets.
        outputs: how they stand for the classes of the benchmark.
        label_names: that the file gives its outputs; None where it gives none.
    """

    form: Format
    tensors: dict[str, torch.Tensor]
    entries: dict[str, str]
    weights_key: str | None
    other_keys: tuple[str, ...]
    outputs: Outputs
    label_names: tuple[str, ...] | None = None

    @property
    def preparation(self) -> dict[str, Any]:
        """What the file says of its inputs as values, under timm's names."""
        return input_settings(self.entries)


class _Inert:
    """Stands for an object beside the weights: takes everything, keeps and does nothing."""

    def __new__(cls, *_arguments: object) -> "_Inert":
        return object.__new__(cls)

    def __init__(self, *_arguments: object) -> None:
        pass

    def __setstate__(self, _state: object) -> None:
        pass


def _dictionary(*_rule: object) -> dict[object, object]:
    return {}


# torch's restricted reader looks these up by name; it never imports what a file names.
_STANDING_IN: list[Any] = [
    *((_Inert, name.replace(" ", ".", 1)) for name in sorted(INERT_NAMES)),
    *((_dictionary, name.replace(" ", ".", 1)) for name in sorted(DICTIONARY_NAMES)),
]


def check(path: Path, written: Path, claim: Claim) -> Weights:
    """Read a checkpoint and rewrite it as safetensors that can be loaded without a doubt.

    Args:
        path: the file.
        written: where the rewritten one goes; it is whole or absent.
        claim: what it is said to be.

    Raises:
        CheckpointRefused: with the code that fits.
    """
    weights = read(path, claim)
    metadata = {
        **weights.entries,
        "architecture": claim.architecture,
        "class_count": str(weights.outputs.count),
        "format": "pt",
    }
    if weights.label_names is not None:
        metadata[METADATA_KEY] = json.dumps(weights.label_names)
    if weights.weights_key is not None:
        metadata[_TAKEN] = weights.weights_key
    part = written.with_suffix(".part")
    save_file(weights.tensors, part, metadata=metadata)
    part.replace(written)
    return weights


def read(path: Path, claim: Claim) -> Weights:
    """Read a checkpoint and judge it. Nothing in it is executed.

    Raises:
        CheckpointRefused: with the code that fits. The order of the checks is such that no data are touched before
            their shapes are known to be those of the architecture.
    """
    form = _format(path)
    said = _metadata(path, form)
    entries = input_entries(said)
    key = claim.weights_key
    if key is not None and key == said.get(_TAKEN):
        key = None  # a file that was rewritten holds nothing else
    net = empty_net(claim, input_settings(entries))
    held = _load(path, form)
    names = names_in(held, said)
    found = select_weights(held, key)
    if "input_size" not in entries and _is_fixed(claim.architecture):
        side = side_of_images(found.tensors, net)
        if side is not None:
            entries = {**entries, "input_size": json.dumps([_CHANNELS, side, side])}
    # A choice that is no set of the file may be the prefix of one of several models within a set.
    prefix = None if key == found.key else key
    fit, outputs = _fit_and_outputs(found, claim, names, input_settings(entries), prefix)
    by_prefix = bool(fit.others) or prefix is not None
    return Weights(
        form=form,
        tensors=fit.tensors,
        entries=entries,
        weights_key=fit.prefix or None if by_prefix else found.key,
        other_keys=fit.others if by_prefix else found.others,
        outputs=outputs,
        label_names=names,
    )


def _fit_and_outputs(
    found: Chosen, claim: Claim, names: tuple[str, ...] | None, settings: dict[str, Any], prefix: str | None
) -> tuple[Fitted, Outputs]:
    """The weights, and how their outputs stand for the classes."""
    wnids = are_wnids(claim.classes)
    outputs = Outputs(count=claim.class_count)
    # Of ImageNet's classes, names in another language than the folders' say nothing: their numbers are known.
    if names is not None and claim.classes and not (wnids and len(names) == len(WNIDS) and not are_wnids(names)):
        outputs = outputs_by_name(claim.classes, names)
    try:
        return _fit(found, claim, outputs, settings, prefix), outputs
    except CheckpointRefused as refused:
        if refused.reason is not Reason.CLASS_COUNT_MISMATCH or not wnids or outputs.count == len(WNIDS):
            raise
    outputs = outputs_of_imagenet(claim.classes)
    return _fit(found, claim, outputs, settings, prefix), outputs


def _fit(found: Chosen, claim: Claim, outputs: Outputs, settings: dict[str, Any], prefix: str | None) -> Fitted:
    net = empty_net(replace(claim, class_count=outputs.count), settings)
    sets = () if found.key is None else (found.key, *found.others)
    architecture = Architecture.of(net, claim.architecture, outputs.count)
    return fit_weights(found.tensors, architecture, prefix, sets=sets)


def empty_net(claim: Claim, settings: dict[str, Any], device: str = "meta") -> nn.Module:
    """The net that a claim names, on the device `meta` without data, for inputs of the size that its file states.

    Raises:
        CheckpointRefused: `unknown_architecture`.
    """
    # An exact name of our list: timm itself would follow prefixes such as "hf-hub:" to other places.
    if claim.architecture not in timm.list_models():
        raise CheckpointRefused(Reason.UNKNOWN_ARCHITECTURE, f"There is no architecture {claim.architecture[:100]!r}.")
    size = settings.get("input_size")
    extra: dict[str, Any] = {}
    if size is not None and _is_fixed(claim.architecture):
        extra = {"img_size": tuple(size[1:])}
    with torch.device(device):
        net: nn.Module = timm.create_model(claim.architecture, pretrained=False, num_classes=claim.class_count, **extra)
    return net


def _is_fixed(architecture: str) -> bool:
    """Whether it has a fixed grid of patches, and must be told the size of its images."""
    config = timm.get_pretrained_cfg(architecture, allow_unregistered=True)
    return config is not None and bool(config.fixed_input_size)


def _format(path: Path) -> Format:
    try:
        return scan(path)
    except OSError as error:
        shown = str(path)[:200]
        raise CheckpointRefused(Reason.NO_SUCH_FILE, f"{shown} cannot be read: {error.strerror}.") from None


def read_shapes(path: Path) -> tuple[dict[str, tuple[int, ...]], tuple[str, ...]]:
    """The shapes of the tensors of a file by their names, and what it says of its architecture; no data are read.

    Raises:
        CheckpointRefused: it is no checkpoint, or damaged as far as this shows it.
    """
    form = _format(path)
    said = _metadata(path, form)
    with torch.serialization.skip_data():
        held = _load(path, form)
    told = [said.get("architecture"), *(held.get(key) for key in _NAMED_IN if isinstance(held, dict))]
    found = select_weights(held, None)
    shapes = {name: tuple(tensor.shape) for name, tensor in found.tensors.items()}
    return shapes, tuple(each for each in told if isinstance(each, str))


def _load(path: Path, form: Format) -> object:
    try:
        if form is Format.SAFETENSORS:
            return load_file(path)
        # Never mapped into memory: compressed or moved bytes would be taken for weights. Opened here, for torch would
        # go by the ending of a name.
        with path.open("rb") as file, torch.serialization.safe_globals(_STANDING_IN):
            return torch.load(file, weights_only=True, mmap=False, map_location="cpu")
    except MemoryError:
        raise
    except Exception as error:
        # Readers of damaged files raise whatever their parsers meet; KeyError and struct.error among others.
        if is_out_of_memory(error):
            raise MemoryError(str(error)) from error
        raise _unreadable(error) from error


def _metadata(path: Path, form: Format) -> dict[str, str]:
    if form is not Format.SAFETENSORS:
        return {}
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError, ValueError) as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> CheckpointRefused:
    # Not in the words of torch: they advise to read the file without any care.
    message = f"The file passes for a checkpoint and cannot be read ({type(error).__name__})."
    return CheckpointRefused(Reason.LOAD_FAILED, message)
