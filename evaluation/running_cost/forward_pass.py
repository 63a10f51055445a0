"""A forward pass on a batch of noise, as it is timed and its memory measured; equal in every process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from evaluation.errors import ModelFault, ModelRefused, OutputsRefused, WrongClassCount
from evaluation.models.loaded_model import Preparation
from evaluation.models.own_transform import probe_pictures
from evaluation.models.program import reason
from evaluation.out_of_memory import is_out_of_memory

_MATRIX = 2


def input_shape(preparation: Preparation) -> tuple[int, int, int]:
    """What a preparation makes of a picture: channels, height and width."""
    channels, height, width = preparation.transform(probe_pictures()[0]).shape
    return int(channels), int(height), int(width)


def noise(batch_size: int, shape: tuple[int, ...], device: str) -> Tensor:
    """A batch of inputs in [0, 1), images x channels x height x width; what is in them does not change the work."""
    return torch.rand(batch_size, *shape, device=device)


@contextmanager
def model_faults(batch_size: int) -> Iterator[None]:
    """What fails within is the model's fault, but for memory that ran out.

    A GPU computes later than it is asked to, and says what failed at whatever call comes next: around a forward pass
    alone it would be missed.

    Args:
        batch_size: images that are worked on.

    Raises:
        ModelFault: something failed.
        Exception: memory ran out, which `unless_out_of_memory` takes.
    """
    try:
        yield
    except ModelFault:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise ModelRefused(f"the model failed on a batch of {batch_size}: {reason(error)}") from error


def forward(net: nn.Module, inputs: Tensor, *, half: bool) -> None:
    """Run a net on a batch, without anything that a gradient would need.

    Args:
        net: on the device of the inputs, in eval mode.
        inputs: images x channels x height x width.
        half: whether products are computed in bfloat16.

    Raises:
        ModelFault: the net fails on them, or what comes out is no tensor of images x classes.
        Exception: memory ran out, which `unless_out_of_memory` takes.
    """
    with (
        model_faults(len(inputs)),
        torch.inference_mode(),
        torch.autocast(inputs.device.type, torch.bfloat16, enabled=half),
    ):
        outputs: Any = net(inputs)
    if not isinstance(outputs, Tensor):
        raise OutputsRefused(f"the model returns {type(outputs).__name__}; a classifier returns a tensor of logits.")
    if outputs.dim() != _MATRIX or len(outputs) != len(inputs):
        raise WrongClassCount(
            f"the model gives outputs of shape {tuple(outputs.shape)} for {len(inputs)} images; a classifier gives "
            "images x classes."
        )
