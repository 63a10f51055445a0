import errno
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.data.config import resolve_data_config as untyped_data_config
from timm.data.transforms_factory import create_transform
from torch import Tensor, nn

from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.errors import NoRoomForWeights, UnknownModel, WeightsUnavailable, WrongClassCount
from evaluation.models import loading
from evaluation.models.loaded_model import weights_digest
from evaluation.models.loading import load, preparation_of

NAME = "test_resnet"
data_config: Callable[..., Any] = untyped_data_config


def state(class_count: int = 4) -> dict[str, Tensor]:
    torch.manual_seed(0)
    return dict(timm.create_model(NAME, pretrained=False, num_classes=class_count).state_dict())


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "Mine 1.safetensors"
    save_file(state(), path, metadata={"input_size": "[3, 64, 64]", "crop_pct": "1.0"})
    return path


def test_a_checkpoint_becomes_a_model(checkpoint: Path) -> None:
    model = load(NAME, class_count=4, weights=checkpoint)
    assert model.name == "test_resnet@Mine 1"
    assert model.class_count == 4
    assert model.parameter_count == sum(each.numel() for each in model.net.parameters())
    assert not any(module.training for module in model.net.modules())
    assert not any(parameter.requires_grad for parameter in model.net.parameters())
    assert (model.identity.model_id, model.identity.backbone) == ("mine-1", NAME)
    assert model.identity.source_identifier is not None
    assert model.identity.source_identifier.startswith("sha256:")
    pixels = model.preparation.transform(Image.new("RGB", (64, 64)))
    assert (pixels.shape, pixels.dtype) == ((3, 64, 64), torch.uint8)
    assert model.net(pixels[None].float()).shape == (1, 4)


def test_a_transformer_is_told_the_size_of_its_images(tmp_path: Path) -> None:
    net = timm.create_model("test_vit", pretrained=False, num_classes=4, img_size=64)
    save_file(dict(net.state_dict()), tmp_path / "a.safetensors", metadata={"input_size": "[3, 64, 64]"})
    model = load("test_vit", class_count=4, weights=tmp_path / "a.safetensors")
    assert model.net(torch.zeros(1, 3, 64, 64)).shape == (1, 4)


def test_the_digest_tells_weights_apart(checkpoint: Path) -> None:
    model = load(NAME, class_count=4, weights=checkpoint)
    assert load(NAME, class_count=4, weights=checkpoint).digest == model.digest
    next(model.net.parameters()).data.view(-1)[0] += 1e-3
    assert weights_digest(model.net) != model.digest


@pytest.mark.parametrize(
    "name", ["resnet50.a1_in1k", "vit_base_patch16_224.augreg_in21k_ft_in1k", "beit_base_patch16_224"]
)
def test_the_two_parts_of_a_preparation_are_timms_whole_transform(name: str) -> None:
    config: Any = data_config(model=SimpleNamespace(pretrained_cfg=vars(timm.get_pretrained_cfg(name))))
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8))
    whole = create_transform(**config, is_training=False)(picture)
    parts = preparation_of(config)
    mean, deviation = (torch.tensor(each).view(3, 1, 1) for each in (parts.mean, parts.deviation))
    assert torch.equal((parts.transform(picture).float().div(255) - mean) / deviation, whole)


def test_equal_transforms_have_equal_keys_whatever_the_normalisation() -> None:
    config = {"input_size": (3, 64, 64), "interpolation": "bicubic", "crop_pct": 0.9, "crop_mode": "center"}
    ordinary = preparation_of({**config, "mean": (0.5,) * 3, "std": (0.5,) * 3})
    other = preparation_of({**config, "mean": (0.4,) * 3, "std": (0.2,) * 3})
    assert ordinary.key == other.key
    assert preparation_of({**config, "crop_pct": 1.0, "mean": (0.5,) * 3, "std": (0.5,) * 3}).key != ordinary.key
    border = {**config, "crop_mode": "border"}
    dark, light = (preparation_of({**border, "mean": (each,) * 3, "std": (0.5,) * 3}) for each in (0.1, 0.9))
    assert dark.key != light.key


def offline(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
    """Stand in for downloading: a net of random weights, or the error of a missing connection."""
    create = timm.create_model

    def instead(name: str, pretrained: bool = False, **options: Any) -> nn.Module:  # noqa: ANN401
        if pretrained and error is not None:
            raise error
        net: nn.Module = create(name, pretrained=False, **options)
        return net

    monkeypatch.setattr(timm, "create_model", instead)
    monkeypatch.setattr(loading, "require_reachable", lambda *_: None)


def test_weights_of_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch)
    model = load("test_resnet.r160_in1k", class_count=1000)
    assert model.identity.source_identifier == "test_resnet.r160_in1k"
    assert model.identity.source_library == "timm"
    assert load("test_resnet", class_count=1000).identity.source_identifier == "test_resnet.r160_in1k"


