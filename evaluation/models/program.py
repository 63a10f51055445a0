"""A network as a program, run as it is: an ONNX graph, TorchScript or torch.export, in the form of a torch module."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from evaluation.checkpoints.program_kinds import ProgramKind
from evaluation.errors import ModelFault, ModelRefused
from evaluation.out_of_memory import is_out_of_memory

Shape = tuple[int | None, ...]
"""Channels, height and width; None where a program takes any."""

_LONGEST_REASON = 300
_IMAGE_DIMENSIONS = 3
_CHANNELS = 3


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a program says of itself.

    Attributes:
        path: of its file.
        kind: of program.
        parameter_count: elements of its weights.
        metadata: text by name that its author put beside it.
        batch: images that it takes at once; None for any number.
        shape: of an image.
        number: type of its inputs.
        no_gradients: what to do for one whose outputs no gradient flows from, in a sentence.
        notes: what its owner should know, in sentences.
        versions: of what computes it beside torch.
    """

    path: Path
    kind: ProgramKind
    parameter_count: int
    metadata: Mapping[str, str]
    batch: int | None = None
    shape: Shape = (None, None, None)
    number: torch.dtype = torch.float32
    no_gradients: str = ""
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


class Program(nn.Module):
    """From normalised images to logits, by a program that is run as it is.

    It has no parameters of its own: nothing of the program is changed, moved or put into another mode.

    Args:
        facts: what it says of itself.
        run: from its inputs to its outputs.

    Raises:
        ModelRefused: it takes something else than images.
    """

    def __init__(self, facts: Facts, run: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.facts = facts
        # In a tuple: a module of torch would become a part of this one, with its parameters and modes.
        self._run = (run,)
        _require_images(facts)
        # What its file says of its inputs, where modules of timm have it.
        self.pretrained_cfg: Mapping[str, Any] = {}

    def forward(self, images: Tensor) -> Any:  # noqa: ANN401 - also what no classifier returns
        """Logits, images x classes.

        A program that takes so many images at once is given them in parts, the last filled up with copies.

        Raises:
            ModelRefused: it cannot be run on these images, or in this precision.
        """
        if torch.is_autocast_enabled(images.device.type):
            raise ModelRefused(
                f"{self.facts.path.name} computes in the precision that it was exported in; leave out --precision, or "
                "export it in bfloat16."
            )
        _require_shape(self.facts, tuple(images.shape[1:]))
        found = []
        for part, filled in _parts(images.to(self.facts.number), self.facts.batch):
            outputs = self._outputs(filled)
            if not isinstance(outputs, Tensor):
                return outputs
            found.append(outputs[: len(part)].float())
        return torch.cat(found)

    def _outputs(self, inputs: Tensor) -> Any:  # noqa: ANN401 - see above
        try:
            return self._run[0](inputs)
        except ModelFault:
            raise
        except Exception as error:
            # The engine halves the batch for it.
            if is_out_of_memory(error):
                raise
            raise ModelRefused(
                f"{self.facts.path.name} failed on {len(inputs)} images of "
                f"{' x '.join(map(str, inputs.shape[1:]))}: {reason(error)}. Give it the input size that it was "
                "exported for, and export it for any number of images (dynamic_shapes)."
            ) from error


def reason(error: Exception) -> str:
    """The first line of what an error says, or its kind."""
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0][:_LONGEST_REASON]}" if said else type(error).__name__


def unreadable(path: Path, kind: ProgramKind, error: Exception) -> ModelRefused:
    """The refusal of a file that its reader gave up on."""
    return ModelRefused(
        f"{path} should be {kind.value} and cannot be read ({reason(error)}). It was damaged, or written by another "
        "version: export it again with the versions that are installed here, and compare its sha256 after a copy."
    )


def _parts(inputs: Tensor, batch: int | None) -> Iterator[tuple[Tensor, Tensor]]:
    """The images in parts, each as it is and filled up to a whole batch."""
    for part in (inputs,) if batch is None else torch.split(inputs, batch):
        lacking = 0 if batch is None else batch - len(part)
        yield part, torch.cat([part, part[-1:].expand(lacking, *part.shape[1:])]) if lacking else part


def _require_images(facts: Facts) -> None:
    name = facts.path.name
    if len(facts.shape) != _IMAGE_DIMENSIONS:
        raise ModelRefused(
            f"{name} takes inputs of {len(facts.shape) + 1} dimensions; a classifier takes images x channels x height "
            "x width. Export the whole network, from images to logits."
        )
    channels, _, width = facts.shape
    if channels not in (None, _CHANNELS):
        last = " Its channels come last: export it with channels first." if width == _CHANNELS else ""
        raise ModelRefused(f"{name} takes images of {channels} channels, and pictures have {_CHANNELS}.{last}")
    if not facts.number.is_floating_point:
        raise ModelRefused(
            f"{name} takes {str(facts.number).removeprefix('torch.')} inputs, and normalised images are fractions. "
            "Export the network without the preprocessing before it."
        )


def _require_shape(facts: Facts, shape: tuple[int, ...]) -> None:
    if any(wanted not in (None, given) for wanted, given in zip(facts.shape, shape, strict=True)):
        wanted = " x ".join("any" if each is None else str(each) for each in facts.shape)
        raise ModelRefused(
            f"{facts.path.name} takes images of {wanted}, and {' x '.join(map(str, shape))} were made; give it that "
            "input size, or export it for others."
        )
