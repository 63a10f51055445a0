"""BagNets, whose features each see a small patch of the image (Brendel and Bethge 2019, arXiv 1904.00760)."""

import torch
from torch import Tensor, nn

_BLOCKS = (3, 4, 6, 3)
_WIDTHS = (64, 128, 256, 512)
_STRIDES = (2, 2, 2, 1)
_EXPANSION = 4
# By the side of the patch that a feature sees: in which of the four stages the first block looks beyond a pixel.
_LOOKING = {"bagnet9": (True, True, False, False), "bagnet17": (True, True, True, False), "bagnet33": (True,) * 4}


class _Bottleneck(nn.Module):
    def __init__(self, inputs: int, width: int, *, stride: int, side: int, first: bool) -> None:
        super().__init__()
        outputs = width * _EXPANSION
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, side, stride=stride, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = (
            nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))
            if first
            else nn.Identity()
        )

    def forward(self, features: Tensor) -> Tensor:
        found = self.relu(self.bn1(self.conv1(features)))
        found = self.relu(self.bn2(self.conv2(found)))
        found = self.bn3(self.conv3(found))
        # Convolutions have no padding, so that the shortcut is cut to their size, at the lower right.
        shortcut = self.downsample(features)[:, :, : found.shape[2], : found.shape[3]]
        summed: Tensor = self.relu(found + shortcut)
        return summed


class BagNet(nn.Module):
    """A ResNet-50 whose convolutions are mostly of one pixel, with the names of the published weights.

    Args:
        name: "bagnet9", "bagnet17" or "bagnet33".

    >>> with torch.device("meta"):
    ...     net = BagNet("bagnet9")
    >>> sum(each.numel() for each in net.parameters())
    15662696
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 1, bias=False)
        self.conv2 = nn.Conv2d(64, 64, 3, bias=False)
        # Published with a momentum that training alone uses.
        self.bn1 = nn.BatchNorm2d(64, momentum=0.001)
        self.relu = nn.ReLU(inplace=True)
        inputs = 64
        for stage, looks in enumerate(_LOOKING[name]):
            blocks = []
            for block in range(_BLOCKS[stage]):
                blocks.append(
                    _Bottleneck(
                        inputs,
                        _WIDTHS[stage],
                        stride=_STRIDES[stage] if block == 0 else 1,
                        side=3 if looks and block == 0 else 1,
                        first=block == 0,
                    )
                )
                inputs = _WIDTHS[stage] * _EXPANSION
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, 1000)

    def forward(self, images: Tensor) -> Tensor:
        """Logits, images x 1000, of normalised images."""
        features: Tensor = self.relu(self.bn1(self.conv2(self.conv1(images))))
        for stage in range(1, 5):
            features = self.get_submodule(f"layer{stage}")(features)
        logits: Tensor = self.fc(torch.mean(features, dim=(2, 3)))
        return logits
