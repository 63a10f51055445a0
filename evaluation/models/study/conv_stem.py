"""Networks with a stem of convolutions, trained to withstand attacks (Singh et al. 2023, arXiv 2303.01870)."""

from typing import Any

import timm
from timm.layers.norm import LayerNorm2d
from torch import Tensor, nn

# timm's name of the architecture, and the channels of the stem's convolutions with their strides. Those of a ViT end
# in a convolution of one pixel that is not normalised.
_CONVNEXT = {
    "Singh2023Revisiting_ConvNeXt-T-ConvStem": ("convnext_tiny", (48, 96)),
    "Singh2023Revisiting_ConvNeXt-S-ConvStem": ("convnext_small", (48, 96)),
    "Singh2023Revisiting_ConvNeXt-B-ConvStem": ("convnext_base", (64, 96, 128)),
    "Singh2023Revisiting_ConvNeXt-L-ConvStem": ("convnext_large", (96, 144, 192)),
}
_VIT = {
    "Singh2023Revisiting_ViT-S-ConvStem": ("deit_small_patch16_224", (48, 96, 192, 384), 384),
    "Singh2023Revisiting_ViT-B-ConvStem": ("vit_base_patch16_224", (48, 96, 192, 384), 768),
}
NAMES = (*_CONVNEXT, *_VIT)
_NORM_EPSILON = 1e-6


class _Stem(nn.Module):
    """Convolutions, each followed by a normalisation over channels and a GELU.

    Args:
        channels: of each.
        strides: of each.
        closing: channels of a last convolution of one pixel; None for none.
    """

    def __init__(self, channels: tuple[int, ...], strides: tuple[int, ...], closing: int | None = None) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for each, stride in zip(channels, strides, strict=True):
            layers += [
                nn.Conv2d(before, each, 3, stride=stride, padding=1), LayerNorm2d(each, eps=_NORM_EPSILON), nn.GELU(),
            ]  # fmt: skip
            before = each
        if closing is not None:
            layers.append(nn.Conv2d(before, closing, 1))
        self.stem = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.stem(images)
        return features


def conv_stem_net(name: str) -> nn.Module:
    """The network of one of RobustBench's names, without weights.

    Args:
        name: one of `NAMES`.

    Raises:
        KeyError: another.

    >>> import torch
    >>> with torch.device("meta"):
    ...     net = conv_stem_net("Singh2023Revisiting_ConvNeXt-T-ConvStem")
    >>> round(sum(each.numel() for each in net.parameters()) / 1e6, 1)
    28.6
    """
    if name in _CONVNEXT:
        architecture, channels = _CONVNEXT[name]
        net: Any = timm.create_model(architecture)
        net.stem = _Stem(channels, (2, 2, 1)[: len(channels)])
        return net  # type: ignore[no-any-return]
    architecture, channels, width = _VIT[name]
    net = timm.create_model(architecture)
    net.patch_embed.proj = _Stem(channels, (2,) * len(channels), closing=width)
    return net  # type: ignore[no-any-return]
