"""A torch module that somebody holds, ready to be measured, or a sentence that says what it lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from evaluation.checkpoints.class_names import Outputs, are_wnids, outputs_by_name, outputs_of_imagenet
from evaluation.datasets.class_maps import WNIDS
from evaluation.errors import ModelFault, ModelRefused, OutputsRefused, WrongClassCount
from evaluation.models.identity import of_module
from evaluation.models.loaded_model import LoadedModel, NoAttacks, Preparation
from evaluation.models.loading import data_config_of, preparation_of
from evaluation.models.own_transform import (
    NO_ATTACK_SPACE,
    OwnTransform,
    PerChannel,
    per_channel,
    preparation_of_transform,
    probe_pictures,
)
from quba.dimension import Missing

InputSize = int | Sequence[int]

NO_GRADIENTS = (
    "No gradient flows from the model's outputs to its inputs, so that attacks would not move an image. Take off what "
    "stops it, such as torch.no_grad() in its forward method."
)

_SHORT_DIGEST = 8
_TWO_DIMENSIONS = 2
_IMAGE_DIMENSIONS = 3
# Far above what the order of sums changes on a GPU, and far below what dropout does.
_SAME = 1e-3


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What is said of a module beside itself.

    Attributes:
        transform: of evaluation, from a PIL picture to a tensor; where it is None the module's timm configuration says.
        input_size: of its images, in the place of what the configuration says.
        mean: per channel, likewise; of a transform that cannot be looked into, what it subtracts.
        deviation: per channel, likewise; what such a transform divides by.
        classes: names of the outputs in their order; None where they are in the order of the benchmark's classes.
        device: where it is expected to be; None for wherever it is.
        name: of the model; None for its class and a digest of its weights.
    """

    transform: OwnTransform | None = None
    input_size: InputSize | None = None
    mean: PerChannel | None = None
    deviation: PerChannel | None = None
    classes: Sequence[str] | None = None
    device: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Held:
    """A module ready to be measured.

    Attributes:
        model: as the engine takes it.
        device: where it is.
    """

    model: LoadedModel
    device: str


def hold(net: nn.Module, holding: Holding, *, class_count: int | None, classes: tuple[str, ...]) -> Held:
    """Make a module ready: it is put into eval mode and frozen, which `leaving_untouched` undoes.

    Args:
        net: from normalised images to logits.
        holding: what is said of it.
        class_count: classes of the benchmark; None where any number will do.
        classes: of the benchmark by name, in the order of the labels; empty where nobody knows them.

    Raises:
        ModelFault: it cannot be measured; the message says why and what to do.
    """
    device = _device(net, holding.device)
    notes = _mode_notes(net)
    preparation, attackable = _preparation(net, holding)
    # Whoever calls this puts it back: `leaving_untouched`.
    net.eval()
    tried = _probe(net, preparation, device)
    outputs = _outputs(tried, holding.classes, class_count, classes)
    # Without a name at first, for one that nobody gave has the digest of the weights in it.
    model = LoadedModel.of(
        net,
        name="",
        preparation=preparation,
        class_count=outputs.count,
        identity=of_module(inner(net), "", digest=""),
    )
    name = holding.name or f"{type(inner(net)).__name__}-{model.digest[:_SHORT_DIGEST]}"
    return Held(
        model=replace(
            model,
            name=name,
            identity=of_module(inner(net), name, digest=model.digest),
            output_indices=outputs.indices,
            order_known=outputs.known,
            no_attacks=_no_attacks(attackable=attackable, differentiable=tried.requires_grad),
            notes=notes,
        ),
        device=device,
    )


def _no_attacks(*, attackable: bool, differentiable: bool) -> NoAttacks | None:
    if not differentiable:
        return NoAttacks(reason=Missing.NO_GRADIENTS, detail=NO_GRADIENTS)
    return None if attackable else NoAttacks(reason=Missing.NOT_APPLICABLE, detail=NO_ATTACK_SPACE)


def inner(net: nn.Module) -> nn.Module:
    """The module that one for several devices, or a compiled one, is made of."""
    while True:
        # Under this name torch.compile keeps what it wraps.
        wrapped = getattr(net, "_orig_mod", None)
        if wrapped is None and isinstance(net, nn.DataParallel | nn.parallel.DistributedDataParallel):
            wrapped = net.module
        if not isinstance(wrapped, nn.Module):
            return net
        net = wrapped


def _mode_notes(net: nn.Module) -> tuple[str, ...]:
    training = sum(part.training for part in net.modules())
    if not training:
        return ()
    parts = "The model was" if net.training else f"{training} parts of the model were"
    return (f"{parts} in training mode; it was measured in eval mode and then put back.",)


def _device(net: nn.Module, asked: str | None) -> str:
    tensors = [*net.parameters(), *net.buffers()]
    if any(is_lazy(each) for each in tensors):
        raise ModelRefused(
            "the model has parameters without a size yet (lazy modules); run one batch of images through it first."
        )
    if any(each.is_inference() for each in tensors):
        raise ModelRefused(
            "the model was made or loaded in torch.inference_mode(), where no gradient can ever be computed with it; "
            "make it outside of it."
        )
    devices = sorted({str(each.device) for each in tensors})
    if len(devices) > 1:
        raise ModelRefused(f"the model's parameters are on {' and '.join(devices)}; move it to one with model.to().")
    if not devices:
        return asked or "cpu"
    (found,) = devices
    if found == "meta":
        raise ModelRefused("the model is on the device 'meta' and has no weights; load them first.")
    if asked is not None and not _is_same(torch.device(asked), torch.device(found)):
        raise ModelRefused(
            f"the model is on {found} and device is {asked!r}; move it with model.to({asked!r}), or leave device out."
        )
    return found


