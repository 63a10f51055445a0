"""Writes networks as programs, with torch's own exporters, for tests."""

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.export import Dim

SIDE = 12
CLASSES = 4


class SmallNet(nn.Module):
    """Two convolutions and a linear layer, with parameters that every exporter leaves as they are."""

    def __init__(self, classes: int = CLASSES) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 12, 3, stride=2), nn.ReLU(), nn.Flatten(1)
        )
        self.head = nn.Linear(12 * 5 * 5, classes)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.layers(images))
        return logits


def small_net(classes: int = CLASSES) -> nn.Module:
    """Of seeded random weights, in eval mode."""
    torch.manual_seed(0)
    return SmallNet(classes).eval()


def images(count: int = 2, side: int = SIDE) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))


def scripted(net: nn.Module, path: Path, *, frozen: bool = False, beside: Mapping[str, str] | None = None) -> Path:
    """Save a module as TorchScript."""
    with _quietly():
        found = torch.jit.script(net)
        torch.jit.save(torch.jit.freeze(found) if frozen else found, path, _extra_files=dict(beside or {}))
    return path


def exported(
    net: nn.Module,
    path: Path,
    *,
    example: Tensor | None = None,
    fixed: bool = False,
    beside: Mapping[str, str] | None = None,
) -> Path:
    """Save a module as a program of torch.export, for any number of images unless it is fixed."""
    given = images() if example is None else example
    with _quietly():
        program = torch.export.export(net, (given,), dynamic_shapes=None if fixed else ({0: Dim("batch")},))
        torch.export.save(program, path, extra_files=dict(beside or {}))
    return path


def graph(
    net: nn.Module,
    path: Path,
    *,
    example: Tensor | None = None,
    fixed: bool = False,
    external: bool = False,
    beside: Mapping[str, str] | None = None,
) -> Path:
    """Save a module as an ONNX graph, for any number of images unless it is fixed."""
    given = images() if example is None else example
    with _quietly():
        torch.onnx.export(
            net,
            (given,),
            str(path),
            dynamo=True,
            verbose=False,
            external_data=external,
            dynamic_shapes=None if fixed else ({0: Dim("batch")},),
        )
    if beside:
        model = onnx.load(str(path))
        onnx.helper.set_model_props(model, dict(beside))
        onnx.save(model, str(path))
    return path


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    # torch would rather have its newer formats, and tells what it does step by step.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
