"""TorchScript programs. Loading and running one runs its code: only for files that somebody names as their own."""

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from evaluation.checkpoints.program_kinds import ProgramKind, extra_files
from evaluation.models.program import Facts, Program, unreadable

_NO_GRADIENTS = (
    "No gradient flows through this TorchScript program, so that attacks would not move an image. Save it without "
    "torch.no_grad() in its forward method and without optimising it for inference, or measure the PyTorch module."
)
_COUNTED = (
    "The TorchScript program is frozen: its parameters are counted among its constants, where batch norms add their "
    "statistics."
)


def open_torchscript(path: Path, *, device: str) -> Program:
    """Load a TorchScript program in eval mode.

    Args:
        path: of the file.
        device: to place it on.

    Raises:
        ModelRefused: it cannot be read, or takes no images.
    """
    try:
        metadata = extra_files(path)
        with warnings.catch_warnings():
            # torch would rather see other formats; this one is what people have.
            warnings.simplefilter("ignore", FutureWarning)
            net: Any = torch.jit.load(path, map_location=device)  # type: ignore[no-untyped-call]
    except Exception as error:
        raise unreadable(path, ProgramKind.TORCHSCRIPT, error) from error
    parameters = list(net.parameters())
    # A frozen program has neither modes nor parameters left.
    if getattr(net, "training", False):
        net.eval()
    for each in parameters:
        each.requires_grad_(requires_grad=False)
    facts = Facts(
        path=path,
        kind=ProgramKind.TORCHSCRIPT,
        parameter_count=sum(each.numel() for each in parameters or _constants(net)),
        metadata=metadata,
        number=next((each.dtype for each in parameters or _constants(net)), torch.float32),
        no_gradients=_NO_GRADIENTS,
        notes=() if parameters else (_COUNTED,),
    )
    return Program(facts, net)


def _constants(net: Any) -> list[Tensor]:  # noqa: ANN401 - TorchScript is untyped
    """The tensors of fractions in a frozen program's graph, numbers alone left out."""
    nodes = net.graph.findAllNodes("prim::Constant")
    held = [node.t("value") for node in nodes if node.hasAttribute("value") and node.kindOf("value") == "t"]
    return [each for each in held if each.is_floating_point() and each.dim()]
