"""The lines of Python that load a model's very weights with their preprocessing, by the library that has them."""

import re

from backend.imports.timm_names import class_count_of
from backend.ranking.torchvision_names import classifiers
from quba.study_input import study_input

_TIMM = """\
import timm

model = timm.create_model("{name}", pretrained=True).eval()
config = timm.data.resolve_model_data_config(model)
{change}transform = timm.data.create_transform(**config, is_training=False)
"""
_AS_MEASURED = """\
# The size and crop at which the study measured them.
config |= {{"input_size": (3, {pixels}, {pixels}), "crop_pct": {crop}}}
"""
_TORCHVISION = """\
import torchvision

weights = torchvision.models.get_weight("{weights}")
model = torchvision.models.get_model("{name}", weights=weights).eval()
transform = weights.transforms()
"""
_TORCH_HUB = """\
import torch
from torchvision import transforms

model = torch.hub.load("{repository}", "{name}"{options}).eval()
transform = transforms.Compose([
    transforms.Resize({side}, transforms.InterpolationMode.{interpolation}),
    transforms.CenterCrop(224),
    transforms.ToTensor(),
    transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
])
"""
# Of what torch.hub has by name, as the study measured it: the shorter side and how it is brought there.
_OF_HUB = {
    "facebookresearch/dinov2": (re.compile(r"(?P<name>dinov2_vit[sbl]14(_reg)?_lc)"), 256, "BICUBIC"),
    "facebookresearch/hiera": (
        re.compile(r"(?P<name>hiera_(tiny|small|base|base_plus|large)_224)/(?P<checkpoint>mae_in1k_ft_in1k)"),
        224,
        "BILINEAR",
    ),
}
_HUB_PREFIX = "torch.hub:"
_BCOS = """\
# With the packages bcos and einops. Their networks take a picture and its inverse as six channels.
from bcos.data.transforms import AddInverse
from bcos.models import pretrained
from torchvision import transforms

model = pretrained.{name}(pretrained=True).eval()
transform = transforms.Compose([
    transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), AddInverse(),
])
"""
_OF_BCOS = re.compile(
    r"resnet(18|34|50|101|152)|densenet(121|161|169|201)|convnext_(tiny|base)|simple_vit_b_patch16_224"
)
_OPEN_CLIP = """\
# With the package open_clip_torch. Images are compared with 80 sentences about each class of ImageNet.
import open_clip
{more_imports}
clip, transform = open_clip.create_model_from_pretrained("hf-hub:{repository}")
clip = {clip}
classes = open_clip.build_zero_shot_classifier(
    clip,
    open_clip.get_tokenizer("hf-hub:{repository}"),
    open_clip.IMAGENET_CLASSNAMES,
    open_clip.OPENAI_IMAGENET_TEMPLATES,
)


def model(images):
    return {logits}
"""
# The form in which open_clip finds the weights of other sources on the Hub.
_HUB_REPOSITORIES = {
    "openai/CLIP(zero-shot)": {
        "RN50": "timm/resnet50_clip.openai",
        "RN101": "timm/resnet101_clip.openai",
        "ViT-B/32": "timm/vit_base_patch32_clip_224.openai",
        "ViT-B/16": "timm/vit_base_patch16_clip_224.openai",
        "ViT-L/14": "timm/vit_large_patch14_clip_224.openai",
    },
    "apple/ml-mobileclip(zero-shot)": {
        "mobileclip_s1": "apple/MobileCLIP-S1-OpenCLIP",
        "mobileclip_s2": "apple/MobileCLIP-S2-OpenCLIP",
        "mobileclip_b": "apple/MobileCLIP-B-OpenCLIP",
        "mobileclip_b + mobileclip_blt.pt": "apple/MobileCLIP-B-LT-OpenCLIP",
    },
}
# Other names on the Hub may be anybody's: those of the organisations that open_clip's own table of weights names.
_HUB_NAME = re.compile(r"hf-hub:((?:apple|laion|timm)/[A-Za-z0-9._-]+)")
_SIGMOID = "open_clip(zero-shot,sigmoid)"


def loading_lines(library: str, identifier: str | None) -> str | None:
    """What to run to have a model as it was measured: `model`, and `transform` from an image to its input.

    Args:
        library: where the weights come from, as the store has it.
        identifier: their name there.

    Returns:
        None where no library that is known here has weights of this name. An identifier may be anybody's words, so
        that it stands in the lines only where it is one of the library's own names.

    >>> print(loading_lines("torchvision", "alexnet/AlexNet_Weights.IMAGENET1K_V1"))
    import torchvision
    <BLANKLINE>
    weights = torchvision.models.get_weight("AlexNet_Weights.IMAGENET1K_V1")
    model = torchvision.models.get_model("alexnet", weights=weights).eval()
    transform = weights.transforms()
    <BLANKLINE>
    """
    if library == "timm" and identifier and class_count_of(identifier) is not None:
        measured = study_input(*identifier.partition(".")[::2])
        return _TIMM.format(name=identifier, change=_AS_MEASURED.format(**measured._asdict()) if measured else "")
    if library == "torchvision" and identifier:
        name, _, weights = identifier.partition("/")
        kind, _, tag = weights.partition(".")
        if tag in classifiers().get(name, ()) and kind.replace("_", "").lower() == f"{name}weights".replace("_", ""):
            return _TORCHVISION.format(name=name, weights=weights)
    if library.startswith("bcos==") and identifier and _OF_BCOS.fullmatch(identifier):
        return _BCOS.format(name=identifier)
    if library.endswith("(zero-shot)") or library == _SIGMOID:
        return _of_open_clip(library, identifier or "")
    return _of_hub(library.removeprefix(_HUB_PREFIX), identifier or "") if library.startswith(_HUB_PREFIX) else None


def _of_open_clip(library: str, identifier: str) -> str | None:
    if library in _HUB_REPOSITORIES:
        # The study's own remark may stand behind the name, in brackets.
        repository = _HUB_REPOSITORIES[library].get(identifier.partition(" [")[0])
    else:
        match = _HUB_NAME.fullmatch(identifier)
        repository = match and match[1]
    if repository is None:
        return None
    # MobileCLIP's branches are merged, as its authors give it out and count its parameters; the outputs stay the same.
    merged = library.startswith("apple/")
    cosines = "clip.encode_image(images, normalize=True) @ classes"
    return _OPEN_CLIP.format(
        repository=repository,
        more_imports="from timm.utils.model import reparameterize_model\n" if merged else "",
        clip="reparameterize_model(clip.eval())" if merged else "clip.eval()",
        logits=f"clip.logit_scale.exp() * {cosines} + clip.logit_bias" if library == _SIGMOID else f"100 * {cosines}",
    )


def _of_hub(repository: str, identifier: str) -> str | None:
    if repository not in _OF_HUB:
        return None
    names, side, interpolation = _OF_HUB[repository]
    match = names.fullmatch(identifier)
    if match is None:
        return None
    checkpoint = match.groupdict().get("checkpoint")
    options = f', pretrained=True, checkpoint="{checkpoint}"' if checkpoint else ""
    return _TORCH_HUB.format(
        repository=repository, name=match["name"], options=options, side=side, interpolation=interpolation
    )
