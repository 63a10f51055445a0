"""Who a model is, as far as its timm name tells: what the ranking groups and filters by."""

import re
from dataclasses import dataclass

from torch import nn

from quba.vocabulary import UNKNOWN

_TRANSFORMER_PARTS = re.compile(r"attention|attn", re.IGNORECASE)
# Attention that weighs the channels of a convolution makes no transformer.
_CHANNEL_ATTENTION = re.compile(
    r"squeeze|effectivese|channel|eca|cbam|bottleneckattn|splitattn|selective", re.IGNORECASE
)
# Pictures from the web or many sets together, not ImageNet alone, as timm's tags name them.
_LARGE = re.compile(r"laion|openai|webli|jft|lvd|yfcc|ig\d|swag|dfn|merged|datacomp|metaclip|instagram|cc12m|_clip")
_LABEL_FREE = re.compile(r"dino|mae\b|_mae|fcmae|ssl_|beit|ijepa|mim_|swsl|sbb_mae")
_SEMI_SUPERVISED = re.compile(r"\bns_jft|ssl_yfcc|swsl|noisy")
_RECIPE = re.compile(r"a[123](?=_)")
_SLUG = re.compile(r"[^a-z0-9._-]+")
_LONGEST_SLUG = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who a model is.

    Attributes:
        model_id: slug, unique.
        name: on screen.
        architecture: "cnn", "transformer", "vision-language", "b-cos" or "unknown".
        training: "supervised", "self-supervised", "semi-supervised", "adversarial" or "unknown".
        recipe: "a1", "a2", "a3", "unknown", or None for none of them.
        head: "fine-tuned", "linear-probe", "zero-shot", "unknown", or None for one trained with the rest.
        pretraining_data: "imagenet-1k", "imagenet-21k", "large" or "unknown".
        backbone: the architecture by its own name.
        source_library: where the weights come from.
        source_identifier: their name there.
        note: what a reader should know.
    """

    model_id: str
    name: str
    architecture: str
    training: str
    recipe: str | None = None
    head: str | None
    pretraining_data: str
    backbone: str
    source_library: str
    source_identifier: str | None
    note: str = ""


def slug(text: str) -> str:
    """Lower-case letters, digits, points, hyphens and underscores, beginning with a letter or digit.

    >>> slug("My Model (v2)")
    'my-model-v2'
    """
    return _SLUG.sub("-", text.lower()).strip("-._")[:_LONGEST_SLUG]


def of_tag(architecture: str, tag: str, net: nn.Module) -> Identity:
    """The identity of timm weights, guessed from the words of their tag."""
    name = f"{architecture}.{tag}" if tag else architecture
    if _SEMI_SUPERVISED.search(tag):
        training = "semi-supervised"
    else:
        training = "self-supervised" if _LABEL_FREE.search(tag) else "supervised"
    if _LARGE.search(tag):
        data = "large"
    else:
        data = "imagenet-21k" if re.search(r"in2[12]k|goog_in21k|in12k", tag) else "imagenet-1k"
    return Identity(
        model_id=slug(name),
        name=name,
        architecture=family(net),
        training=training,
        recipe=recipe.group() if (recipe := _RECIPE.match(tag)) else None,
        head="fine-tuned" if training == "self-supervised" else None,
        pretraining_data=data,
        backbone=architecture,
        source_library="timm",
        source_identifier=name,
        note="Grouping was guessed from the tag.",
    )


def of_file(architecture: str, name: str, net: nn.Module, *, digest: str) -> Identity:
    """The identity of somebody's own weights; how they were trained nobody said, so that no group counts them."""
    return _untold("checkpoint", architecture, name, net, digest=digest, what="A checkpoint of the user")


def of_module(net: nn.Module, name: str, *, digest: str) -> Identity:
    """The identity of a module that somebody holds in Python; how it was trained nobody said."""
    return _untold("module", type(net).__name__, name, net, digest=digest, what="A module measured in Python")


def of_program(kind: str, name: str, *, digest: str, what: str) -> Identity:
    """The identity of a network that is a program, such as "an ONNX graph"; of what parts it is made nobody said."""
    return _untold(kind, UNKNOWN, name, None, digest=digest, what=f"{what[0].upper()}{what[1:]} of the user")


def _untold(library: str, backbone: str, name: str, net: nn.Module | None, *, digest: str, what: str) -> Identity:
    return Identity(
        model_id=slug(name),
        name=name,
        architecture=UNKNOWN if net is None else family(net),
        training=UNKNOWN,
        recipe=UNKNOWN,
        head=UNKNOWN,
        pretraining_data=UNKNOWN,
        backbone=backbone,
        source_library=library,
        source_identifier=f"sha256:{digest}",
        note=f"{what}; training, recipe, head and pre-training data are not known.",
    )


def family(net: nn.Module) -> str:
    """The group that a net belongs to: a transformer if it has attention between positions, else a cnn."""
    kinds = {type(module).__name__ for module in net.modules()}
    attentive = any(_TRANSFORMER_PARTS.search(kind) and not _CHANNEL_ATTENTION.search(kind) for kind in kinds)
    return "transformer" if attentive else "cnn"