@pytest.mark.parametrize(("name", "crop"), [("resnet18.a3_in1k", 0.95), ("resnet50d.a3_in1k", 0.875)])
def test_the_a_recipes_are_measured_at_224(monkeypatch: pytest.MonkeyPatch, name: str, crop: float) -> None:
    offline(monkeypatch)
    assert (
        f"input_size=(3, 224, 224) interpolation=bicubic crop_pct={crop}"
        in load(name, class_count=1000).preparation.key
    )


@pytest.mark.parametrize("error", [OSError("no network\nmore"), RuntimeError(""), ValueError("unknown host")])
def test_weights_that_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    offline(monkeypatch, error)
    with pytest.raises(WeightsUnavailable, match=r"resnet50\.a1_in1k could not be loaded: .*--weights FILE"):
        load("resnet50.a1_in1k", class_count=1000)


def test_a_full_disk_is_said_and_not_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(NoRoomForWeights, match=r"resnet50\.a1_in1k do not fit on the disk of /.*, which is full\.$"):
        load("resnet50.a1_in1k", class_count=1000)


@pytest.mark.parametrize("name", ["resnet5O", "resnet50x", "hf-hub:somebody/net", "../x"])
def test_an_unknown_model_is_told_the_nearest_names(name: str) -> None:
    with pytest.raises(UnknownModel, match="is not a model of timm") as refused:
        load(name, class_count=1000)
    if name.startswith("resnet"):
        assert "resnet50" in str(refused.value)


def test_a_name_without_weights() -> None:
    with pytest.raises(WeightsUnavailable, match=r"resnet50\.nonsense'\. Its weights for this architecture: resnet50"):
        load("resnet50.nonsense", class_count=1000)


def test_a_model_of_another_number_of_classes_is_not_even_fetched() -> None:
    with pytest.raises(WrongClassCount, match=r"1000 classes and the benchmark has 16; pass weights"):
        load("resnet50.a1_in1k", class_count=16)


def test_what_does_not_fit_is_refused_in_the_words_of_the_one_judge(checkpoint: Path) -> None:
    with pytest.raises(CheckpointRefused, match=r"4 classes and the benchmark 16 \(fc") as refused:
        load(NAME, class_count=16, weights=checkpoint)
    assert refused.value.reason is Reason.CLASS_COUNT_MISMATCH
    with pytest.raises(CheckpointRefused, match=r"resnet18 has \d+ weights; \d+ of them are absent") as refused:
        load("resnet18", class_count=4, weights=checkpoint)
    assert str(refused.value).endswith(refused.value.hint)
    with pytest.raises(CheckpointRefused, match=r"absent\.pt cannot be read: No such file") as refused:
        load(NAME, class_count=4, weights=checkpoint.with_name("absent.pt"))
    assert refused.value.code == "no_such_file"


def test_of_two_sets_of_weights_the_one_that_timm_loads_is_taken(tmp_path: Path) -> None:
    from timm.models import load_checkpoint

    raw = state()
    averaged = {name: tensor * 2 if tensor.is_floating_point() else tensor for name, tensor in raw.items()}
    path = tmp_path / "both.pth"
    torch.save({"epoch": 5, "state_dict": raw, "state_dict_ema": averaged}, path)
    theirs = timm.create_model(NAME, num_classes=4)
    load_checkpoint(theirs, str(path))
    model = load(NAME, class_count=4, weights=path)
    assert model.digest == weights_digest(theirs)
    assert (model.weights_key, model.other_weights_keys) == ("state_dict_ema", ("state_dict",))
    other = load(NAME, class_count=4, weights=path, weights_key="state_dict")
    assert (other.weights_key, other.other_weights_keys) == ("state_dict", ("state_dict_ema",))
    assert other.identity.source_identifier != model.identity.source_identifier
    assert other.name != model.name
    with pytest.raises(CheckpointRefused, match="holds nothing named 'mine'") as refused:
        load(NAME, class_count=4, weights=path, weights_key="mine")
    assert refused.value.reason is Reason.UNKNOWN_WEIGHTS_KEY


@pytest.mark.parametrize(
    "name", ["tf_efficientnet_b0_ap", "hf-hub:timm/tf_efficientnet_b0.ap_in1k", "timm/tf_efficientnet_b0_ap"]
)
def test_renamed_names_and_the_hubs_addresses_are_the_plain_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    offline(monkeypatch)
    assert load(name, class_count=1000).identity.source_identifier == "tf_efficientnet_b0.ap_in1k"