def _is_same(asked: torch.device, found: torch.device) -> bool:
    return asked.type == found.type and asked.index in (None, found.index)


def _preparation(net: nn.Module, holding: Holding) -> tuple[Preparation, bool]:
    if (holding.mean is None) != (holding.deviation is None):
        raise ModelRefused("of mean and std only one was passed; pass both, each with one number per channel.")
    size = None if holding.input_size is None else _whole_size(holding.input_size)
    if holding.transform is not None:
        found = preparation_of_transform(holding.transform, mean=holding.mean, deviation=holding.deviation)
        made = tuple(found[0].transform(probe_pictures()[0]).shape)
        if size is not None and size != made:
            raise ModelRefused(
                f"input_size is {size} and the transform makes images of {made}; leave input_size out, or change the "
                "transform."
            )
        return found
    own = _own_config(net)
    # timm fills one number up to all channels.
    said = {
        "input_size": size,
        **{
            key: None if value is None else per_channel(value)
            for key, value in (("mean", holding.mean), ("std", holding.deviation))
        },
    }
    if own is None and None in said.values():
        raise ModelRefused(
            f"how an image becomes an input of {type(inner(net)).__name__} is not known: it has no timm configuration. "
            "Pass transform=..., the transform of evaluation, such as a torchvision Compose that ends in Normalize; or "
            "input_size, mean and std, for a resize and a centre crop."
        )
    config = data_config_of(own or {}, said, class_count=getattr(inner(net), "num_classes", None))
    return preparation_of(config), True


def _own_config(net: nn.Module) -> Mapping[str, Any] | None:
    for name in ("pretrained_cfg", "default_cfg"):
        found = getattr(inner(net), name, None)
        if isinstance(found, Mapping) and found.get("input_size"):
            return found
    return None


def _whole_size(size: InputSize) -> tuple[int, ...]:
    """Channels, height and width."""
    sides = (size, size) if isinstance(size, int) else tuple(size)
    whole = (3, *sides) if len(sides) == _TWO_DIMENSIONS else sides
    if len(whole) != _IMAGE_DIMENSIONS or any(not isinstance(each, int) or each < 1 for each in whole):
        raise ModelRefused(f"input_size is {size!r}; pass one side such as 224, (height, width), or with channels.")
    return whole


def _probe(net: nn.Module, preparation: Preparation, device: str) -> Tensor:
    """What the module gives for two pictures of no meaning, with the gradients that lead to it.

    Raises:
        ModelRefused: it cannot be run, or gives something else each time.
        OutputsRefused: what it gives is no tensor of logits.
    """
    pixels = torch.stack([preparation.transform(picture) for picture in probe_pictures()]).to(device)
    mean, deviation = (
        torch.tensor(each, device=device).reshape(1, -1, 1, 1) for each in (preparation.mean, preparation.deviation)
    )
    scaled = pixels if pixels.is_floating_point() else pixels.float().div(255)
    # Whether gradients reach the pixels shows here, and not in the middle of the first attack.
    inputs = ((scaled - mean) / deviation).requires_grad_()
    first, second = (_forward(net, inputs) for _ in range(2))
    difference = float((first - second).detach().abs().nan_to_num().max())
    if difference > _SAME * max(1.0, float(first.detach().abs().nan_to_num().max())):
        raise OutputsRefused(
            f"the model gives other outputs for the same images when it is run again, by up to {difference:.2g}: "
            "something in it is random in eval mode, such as dropout that is always on. Make its forward method "
            "deterministic."
        )
    return first


def _forward(net: nn.Module, inputs: Tensor) -> Tensor:
    try:
        # Whoever measures may do so where gradients are off or autocast is on: here values are those of 32 bits.
        with torch.enable_grad(), torch.autocast(inputs.device.type, enabled=False):
            found = net(inputs)
    except ModelFault:
        raise  # a program says by itself what it lacks
    # Somebody else's forward method may raise anything.
    except Exception as error:
        said = str(error).strip().splitlines()
        shape = " x ".join(map(str, inputs.shape[1:]))
        raise ModelRefused(
            f"the model failed on images of {shape} in 32 bits: {type(error).__name__}: {said[0] if said else ''}. "
            "Pass the input_size or the transform that it was trained with; a model in another precision is measured "
            "after model.float()."
        ) from error
    if not isinstance(found, Tensor):
        raise OutputsRefused(
            f"the model returns {type(found).__name__} and not a tensor. Pass a module whose forward method returns "
            "the logits alone, such as `return self.model(images).logits`."
        )
    if found.dim() != _TWO_DIMENSIONS or len(found) != len(inputs):
        raise WrongClassCount(
            f"the model gives outputs of shape {tuple(found.shape)} for {len(inputs)} images; a classifier gives "
            "images x classes."
        )
    return found.float()


def _outputs(found: Tensor, names: Sequence[str] | None, class_count: int | None, classes: tuple[str, ...]) -> Outputs:
    count = found.shape[1]
    if names is not None:
        if len(names) != count:
            raise WrongClassCount(
                f"classes has {len(names)} names and the model {count} outputs; pass one name for each output, in "
                "their order."
            )
        if not classes:
            raise ModelRefused("this benchmark's classes have no names to find the outputs by; leave classes out.")
        return outputs_by_name(classes, tuple(names), holder="model")
    if count == len(WNIDS) and are_wnids(classes):
        return outputs_of_imagenet(classes)
    if class_count is not None and count != class_count:
        raise WrongClassCount(
            f"the model has {count} outputs and the benchmark {class_count} classes; choose the benchmark that it was "
            "trained for."
        )
    return Outputs(count=count)
