"""A model ready to be measured, and how a picture becomes its input."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from PIL import Image
from torch import Tensor, nn

from evaluation.errors import ModelRefused
from evaluation.models.identity import Identity
from quba.dimension import Missing

Transform = Callable[[Image.Image], Tensor]
"""From a picture to pixels, channels x height x width: 8-bit, or numbers in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """From a picture to a model's input, in two parts: pixels, which models can share, and normalisation.

    Attributes:
        key: equal for transforms that give equal pixels.
        transform: from a picture to pixels, channels x height x width: 8-bit where it is ours, for a quarter of the
            traffic, and numbers where somebody's own makes them.
        mean: per channel, in [0, 1].
        deviation: per channel.
    """

    key: str
    transform: Transform
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    deviation: tuple[float, ...] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class NoAttacks:
    """Why a model cannot be attacked.

    Attributes:
        reason: to be stored of the dimensions that rest on attacks.
        detail: in words, with the next step.
    """

    reason: Missing
    detail: str


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model ready to be measured.

    Attributes:
        name: what it was asked for by.
        net: from normalised inputs to logits, in eval mode and with frozen parameters.
        preparation: its own eval transform.
        class_count: columns of its outputs.
        parameter_count: elements of all parameters, buffers left out.
        digest: sha256 of all weights, so that results are never taken for another model's.
        identity: who it is.
        weights_key: of a checkpoint's set of weights that was taken; None where it holds one alone, under no name.
        other_weights_keys: the further sets of the checkpoint.
        output_indices: for each class of the benchmark the output that stands for it; None where both have the same
            number.
        order_known: whether names say which output stands for which class, so that there is no order to doubt.
        no_attacks: why it cannot be attacked; None where it can.
        notes: what was done that its owner should know, in sentences.
        versions: of what computes it beside torch.
        released_activation: what the study's program puts behind its logits before it takes the result for logits, as
            of its zero-shot classifiers; None where it puts nothing. `as-released` alone looks at it.
        untrained: whether it has no weights to speak of, so that nothing but its time and memory means anything.
    """

    name: str
    net: nn.Module
    preparation: Preparation
    class_count: int
    parameter_count: int
    digest: str
    identity: Identity
    weights_key: str | None = None
    other_weights_keys: tuple[str, ...] = ()
    output_indices: tuple[int, ...] | None = None
    order_known: bool = False
    no_attacks: NoAttacks | None = None
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    released_activation: Callable[[Tensor], Tensor] | None = None
    untrained: bool = False

    @classmethod
    def of(
        cls, net: nn.Module, *, name: str, preparation: Preparation, class_count: int, identity: Identity
    ) -> "LoadedModel":
        """Take a net as it is: put it into eval mode, freeze and count it.

        Raises:
            ModelRefused: a weight is infinite or NaN.
        """
        net.eval().requires_grad_(requires_grad=False)
        _require_finite(net)
        return cls(
            name=name,
            net=net,
            preparation=preparation,
            class_count=class_count,
            parameter_count=sum(parameter.numel() for parameter in net.parameters()),
            digest=weights_digest(net),
            identity=identity,
        )


def weights_digest(net: nn.Module) -> str:
    """The sha256 of all parameters and buffers with their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(net.state_dict().items()):
        # A module may keep other things in its state too.
        if not isinstance(tensor, Tensor):
            digest.update(f"{name}|{tensor!r}\n".encode())
            continue
        digest.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _require_finite(net: nn.Module) -> None:
    for name, tensor in net.state_dict().items():
        if isinstance(tensor, Tensor) and tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ModelRefused(
                f"the weights hold NaN or infinity in {name}; they cannot be measured. Use a sound checkpoint."
            )
