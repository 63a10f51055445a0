"""The networks of the toy references, small enough for one core and a few minutes."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from timm.models.vision_transformer import VisionTransformer
from torch import nn

from evaluation.toy.drawing import SIDE
from evaluation.toy.shapes import CLASSES

_COARSE = 16
_WIDTHS = ((24, 2), (48, 2), (96, 2), (128, 1))


def linear() -> nn.Module:
    """One weight for each colour value of the image at a quarter of its size: what can be read off without a shape."""
    return nn.Sequential(
        nn.AvgPool2d(SIDE // _COARSE), nn.Flatten(), nn.Linear(3 * _COARSE * _COARSE, len(CLASSES)),
    )  # fmt: skip


def cnn() -> nn.Module:
    """Four convolutions with batch normalisation, the mean over all places, and a linear head."""
    layers: list[nn.Module] = []
    before = 3
    for width, stride in _WIDTHS:
        layers += [
            nn.Conv2d(before, width, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
        before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, len(CLASSES)))


def vit() -> nn.Module:
    """A vision transformer of three blocks over 16 patches."""
    net: nn.Module = VisionTransformer(
        img_size=SIDE, patch_size=16, embed_dim=64, depth=3, num_heads=4, num_classes=len(CLASSES)
    )
    return net


NETS: Mapping[str, Callable[[], nn.Module]] = MappingProxyType({"linear": linear, "cnn": cnn, "vit": vit})
"""How each is made, by the name that recipes use."""
