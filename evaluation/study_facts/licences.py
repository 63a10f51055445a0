"""What licence the weights of a study model have, as a source says that can be read; nothing is concluded."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import timm
import torchvision

from quba.vocabulary import UNKNOWN


class Licence(NamedTuple):
    """A licence and who says so.

    Attributes:
        name: as SPDX or the source spells it, in lower case; "unknown" where no source states one.
        source: where it is stated; None where it is not.
    """

    name: str
    source: str | None


NOT_STATED = Licence(UNKNOWN, None)
_NON_COMMERCIAL = "cc-by-nc-4.0"
# Each repository was read at the commit named. That a repository's code has a licence says nothing about its weights,
# so that B-cos ("this repository's code"), OpenAI's CLIP ("the Software") and timm's release v0.1-rsb-weights ("it's
# not clear") have none here.
_REPOSITORIES: Mapping[str, Licence] = MappingProxyType(
    {
        "torch.hub:facebookresearch/hiera": Licence(
            _NON_COMMERCIAL, "facebookresearch/hiera b12b842, LICENSE.models: the licence of the model weights"
        ),
        "torch.hub:facebookresearch/dinov2": Licence(
            "apache-2.0", "facebookresearch/dinov2 b8931f7, README: “DINOv2 code and model weights”"
        ),
        "facebookresearch/mae": Licence(_NON_COMMERCIAL, "facebookresearch/mae efb2a80, README: “This project”"),
        "robustbench(imagenet,Linf)": Licence(
            "mit", "RobustBench/robustbench 78fcc9e, LICENSE: “All weights of the models in the Model Zoo”"
        ),
        "apple/ml-mobileclip(zero-shot)": Licence(
            "apple-amlr", "apple/ml-mobileclip 4144bb1, LICENSE_MODELS: for research purposes alone"
        ),
        "wielandbrendel/bag-of-local-features-models": Licence(
            "mit",
            "wielandbrendel/bag-of-local-features-models 8493fb4, LICENSE; README: “In this repository you find the "
            "model specification and pretrained weights”",
        ),
    }
)
# It licenses the library; of the weights in it, the same page says this.
_TORCHVISION_SAYS = (
    "“The pre-trained models provided in this library may have their own licenses or terms and conditions derived from "
    "the dataset used for training.”"
)
_OPEN_CLIP = "mlfoundations/open_clip 89fb801, docs/PRETRAINED.md: "
# Of SigLIP 2, LAION, DataComp and DFN that page states no licence by name.
_ZERO_SHOT: Mapping[str, Licence] = MappingProxyType(
    {
        "hf-hub:timm/vit_base_patch16_clip_224.metaclip_2pt5b": Licence(_NON_COMMERCIAL, f"{_OPEN_CLIP}MetaCLIP"),
        "hf-hub:timm/vit_large_patch14_clip_224.metaclip_2pt5b": Licence(_NON_COMMERCIAL, f"{_OPEN_CLIP}MetaCLIP"),
        "hf-hub:timm/ViT-B-16-SigLIP-256": Licence("apache-2.0", f"{_OPEN_CLIP}SigLIP"),
        "hf-hub:timm/ViT-L-16-SigLIP-256": Licence("apache-2.0", f"{_OPEN_CLIP}SigLIP"),
    }
)


def stated_licence(library: str, identifier: str) -> Licence:
    """The licence that a source states for weights.

    Args:
        library: where the weights come from, as the published table spells it.
        identifier: their name there; empty where they were never released.

    Raises:
        KeyError: torchvision has no such weights.

    >>> stated_licence("unreleased", "")
    Licence(name='unknown', source=None)
    """
    if library == "timm":
        return _of_timm(identifier)
    if library == "torchvision":
        return _of_torchvision(identifier)
    return _REPOSITORIES.get(library) or _ZERO_SHOT.get(identifier, NOT_STATED)


def _of_timm(identifier: str) -> Licence:
    config: Any = timm.get_pretrained_cfg(identifier)
    if config is None or not config.license:
        return NOT_STATED
    return Licence(config.license, f"timm {timm.__version__}, its configuration of these weights")


def _of_torchvision(identifier: str) -> Licence:
    weights = torchvision.models.get_weight(identifier.rpartition("/")[2])
    version = torchvision.__version__.partition("+")[0]
    # Those that Meta trained on hashtags carry an address of their own licence, which torchvision's page names.
    if "SWAG" in weights.meta.get("license", ""):
        return Licence(_NON_COMMERCIAL, f"torchvision {version}, README: “SWAG models”")
    return Licence("bsd-3-clause", f"torchvision {version}, LICENSE; README: {_TORCHVISION_SAYS}")
