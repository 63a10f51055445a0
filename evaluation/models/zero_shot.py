"""Zero-shot classifiers of open_clip: images are compared with the names of the classes. The extra `zero-shot`."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import constants
from timm.utils.model import reparameterize_model
from torch import Tensor, nn
from torch.nn import functional
from torchvision import transforms

from evaluation.errors import (
    LibraryMissing,
    ModelRefused,
    NoRoomForWeights,
    UnknownModel,
    WeightsUnavailable,
    WrongClassCount,
)
from evaluation.extras import way_to_install
from evaluation.models.hub import remove_unfinished_of_hub
from evaluation.models.identity import Identity, slug
from evaluation.models.loaded_model import LoadedModel, Preparation
from evaluation.models.weights_fault import weights_fault

_IMAGENET_CLASSES = 1000
# The study leaves the scale that a model learned aside for the models trained with softmax.
_SCALE = 100.0
_NEAREST = 8


class ZeroShot(nn.Module):
    """From images to similarities with the classes, as logits.

    Args:
        clip: the whole model; its text tower counts among its parameters.
        classes: one unit vector per class, classes x features.
        sigmoid: whether it was trained with a sigmoid per pair, as SigLIP, and not with a softmax.
    """

    def __init__(self, clip: nn.Module, classes: Tensor, *, sigmoid: bool) -> None:
        super().__init__()
        self.clip = clip
        self._sigmoid = sigmoid
        self.register_buffer("classes", classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits, images x classes: 100 times the cosine, or SigLIP's own scale and bias before its sigmoid."""
        clip: Any = self.clip
        features = functional.normalize(clip.encode_image(images).float(), dim=-1)
        cosines = features @ self.classes.T  # type: ignore[operator]
        if not self._sigmoid:
            return _SCALE * cosines
        bias = clip.logit_bias
        scaled: Tensor = clip.logit_scale.exp() * cosines
        return scaled if bias is None else scaled + bias


def load_zero_shot(name: str, *, class_count: int, device: str) -> LoadedModel:
    """Load a model of open_clip and encode the names of the ImageNet classes, each in 80 sentences.

    Args:
        name: ARCHITECTURE/TAG as open_clip lists them.
        class_count: classes of the benchmark; only ImageNet's have names here.
        device: to place it on.

    Raises:
        ModelFault: the extra is not installed, the name is unknown, or the benchmark has other classes.
    """
    try:
        open_clip: Any = import_module("open_clip")
    except ImportError as error:
        raise LibraryMissing(
            f"{name} is a zero-shot model and needs open_clip, which is not installed. {way_to_install('zero-shot')}."
        ) from error
    if class_count != _IMAGENET_CLASSES:
        raise WrongClassCount(
            f"zero-shot models are asked for the {_IMAGENET_CLASSES} classes of ImageNet, and the benchmark has "
            f"{class_count}; use --benchmark imagenet-1k."
        )
    architecture, _, tag = name.partition("/")
    if not tag:
        raise WeightsUnavailable(f"{name!r} names no weights; write open_clip:ARCHITECTURE/TAG, such as RN50/openai.")
    if architecture not in open_clip.list_models():
        known = ", ".join(open_clip.list_models()[:_NEAREST])
        raise UnknownModel(f"{architecture!r} is not a model of open_clip; it has {known} and more.")
    # Of weights that were trained with another GELU than the architecture has by itself, open_clip only warns.
    quick_gelu = bool((open_clip.get_pretrained_cfg(architecture, tag) or {}).get("quick_gelu", False))
    try:
        clip, _, preprocess = open_clip.create_model_and_transforms(
            architecture, pretrained=tag, device=device, force_quick_gelu=quick_gelu
        )
    except (OSError, RuntimeError, ValueError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        otherwise = (
            f"the weights {tag!r} of {architecture} could not be loaded: {said}. Check the tag and the connection."
        )
        fault = weights_fault(name, error, folder=Path(constants.HF_HUB_CACHE), otherwise=otherwise)
        if isinstance(fault, NoRoomForWeights):
            remove_unfinished_of_hub((open_clip.get_pretrained_cfg(architecture, tag) or {}).get("hf_hub"))
        raise fault from error
    # MobileCLIP's branches are merged, as Apple gives it out and counts its parameters; the function stays the same.
    clip = reparameterize_model(clip.eval(), inplace=True)
    # Only models trained with the sigmoid loss have a bias: each class is judged by itself then, not against others.
    sigmoid = getattr(clip, "logit_bias", None) is not None
    classes = class_vectors(open_clip, clip, open_clip.get_tokenizer(architecture), device=device)
    model = LoadedModel.of(
        ZeroShot(clip, classes, sigmoid=sigmoid),
        name=f"open_clip:{name}",
        preparation=preparation_from(preprocess),
        class_count=class_count,
        identity=_identity(architecture, tag, sigmoid=sigmoid),
    )
    return replace(model, released_activation=torch.sigmoid if sigmoid else _softmax)


def _softmax(logits: Tensor) -> Tensor:
    return logits.softmax(dim=1)


def class_vectors(open_clip: Any, clip: Any, tokenizer: Any, *, device: str) -> Tensor:  # noqa: ANN401 - untyped library
    """One unit vector per ImageNet class: the normalised mean of the normalised vectors of its sentences."""
    vectors = []
    with torch.no_grad():
        for class_name in open_clip.IMAGENET_CLASSNAMES:
            sentences = [template(class_name) for template in open_clip.OPENAI_IMAGENET_TEMPLATES]
            features = clip.encode_text(tokenizer(sentences).to(device)).float()
            vectors.append(functional.normalize(functional.normalize(features, dim=-1).mean(dim=0), dim=0))
    return torch.stack(vectors)


def preparation_from(preprocess: Any) -> Preparation:  # noqa: ANN401 - untyped library
    """Part a transform of torchvision where it turns pictures into numbers.

    Raises:
        ModelRefused: it is not of the known form.
    """
    steps = list(preprocess.transforms)
    places = [place for place, step in enumerate(steps) if isinstance(step, transforms.ToTensor)]
    rest = steps[places[0] + 1 :] if places else []
    if not places or not all(isinstance(step, transforms.Normalize) for step in rest):
        raise ModelRefused(f"the transform {preprocess} has another form than resize, crop, tensor, normalise.")
    mean, deviation = (rest[0].mean, rest[0].std) if rest else ((0.0,) * 3, (1.0,) * 3)
    return Preparation(
        key=" ".join(repr(step) for step in steps[: places[0]]),
        transform=transforms.Compose([*steps[: places[0]], transforms.PILToTensor()]),
        mean=tuple(float(each) for each in mean),
        deviation=tuple(float(each) for each in deviation),
    )


def _identity(architecture: str, tag: str, *, sigmoid: bool) -> Identity:
    return Identity(
        model_id=slug(f"{architecture}-{tag}-zero-shot"),
        name=f"{architecture} ({tag}) zero-shot",
        architecture="vision-language",
        training="self-supervised",
        head="zero-shot",
        pretraining_data="large",
        backbone=slug(architecture),
        source_library="open_clip(zero-shot,sigmoid)" if sigmoid else "open_clip(zero-shot)",
        source_identifier=f"{architecture}/{tag}",
    )
