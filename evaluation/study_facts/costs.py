"""What one image costs a model: multiply-accumulates and activations, counted on its architecture without weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import timm
import torch
import torchvision
from timm.layers.config import set_fused_attn, use_fused_attn
from torch import nn

from evaluation.models.study.table import study_models
from evaluation.models.timm_input import data_config_of
from evaluation.running_cost.counts import counts_of

_RSB_RELEASE = "timm-release:v0.1-rsb-weights"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one image costs.

    Attributes:
        macs: multiply-accumulates of convolutions and matrix products, those of attention among them.
        activations: elements that these put out.
        parameters: of the architecture.
        input_size: pixels along each side of the image.
    """

    macs: int
    activations: int
    parameters: int
    input_size: int


def cost_of(library: str, identifier: str) -> Cost | None:
    """What one image costs a study model at the size that the study measured it at.

    Args:
        library: where the weights come from, as the published table spells it.
        identifier: their name there.

    Returns:
        None for what neither timm nor torchvision can build by this name.
    """
    with _plain_attention():
        if library == "torchvision":
            return _cost_of_net(*_of_torchvision(identifier))
        if library == "timm":
            net = _on_meta(lambda: timm.create_model(identifier))
            return _cost_of_net(
                net, data_config_of(net.pretrained_cfg, {}, class_count=net.num_classes)["input_size"][-1]
            )
        if library == _RSB_RELEASE:
            net = _on_meta(lambda: timm.create_model(identifier.partition("@")[0]))
            return _cost_of_net(net, _size_of_release(identifier))
    return None


def library_versions() -> str:
    """The libraries that the counts come from, with their versions."""
    versions = {each.__name__: str(each.__version__).partition("+")[0] for each in (torch, torchvision, timm)}
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _size_of_release(identifier: str) -> int:
    """The size of the weights that the architecture had first, which those of the release are measured with."""
    loads = next(each.loads for each in study_models().values() if each.identity.source_identifier == identifier)
    config: Any = timm.get_pretrained_cfg(loads)
    pixels: int = data_config_of(config.to_dict(), {}, class_count=None)["input_size"][-1]
    return pixels


def _of_torchvision(identifier: str) -> tuple[nn.Module, int]:
    name, _, tag = identifier.partition("/")
    weights = torchvision.models.get_weight(tag)
    # As weights are loaded: the heads that are only trained with are built, and left out again where the model says.
    building = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    net = _on_meta(lambda: torchvision.models.get_model(name, **building))
    if name == "googlenet":
        net.aux_logits, net.aux1, net.aux2 = False, None, None
    return net, weights.transforms().crop_size[0]


def _on_meta(build: Any) -> Any:  # noqa: ANN401 - the libraries give untyped nets
    """A net without storage: hundreds of them are built in a minute, and none needs memory."""
    try:
        with torch.device("meta"):
            return build()
    except NotImplementedError:
        # torchvision's RegNets compute their widths with tensors, which have no values there.
        return build().to("meta")


def _cost_of_net(net: nn.Module, size: int) -> Cost:
    parameters = sum(each.numel() for each in net.parameters())
    net.eval().requires_grad_(requires_grad=False)
    image = torch.empty(1, 3, size, size, device="meta")
    counts = counts_of(net, image)
    return Cost(macs=counts.macs, activations=counts.activations, parameters=parameters, input_size=size)


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Attention in single products: fused into one operation, what they put out could not be counted."""
    fast_path, fused = torch.backends.mha.get_fastpath_enabled(), (use_fused_attn(), use_fused_attn(experimental=True))
    torch.backends.mha.set_fastpath_enabled(value=False)
    # timm's nets read it when they are built.
    set_fused_attn(enable=False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(value=fast_path)
        set_fused_attn(enable=fused[0], experimental=fused[1])
