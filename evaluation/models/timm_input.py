"""How a picture becomes the input of a model of timm, as the study measured it where it is one of the study's."""

from collections.abc import Callable, Mapping
from typing import Any

from timm.data.config import resolve_data_config as _untyped_data_config
from timm.data.transforms_factory import create_transform

from evaluation.models.loaded_model import Preparation
from quba.study_input import study_input

data_config: Callable[..., dict[str, Any]] = _untyped_data_config
"""timm's own data configuration, which has no types there."""


def data_config_of(own: Mapping[str, Any], said: Mapping[str, Any], *, class_count: int | None) -> dict[str, Any]:
    """Timm's data configuration of a model, as the study measured it where it is one of the study's.

    Args:
        own: the configuration that the model brings.
        said: what is said instead, by timm's names; None stands for nothing.
        class_count: outputs of the model.
    """
    data = data_config(args=dict(said), pretrained_cfg=dict(own))
    measured = study_input(str(own.get("architecture")), str(own.get("tag")))
    # Weights that were trained on other classes since are none of the study's.
    if measured is not None and class_count == own.get("num_classes"):
        data |= {"input_size": (3, measured.pixels, measured.pixels), "crop_pct": measured.crop}
    return data | ({"input_size": said["input_size"]} if said.get("input_size") else {})


def preparation_of(config: dict[str, Any]) -> Preparation:
    """A preparation from timm's data configuration: everything but the normalisation goes into the transform."""
    shape = {key: config[key] for key in ("input_size", "interpolation", "crop_pct", "crop_mode")}
    mean, deviation = ([float(each) for each in config[key]] for key in ("mean", "std"))
    transform = create_transform(**shape, mean=tuple(mean), std=tuple(deviation), is_training=False, normalize=False)
    # A border, where there is one, is filled with the mean, so that the mean is then a part of the pixels.
    filling = f" {mean}" if config["crop_mode"] == "border" else ""
    return Preparation(
        key=" ".join(f"{key}={value}" for key, value in shape.items()) + filling,
        transform=transform,
        mean=tuple(mean),
        deviation=tuple(deviation),
    )
