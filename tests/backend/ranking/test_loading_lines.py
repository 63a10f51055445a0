"""The lines are run for every model that has any, with nothing but the download replaced."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import open_clip
import pytest
import torch
import torchvision
from PIL import Image
from torch import nn

from backend.ranking.loading_lines import loading_lines
from evaluation.models.loading import data_config_of
from evaluation.models.study.recipes import RECIPES
from evaluation.models.study.table import study_models
from evaluation.models.torchvision_weights import TorchvisionWeights
from evaluation.models.zero_shot import ZeroShot, class_vectors


def published() -> list[Mapping[str, str]]:
    with (files("backend.imports") / "published_scores.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def study(library: str) -> list[Mapping[str, str]]:
    return [row for row in published() if row["source_library"] == library]


@contextmanager
def without_download(patch: pytest.MonkeyPatch, wanted: list[str]) -> Iterator[None]:
    """Loading asks for the weights and puts none in: what is built on the meta device has no values anyhow."""

    def of_timm(_: nn.Module, pretrained_cfg: Mapping[str, object], **__: object) -> None:
        wanted.append(f"{pretrained_cfg['architecture']}.{pretrained_cfg['tag']}")

    def of_torchvision(weights: Any, **_: object) -> dict[str, torch.Tensor]:  # noqa: ANN401 - an enumeration's member
        wanted.append(str(weights))
        return {}

    with patch.context() as inner:
        inner.setattr("timm.models._builder.load_pretrained", of_timm)
        inner.setattr("torchvision.models._api.WeightsEnum.get_state_dict", of_torchvision)
        inner.setattr(nn.Module, "load_state_dict", lambda *_, **__: None)
        # To draw values that nobody looks at would take most of the time.
        for name in ("kaiming_normal_", "kaiming_uniform_", "normal_", "trunc_normal_", "uniform_", "xavier_uniform_"):
            inner.setattr(nn.init, name, lambda tensor, *_, **__: tensor)
        yield


def run(lines: str, device: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with torch.device(device):
        exec(compile(lines, "lines", "exec"), found)
    return found


def parameters_millions(net: nn.Module) -> float:
    return round(sum(each.numel() for each in net.parameters()) / 1e6, 1)


def test_timms_models_are_the_published_ones_with_the_input_they_were_measured_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = study("timm")
    wanted: list[str] = []
    with without_download(monkeypatch, wanted):
        for row in rows:
            lines = loading_lines("timm", row["source_identifier"])
            assert lines is not None, row["model_id"]
            found = run(lines, "meta")
            net = found["model"]
            assert not net.training
            assert parameters_millions(net) == float(row["parameters_millions"]), row["model_id"]
            measured = data_config_of(net.pretrained_cfg, {}, class_count=net.num_classes)
            assert found["config"] == measured, row["model_id"]
            assert found["transform"].transforms
    assert wanted == [row["source_identifier"] for row in rows]
    assert len(rows) == 144


def test_torchvisions_models_are_the_published_ones_with_their_own_transform(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = study("torchvision")
    wanted: list[str] = []
    with without_download(monkeypatch, wanted):
        for row in rows:
            name, _, weights = row["source_identifier"].partition("/")
            lines = loading_lines("torchvision", row["source_identifier"])
            assert lines is not None, row["model_id"]
            # Their widths are computed with tensors, which have no values on the meta device.
            found = run(lines, "cpu" if name.startswith("regnet") else "meta")
            assert not found["model"].training
            assert parameters_millions(found["model"]) == float(row["parameters_millions"]), row["model_id"]
            measured = TorchvisionWeights(f"{name}/{weights.partition('.')[2]}")._weights.transforms()
            assert str(found["transform"]) == str(measured), row["model_id"]
    assert wanted == [row["source_identifier"].partition("/")[2] for row in rows]
    assert len(rows) == 67


RELEASED = {each.model_id: each for each in study_models().values() if each.loader in ("dinov2", "hiera", "bcos")}


@pytest.mark.parametrize("model_id", RELEASED)
def test_what_torch_hub_and_bcos_have_is_what_the_study_measured(
    monkeypatch: pytest.MonkeyPatch, model_id: str
) -> None:
    model = RELEASED[model_id]
    asked: list[object] = []

    def of_hub(*words: str, **options: object) -> nn.Module:
        asked.append((*words, options))
        return nn.Identity()

    def of_url(url: str, **_: object) -> dict[str, torch.Tensor]:
        asked.append(url)
        return {}

    monkeypatch.setattr(torch.hub, "load", of_hub)
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", of_url)
    lines = loading_lines(model.identity.source_library, model.identity.source_identifier)
    assert lines is not None
    with without_download(monkeypatch, []):
        found = run(lines, "meta")
    assert not found["model"].training
    options = {"pretrained": True, "checkpoint": "mae_in1k_ft_in1k"} if model.loader == "hiera" else {}
    # Of torch.hub only the name can be seen here; what the repositories load under it was read in their code.
    hub = (f"facebookresearch/{model.loader}", model.loads, options)
    assert asked == ([model.files[0].url] if model.loader == "bcos" else [hub])
    picture = Image.effect_noise((400, 300), 90.0).convert("RGB")
    preparation = RECIPES[str(model.loader)].preparation(model.loads)
    mean, deviation = (torch.tensor(each)[:, None, None] for each in (preparation.mean, preparation.deviation))
    expected = (preparation.transform(picture) - mean) / deviation
    assert torch.allclose(found["transform"](picture)[:3], expected, atol=1e-5)


ZERO_SHOT = {each.model_id: each for each in study_models().values() if each.loader == "open_clip"}


def words(sentences: list[str]) -> torch.Tensor:
    """Any tokens, other ones for other sentences: the real tokenizers of some models would be downloaded."""
    return torch.tensor([[1 + (len(sentence) * place) % 97 for place in range(4)] for sentence in sentences])


@pytest.mark.parametrize("model_id", ZERO_SHOT)
def test_open_clips_models_are_the_published_ones_on_the_hub(monkeypatch: pytest.MonkeyPatch, model_id: str) -> None:
    row = next(each for each in published() if each["model_id"] == model_id)
    architecture, _, tag = ZERO_SHOT[model_id].loads.partition("/")
    registered = open_clip.get_pretrained_cfg(architecture, tag)
    asked: list[str] = []

    def config(repository: str, **_: object) -> dict[str, Any]:
        asked.append(repository)
        quick = {"quick_gelu": True} if registered.get("quick_gelu") else {}
        return {"model_cfg": {**open_clip.get_model_config(architecture), **quick}}

    monkeypatch.setattr("open_clip.factory._get_hf_config", config)
    monkeypatch.setattr("open_clip.factory.download_pretrained_from_hf", lambda repository, **_: repository)
    # The meta device holds no values that could be brought elsewhere.
    monkeypatch.setattr("open_clip.factory._set_model_device_and_precision", lambda *_: None)
    monkeypatch.setattr("open_clip.factory.load_checkpoint", lambda *_, **__: None)
    monkeypatch.setattr("open_clip.factory.HFTokenizer", lambda *_, **__: words)
    monkeypatch.setattr("open_clip.build_zero_shot_classifier", lambda *_, **__: None)
    lines = loading_lines(row["source_library"], row["source_identifier"])
    assert lines is not None
    with without_download(monkeypatch, []):
        found = run(lines, "meta")
    assert parameters_millions(found["clip"]) == float(row["parameters_millions"])
    assert not found["clip"].training
    assert found["transform"].transforms
    # The repository that open_clip itself downloads the weights of this architecture and tag from.
    assert set(asked) == {str(registered["hf_hub"]).strip("/")}
    assert (getattr(found["clip"], "logit_bias", None) is not None) == ("logit_bias" in lines)


@pytest.mark.parametrize("library", ["open_clip(zero-shot)", "open_clip(zero-shot,sigmoid)"])
def test_what_the_lines_compute_is_what_is_measured(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    sigmoid = "sigmoid" in library
    torch.manual_seed(0)
    vision = {"image_size": 32, "patch_size": 16, "layers": 1, "width": 64, "head_width": 32}
    text = {"context_length": 4, "vocab_size": 100, "width": 32, "heads": 2, "layers": 1, "no_causal_mask": True}
    bias = {"init_logit_bias": -3.0} if sigmoid else {}
    clip = open_clip.CLIP(embed_dim=16, vision_cfg=vision, text_cfg=text, **bias)
    monkeypatch.setattr("open_clip.IMAGENET_CLASSNAMES", ["tench", "goldfish", "great white shark"])
    monkeypatch.setattr("open_clip.create_model_from_pretrained", lambda _: (clip, nn.Identity()))
    monkeypatch.setattr("open_clip.get_tokenizer", lambda _: words)
    found = run(str(loading_lines(library, "hf-hub:laion/CLIP-any")), "cpu")
    images = torch.randn(2, 3, 32, 32)
    classes = class_vectors(open_clip, clip, words, device="cpu")
    measured = ZeroShot(clip, classes, sigmoid=sigmoid)(images)
    assert measured.shape == (2, 3)
    assert torch.allclose(found["model"](images), measured, atol=1e-4)


@pytest.mark.parametrize(
    ("library", "identifier"),
    [
        ("openai/CLIP(zero-shot)", "RN50x4"),
        ("openai/CLIP(zero-shot)", None),
        ("apple/ml-mobileclip(zero-shot)", "mobileclip_s0"),
        ("open_clip(zero-shot)", "hf-hub:somebody/CLIP"),
        ("open_clip(zero-shot)", 'hf-hub:laion/CLIP"); import os; print("'),
        ("open_clip(zero-shot,sigmoid)", "ViT-B-16-SigLIP/webli"),
        ("timm", 'resnet50"); import os; print("'),
        ("timm", "no_such_net.in1k"),
        ("timm", None),
        ("torchvision", "alexnet"),
        ("torchvision", "alexnet/IMAGENET1K_V1"),
        ("torchvision", "alexnet/AlexNet_Weights.IMAGENET1K_V9"),
        ("torchvision", "alexnet/ResNet50_Weights.IMAGENET1K_V1"),
        ("torchvision", 'alexnet/AlexNet"_Weights.IMAGENET1K_V1'),
        ("torchvision", None),
        ("bcos==0.1.2", "list_available"),
        ("bcos==0.1.2", None),
        ("torch.hub:facebookresearch/dinov2", "dinov2_vits14"),
        ("torch.hub:facebookresearch/hiera", 'hiera_tiny_224", source="local'),
        ("torch.hub:facebookresearch/dino:main", "dino_resnet50"),
        ("torch.hub:somebody/hiera", "hiera_tiny_224/mae_in1k_ft_in1k"),
        ("torch.hub:facebookresearch/hiera", None),
        ("checkpoint", "sha256:abc"),
        ("unreleased", ""),
    ],
)
def test_what_no_library_has_by_name_has_no_lines(library: str, identifier: str | None) -> None:
    assert loading_lines(library, identifier) is None


def test_every_other_weight_of_torchvision_has_lines_too() -> None:
    for name in torchvision.models.list_models(module=torchvision.models):
        for weights in torchvision.models.get_model_weights(name):
            if weights.meta.get("categories"):
                assert loading_lines("torchvision", f"{name}/{weights}") is not None, weights
