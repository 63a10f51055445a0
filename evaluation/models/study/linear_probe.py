"""Vision transformers trained without labels, under the linear head that their authors published: DINO and DINOv2."""

import re
from typing import Any, Literal

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

Features = Literal["last-classes", "class-and-mean-interleaved", "classes-and-mean"]
_CLASSES = 1000
_BLOCKS_READ = 4
_REGISTERS = 4
# What DINOv2 adds to the size that positions are brought to, in its models without registers; see its interpolation.
_OFFSET = 0.1
_DINOV2 = re.compile(r"dinov2_vit(?P<size>[sbl])14(?P<registers>_reg)?_lc")
# Names in DINOv2's files that timm's transformer has none of.
_REGISTER_TOKENS = "register_tokens"
_OWN_TOKENS = ("mask_token", _REGISTER_TOKENS)
_SIZES = {"s": "small", "b": "base", "l": "large"}


class LinearProbe(nn.Module):
    """A transformer of timm with a linear layer on the tokens of its last blocks.

    Args:
        backbone: without a head.
        features: what the layer reads: the class tokens of the last four blocks; class token and mean patch of the
            last, one element of each in turn; or the class tokens of the last four and the mean patch of the last.
        registers: tokens beside the class token that are not read.

    >>> with torch.device("meta"):
    ...     net = dino_vit("vit_small")
    >>> net(torch.empty(2, 3, 224, 224, device="meta")).shape
    torch.Size([2, 1000])
    """

    def __init__(self, backbone: Any, features: Features, *, registers: int = 0) -> None:  # noqa: ANN401 - untyped library
        super().__init__()
        self.backbone = backbone
        self._features = features
        width: int = self.backbone.embed_dim
        self.registers = nn.Parameter(torch.zeros(1, registers, width)) if registers else None
        widths = {"last-classes": 4, "class-and-mean-interleaved": 2, "classes-and-mean": 5}
        self.head = nn.Linear(widths[features] * width, _CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Logits, images x 1000, of normalised images."""
        outputs = self._last_blocks(images)
        classes = [tokens[:, 0] for tokens in outputs]
        patches = outputs[-1][:, 1 + (0 if self.registers is None else self.registers.shape[1]) :].mean(dim=1)
        if self._features == "last-classes":
            read = torch.cat(classes, dim=1)
        elif self._features == "classes-and-mean":
            read = torch.cat([*classes, patches], dim=1)
        else:
            read = torch.stack([classes[-1], patches], dim=2).flatten(1)
        logits: Tensor = self.head(read)
        return logits

    def _last_blocks(self, images: Tensor) -> list[Tensor]:
        """The normalised tokens of the last four blocks, each images x tokens x features."""
        net = self.backbone
        patches = net.patch_embed.proj(images)
        positions = self._positions(patches.shape[-1]).to(patches.dtype)
        tokens = torch.cat([net.cls_token.expand(len(images), -1, -1), patches.flatten(2).transpose(1, 2)], dim=1)
        tokens = tokens + positions
        if self.registers is not None:
            registers = self.registers.expand(len(images), -1, -1)
            tokens = torch.cat([tokens[:, :1], registers, tokens[:, 1:]], dim=1)
        outputs = []
        for block in net.blocks:
            tokens = block(tokens)
            outputs.append(tokens)
        return [net.norm(each) for each in outputs[-_BLOCKS_READ:]]

    def _positions(self, side: int) -> Tensor:
        """The positions for `side` x `side` patches, brought there as the authors' code does and not as timm does."""
        own: Tensor = self.backbone.pos_embed
        grid = round((own.shape[1] - 1) ** 0.5)
        if side == grid:
            return own
        square = own[:, 1:].reshape(1, grid, grid, -1).permute(0, 3, 1, 2)
        if self.registers is None:
            factor = (side + _OFFSET) / grid
            found = functional.interpolate(square, scale_factor=(factor, factor), mode="bicubic")
        else:
            found = functional.interpolate(square, size=(side, side), mode="bicubic", antialias=True)
        return torch.cat([own[:, :1], found.flatten(2).transpose(1, 2)], dim=1)


def dino_vit(name: str) -> LinearProbe:
    """DINO's ViT-S/16 ("vit_small") or ViT-B/16 ("vit_base") under its linear head, without weights."""
    backbone = timm.create_model(f"{name}_patch16_224", num_classes=0)
    return LinearProbe(backbone, "last-classes" if name == "vit_small" else "class-and-mean-interleaved")


def dinov2(name: str) -> LinearProbe:
    """DINOv2's transformer with patches of 14 pixels under its linear head, without weights.

    Args:
        name: torch.hub's, such as "dinov2_vits14_lc" or "dinov2_vitb14_reg_lc".

    Raises:
        ValueError: another name.
    """
    match = _DINOV2.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is no linear classifier of DINOv2; such as dinov2_vits14_lc is.")
    backbone = timm.create_model(f"vit_{_SIZES[match['size']]}_patch14_dinov2", num_classes=0)
    return LinearProbe(backbone, "classes-and-mean", registers=_REGISTERS if match["registers"] else 0)


def dino_state(tensors: dict[str, Tensor], head: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a `LinearProbe` from the two files of DINO or DINOv2.

    Args:
        tensors: of the backbone. A mask token, which training alone uses, is left out.
        head: of the linear layer, under whatever prefix.
    """
    backbone = {f"backbone.{name}": each for name, each in tensors.items() if name not in _OWN_TOKENS}
    if _REGISTER_TOKENS in tensors:
        backbone["registers"] = tensors[_REGISTER_TOKENS]
    return backbone | {f"head.{name.rpartition('.')[2]}": each for name, each in head.items()}
