"""For which size of image weights were made, where they themselves tell."""

import math
from collections.abc import Mapping

import torch
from torch import nn

from evaluation.checkpoints.input_metadata import LEAST_SIDE, MOST_SIDE

_POSITIONS = "pos_embed"
_AXES = 3


def side_of_images(held: Mapping[str, torch.Tensor], net: nn.Module) -> int | None:
    """The side of the square images that a Vision Transformer was trained on, from how many positions it has learnt.

    A grid of patches that is no square cannot be told from the number of its patches: its file must state the size.
    Windowed transformers such as Swin have no positions of whole images, and their weights fit any size.

    Args:
        held: tensors by the file's names, which may have prefixes.
        net: the architecture at its own size.

    Returns:
        Pixels; None where the weights do not tell, or tell the architecture's own size.
    """
    patches, own = getattr(net, "patch_embed", None), net.state_dict().get(_POSITIONS)
    grid, patch = getattr(patches, "grid_size", None), getattr(patches, "patch_size", None)
    shapes = {tensor.shape for name, tensor in held.items() if name.rpartition(".")[2] == _POSITIONS}
    if own is None or own.dim() != _AXES or grid is None or patch is None or patch[0] != patch[1] or len(shapes) != 1:
        return None
    (shape,) = shapes
    if shape == own.shape or len(shape) != _AXES or shape[2] != own.shape[2]:
        return None
    # Class and distillation tokens may have positions beside those of the patches.
    count = shape[1] - (own.shape[1] - grid[0] * grid[1])
    side = math.isqrt(max(count, 0))
    pixels = int(side * patch[0])
    return pixels if side * side == count and LEAST_SIDE <= pixels <= MOST_SIDE else None
