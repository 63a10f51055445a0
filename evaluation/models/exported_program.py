"""Programs of torch.export (.pt2). Loading one can run code: only for files that somebody names as their own."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.export import ExportedProgram
from torch.export.passes import move_to_device_pass

from evaluation.checkpoints.program_kinds import ProgramKind, extra_files
from evaluation.errors import ModelRefused
from evaluation.models.program import Facts, Program, unreadable

_NO_GRADIENTS = (
    "No gradient flows through this torch.export program, so that attacks would not move an image. Export it outside "
    "of torch.no_grad(), or measure the PyTorch module."
)


def open_exported(path: Path, *, device: str) -> Program:
    """Load a program of torch.export.

    Args:
        path: of the file.
        device: to place it on.

    Raises:
        ModelRefused: it cannot be read, or takes something else than one batch of images.
    """
    try:
        # First: torch logs pages about an archive that is damaged, and does not look at checksums.
        metadata = extra_files(path)
        program = move_to_device_pass(torch.export.load(path), device)
    except Exception as error:
        raise unreadable(path, ProgramKind.EXPORTED, error) from error
    net: Any = program.module()
    for each in net.parameters():
        each.requires_grad_(requires_grad=False)
    inputs = _inputs(program, path)
    batch, *shape = (each if isinstance(each, int) else None for each in inputs.shape)
    facts = Facts(
        path=path,
        kind=ProgramKind.EXPORTED,
        parameter_count=sum(each.numel() for each in program.parameters()),
        metadata=metadata,
        batch=batch,
        shape=tuple(shape),
        number=inputs.dtype,
        no_gradients=_NO_GRADIENTS,
    )
    return Program(facts, net)


def _inputs(program: ExportedProgram, path: Path) -> Tensor:
    """The one tensor that a program takes, without data."""
    names = program.graph_signature.user_inputs
    found = [node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder" and node.name in names]
    if len(found) != 1 or not isinstance(found[0], Tensor):
        raise ModelRefused(
            f"{path.name} takes {len(found)} inputs; a classifier takes one batch of images. Export a module whose "
            "forward method takes the images alone."
        )
    return found[0]
