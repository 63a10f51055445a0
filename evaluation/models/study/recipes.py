"""How each source's weights become a network: its architecture, the names of its tensors, and its preprocessing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

import timm
import torch
import torchvision
from timm.models import hiera, swin_transformer
from torch import Tensor, nn
from torchvision import transforms
from torchvision.transforms import InterpolationMode

from evaluation.errors import LibraryMissing
from evaluation.extras import way_to_install
from evaluation.models.loaded_model import Preparation
from evaluation.models.own_transform import preparation_of_transform
from evaluation.models.study.bagnet import BagNet
from evaluation.models.study.conv_stem import NAMES as CONV_STEMS
from evaluation.models.study.conv_stem import conv_stem_net
from evaluation.models.study.linear_probe import dino_state, dino_vit, dinov2
from evaluation.models.timm_input import data_config_of, preparation_of

Tensors = dict[str, Tensor]
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_PIXELS = 224
_WRAPPERS = ("module.", "model.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """How the weights of one source are loaded.

    Attributes:
        build: the network without weights, of the source's name for it.
        state: from the tensors of the model's files to those of the network, by name.
        preparation: of the source's name, how a picture becomes the network's input.
    """

    build: Callable[[str], nn.Module]
    state: Callable[[nn.Module, Sequence[Tensors]], Tensors]
    preparation: Callable[[str], Preparation]


class WithInverse(nn.Module):
    """A network of six channels, which are the pixels and what they lack to white, as one of three.

    B-cos networks are fed so. Attacks then change pixels, and never a channel against its inverse.

    Args:
        net: of six channels.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> Tensor:
        """Logits of pixels in [0, 1], images x 3 x height x width."""
        logits: Tensor = self.net(torch.cat([images, 1 - images], dim=1))
        return logits


def _alone(_: nn.Module, files: Sequence[Tensors]) -> Tensors:
    return files[0]


def _as_saved(
    side: int, *, normalised: bool, interpolation: InterpolationMode = InterpolationMode.BILINEAR
) -> Preparation:
    """Resize the shorter side, cut 224 pixels from the centre, and normalise where the source does."""
    steps: list[Any] = [
        transforms.Resize(side, interpolation=interpolation), transforms.CenterCrop(_PIXELS), transforms.ToTensor(),
    ]  # fmt: skip
    if normalised:
        steps.append(transforms.Normalize(_MEAN, _DEVIATION))
    return preparation_of_transform(transforms.Compose(steps))[0]


def _bicubic_256(_: str) -> Preparation:
    return _as_saved(256, normalised=True, interpolation=InterpolationMode.BICUBIC)


def _bilinear_224(_: str) -> Preparation:
    return _as_saved(_PIXELS, normalised=True)


def _without_wrappers(tensors: Tensors) -> Tensors:
    """Without the names of what a network was wrapped in when it was saved, and without those wrappers' own tensors."""
    found = {}
    for name, tensor in tensors.items():
        bare = name
        while bare.startswith(_WRAPPERS):
            bare = bare.partition(".")[2]
        if not bare.startswith("normalize."):
            found[bare] = tensor
    return found


def _timm_release_preparation(name: str) -> Preparation:
    # The weights came after the architecture's first ones, and are measured with the size and crop of those.
    config: Any = timm.get_pretrained_cfg(name)
    return preparation_of(data_config_of(config.to_dict(), {}, class_count=None))


def _robustbench_net(name: str) -> nn.Module:
    if name in CONV_STEMS:
        return conv_stem_net(name)
    nets: Mapping[str, Callable[[], nn.Module]] = {
        "Salman2020Do_R50": torchvision.models.resnet50,
        "Salman2020Do_50_2": torchvision.models.wide_resnet50_2,
        "Liu2023Comprehensive_ConvNeXt-B": lambda: timm.create_model("convnext_base"),
        "Liu2023Comprehensive_ConvNeXt-L": lambda: timm.create_model("convnext_large"),
        "Liu2023Comprehensive_Swin-B": lambda: timm.create_model("swin_base_patch4_window7_224"),
        "Liu2023Comprehensive_Swin-L": lambda: timm.create_model("swin_large_patch4_window7_224"),
    }
    return nets[name]()


def _robustbench_state(net: nn.Module, files: Sequence[Tensors]) -> Tensors:
    tensors = _without_wrappers(files[0])
    if isinstance(net, swin_transformer.SwinTransformer):
        # timm has moved a Swin's layers since these were saved, and knows how.
        return dict(swin_transformer.checkpoint_filter_fn(tensors, net))
    return tensors


def _robustbench_preparation(name: str) -> Preparation:
    if name.startswith("Salman"):
        return _as_saved(256, normalised=True)
    # All convolutional stems but that of the small ViT were trained on pixels as they are.
    bare = name in CONV_STEMS and "ViT-S" not in name
    return _as_saved(256, normalised=not bare, interpolation=InterpolationMode.BICUBIC)


def _dino_net(name: str) -> nn.Module:
    return torchvision.models.resnet50() if name == "resnet50" else dino_vit(name)


def _dino_state(net: nn.Module, files: Sequence[Tensors]) -> Tensors:
    backbone, head = files
    if isinstance(net, torchvision.models.ResNet):
        own = {name: each for name, each in backbone.items() if not name.startswith("fc.")}
        return own | {f"fc.{name.rpartition('.')[2]}": each for name, each in head.items()}
    return dino_state(backbone, head)


def _hiera_state(_: nn.Module, files: Sequence[Tensors]) -> Tensors:
    # timm names the head and the positions otherwise than the authors, and knows both.
    renamed: Any = hiera.checkpoint_filter_fn
    return dict(renamed(files[0]))


def _bcos_net(name: str) -> nn.Module:
    try:
        models: Any = import_module("bcos.models.pretrained")
        import_module("einops")
    except ImportError as error:
        raise LibraryMissing(
            f"{name} is a B-cos network and needs bcos, which is not installed. {way_to_install('study')}."
        ) from error
    return WithInverse(getattr(models, name)(pretrained=False))


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "timm-release": Recipe(
            build=lambda name: timm.create_model(name.partition(".")[0]),
            state=_alone,
            preparation=_timm_release_preparation,
        ),
        "robustbench": Recipe(build=_robustbench_net, state=_robustbench_state, preparation=_robustbench_preparation),
        "hiera": Recipe(
            build=timm.create_model,
            state=_hiera_state,
            preparation=_bilinear_224,
        ),
        "dinov2": Recipe(build=dinov2, state=lambda _, files: dino_state(*files), preparation=_bicubic_256),
        "dino": Recipe(build=_dino_net, state=_dino_state, preparation=_bicubic_256),
        "mae": Recipe(
            build=lambda name: timm.create_model(f"{name}_224", global_pool="avg"),
            state=_alone,
            preparation=_bicubic_256,
        ),
        "bagnet": Recipe(build=BagNet, state=_alone, preparation=_bilinear_224),
        "bcos": Recipe(
            build=_bcos_net,
            state=lambda _, files: {f"net.{name}": each for name, each in files[0].items()},
            preparation=lambda _: _as_saved(256, normalised=False),
        ),
    }
)
"""By the name of the loader in the table; timm, torchvision and open_clip fetch and load by themselves."""
