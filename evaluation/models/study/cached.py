"""Whether the weights of a model of the study are on this machine already."""

from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import timm
import torch
import torchvision
from huggingface_hub import try_to_load_from_cache

from evaluation.models.study.table import StudyModel

# What timm and open_clip call the file of a repository of the hub.
_HUB_FILES = (
    "model.safetensors", "pytorch_model.bin", "open_clip_model.safetensors", "open_clip_pytorch_model.bin",
)  # fmt: skip


def is_cached(model: StudyModel, *, repositories: dict[str, str] | None = None) -> bool:
    """Whether loading a model would fetch nothing.

    Args:
        model: of the study.
        repositories: of open_clip's weights on the hub by their name for it; none where it is not installed.
    """
    if model.loader is None:
        return False
    if model.loader == "timm":
        config = timm.get_pretrained_cfg(model.loads)
        return config is not None and _on_hub(str(config.hf_hub_id))
    if model.loader == "torchvision":
        name, _, tag = model.loads.partition("/")
        address = torchvision.models.get_model_weights(name)[tag].url
        return (Path(torch.hub.get_dir()) / "checkpoints" / Path(urlsplit(address).path).name).is_file()
    if model.loader == "open_clip":
        repository = (repositories or {}).get(model.loads)
        return repository is not None and _on_hub(repository)
    return all(file.path.is_file() for file in model.files)


def open_clip_repositories(models: tuple[StudyModel, ...]) -> dict[str, str]:
    """Where the hub keeps open_clip's weights, by open_clip's name; empty where it is not installed."""
    try:
        open_clip: Any = import_module("open_clip")
    except ImportError:
        return {}
    found = {}
    for each in models:
        if each.loader == "open_clip":
            architecture, _, tag = each.loads.partition("/")
            found[each.loads] = str(open_clip.get_pretrained_cfg(architecture, tag).get("hf_hub", "")).strip("/")
    return found


def _on_hub(repository: str) -> bool:
    return any(isinstance(try_to_load_from_cache(repository, each), str) for each in _HUB_FILES)
