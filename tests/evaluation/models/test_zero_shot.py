"""Zero-shot models, with a stand-in for open_clip whose similarities are known."""

import csv
import importlib
import math
import sys
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image
from timm.utils.model import reparameterize_model
from torch import Tensor, nn
from torchvision import transforms

from evaluation.errors import ModelRefused, UnknownModel, WeightsUnavailable, WrongClassCount
from evaluation.models.loading import load
from evaluation.models.study.table import study_models
from evaluation.models.zero_shot import preparation_from

CLASSES = 1000
FEATURES = 16


class Clip(nn.Module):
    """Encodes a sentence as the vector of the class that it names, and an image by its mean colour."""

    def __init__(self, bias: float | None = None) -> None:
        super().__init__()
        self.logit_scale = nn.Parameter(torch.tensor(math.log(10.0)))
        self.logit_bias = None if bias is None else nn.Parameter(torch.tensor(bias))
        self.vectors = nn.Parameter(torch.randn(CLASSES, FEATURES, generator=torch.Generator().manual_seed(0)))

    def encode_text(self, tokens: Tensor) -> Tensor:
        # Sentences of a class differ in length only, which the normalisation of each takes away.
        return self.vectors[tokens[:, 0]] * (1 + tokens[:, 1:2])

    def encode_image(self, images: Tensor) -> Tensor:
        return images.flatten(1)[:, :FEATURES]


def tokenize(sentences: list[str]) -> Tensor:
    return torch.tensor([[int(sentence.split()[-1]), len(sentence.split())] for sentence in sentences])


def stand_in(**changes: Any) -> SimpleNamespace:  # noqa: ANN401
    preprocess = transforms.Compose(
        [
            transforms.Resize(8),
            transforms.CenterCrop(8),
            transforms.ToTensor(),
            transforms.Normalize((0.5,) * 3, (0.25,) * 3),
        ]
    )
    told = {
        "list_models": lambda: ["RN50", "SigLIP"],
        "create_model_and_transforms": lambda name, **_: (
            Clip(-3.0 if name == "SigLIP" else None), None, preprocess
        ),
        "get_pretrained_cfg": lambda _, tag: {"quick_gelu": tag == "openai"} if tag != "x" else {},
        "get_tokenizer": lambda _: tokenize,
        "IMAGENET_CLASSNAMES": [str(number) for number in range(CLASSES)],
        "OPENAI_IMAGENET_TEMPLATES": [lambda name: f"a photo of {name}", lambda name: f"the {name}"],
    }  # fmt: skip
    return SimpleNamespace(**{**told, **changes})


@pytest.fixture
def open_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", stand_in())


@pytest.mark.usefixtures("open_clip")
def test_outputs_are_a_hundred_times_the_cosine() -> None:
    model = load("open_clip:RN50/openai", class_count=CLASSES)
    images = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    clip = Clip()
    expected = 100 * nn.functional.cosine_similarity(images.flatten(1)[:, None, :FEATURES], clip.vectors[None], dim=2)
    assert torch.allclose(model.net(images), expected, atol=1e-4)
    assert model.name == "open_clip:RN50/openai"
    # The study's program gives out their softmax, and takes that for logits.
    activation = model.released_activation
    assert activation is not None
    assert torch.allclose(activation(expected), expected.softmax(dim=1))
    identity = model.identity
    assert (identity.model_id, identity.head, identity.architecture) == (
        "rn50-openai-zero-shot", "zero-shot", "vision-language",
    )  # fmt: skip


@pytest.mark.parametrize(("tag", "forced"), [("openai", True), ("laion2b", False), ("x", False)])
def test_weights_are_loaded_with_the_gelu_that_they_were_trained_with(
    monkeypatch: pytest.MonkeyPatch, tag: str, forced: bool
) -> None:
    asked = []
    plain = stand_in().create_model_and_transforms

    def noted(name: str, **options: object) -> object:
        asked.append(options["force_quick_gelu"])
        return plain(name)

    monkeypatch.setitem(sys.modules, "open_clip", stand_in(create_model_and_transforms=noted))
    load(f"open_clip:RN50/{tag}", class_count=CLASSES)
    assert asked == [forced]


@pytest.mark.usefixtures("open_clip")
def test_a_sigmoid_model_gives_what_its_sigmoid_is_applied_to() -> None:
    model = load("open_clip:SigLIP/webli", class_count=CLASSES)
    images = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    cosines = nn.functional.cosine_similarity(images.flatten(1)[:, None, :FEATURES], Clip().vectors[None], dim=2)
    assert torch.allclose(model.net(images), 10 * cosines - 3, atol=1e-4)
    assert model.identity.source_library == "open_clip(zero-shot,sigmoid)"
    assert model.released_activation is torch.sigmoid


@pytest.mark.usefixtures("open_clip")
def test_the_text_tower_counts_among_the_parameters() -> None:
    assert load("open_clip:RN50/openai", class_count=CLASSES).parameter_count == CLASSES * FEATURES + 1
    assert load("open_clip:SigLIP/webli", class_count=CLASSES).parameter_count == CLASSES * FEATURES + 2


@pytest.mark.parametrize(
    ("name", "class_count", "fault", "message"),
    [
        ("RN51/openai", CLASSES, UnknownModel, "'RN51' is not a model of open_clip; it has RN50, SigLIP and more"),
        ("RN50", CLASSES, WeightsUnavailable, "names no weights; write open_clip:ARCHITECTURE/TAG"),
        ("RN50/openai", 16, WrongClassCount, "the benchmark has 16; use --benchmark imagenet-1k"),
    ],
)
@pytest.mark.usefixtures("open_clip")
def test_what_cannot_be_loaded(name: str, class_count: int, fault: type[Exception], message: str) -> None:
    with pytest.raises(fault, match=message):
        load(f"open_clip:{name}", class_count=class_count)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("no such tag\nmore"), r"weights 'x' of RN50 could not be loaded: no such tag\. Check"),
        (RuntimeError(""), r"weights 'x' of RN50 could not be loaded: RuntimeError\. Check"),
        (RuntimeError("File write: No space left on device (os error 28)"), r"RN50/x do not fit on the disk of /"),
    ],
)
def test_weights_that_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    def offline(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setitem(sys.modules, "open_clip", stand_in(create_model_and_transforms=offline))
    with pytest.raises(WeightsUnavailable, match=said):
        load("open_clip:RN50/x", class_count=CLASSES)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(WeightsUnavailable, match=r" -m pip install .*zero-shot"):
        load("open_clip:RN50/openai", class_count=CLASSES)


def test_the_transform_is_parted_before_the_numbers() -> None:
    whole = transforms.Compose([transforms.CenterCrop(4), transforms.ToTensor()])
    parted = preparation_from(whole)
    picture = Image.new("RGB", (6, 6), (255, 0, 128))
    assert parted.mean == (0.0, 0.0, 0.0)
    assert parted.deviation == (1.0, 1.0, 1.0)
    assert torch.equal(parted.transform(picture).float() / 255, whole(picture))
    assert parted.key == "CenterCrop(size=(4, 4))"


@pytest.mark.parametrize("steps", [[transforms.CenterCrop(4)], [transforms.ToTensor(), transforms.CenterCrop(4)]])
def test_another_form_of_transform_is_refused(steps: list[nn.Module]) -> None:
    with pytest.raises(ModelRefused, match="another form"):
        preparation_from(transforms.Compose(steps))


def built(open_clip: Any, architecture: str, tag: str, device: str) -> nn.Module:  # noqa: ANN401 - untyped library
    quick = bool(open_clip.get_pretrained_cfg(architecture, tag).get("quick_gelu", False))
    net: nn.Module = open_clip.create_model(architecture, pretrained=None, device=device, force_quick_gelu=quick)
    return net


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """To draw values that nobody looks at would take most of the time."""
    for name in ("kaiming_normal_", "kaiming_uniform_", "normal_", "trunc_normal_", "uniform_", "xavier_uniform_"):
        monkeypatch.setattr(nn.init, name, lambda tensor, *_, **__: tensor)


@pytest.mark.usefixtures("undrawn")
def test_open_clip_builds_the_studys_models_with_their_published_sizes() -> None:
    open_clip = importlib.import_module("open_clip")
    with (files("backend.imports") / "published_scores.csv").open(encoding="utf-8") as file:
        published = {row["model_id"]: float(row["parameters_millions"]) for row in csv.DictReader(file)}
    own = [each for each in study_models().values() if each.loader == "open_clip"]
    sizes: dict[str, float] = {}
    for each in own:
        architecture, tag = each.loads.split("/")
        # Branches can be merged where there are values only.
        merged = architecture == "MobileCLIP-S1"
        if architecture not in sizes:
            net = built(open_clip, architecture, tag, "cpu" if merged else "meta")
            net = reparameterize_model(net) if merged else net
            sizes[architecture] = round(sum(parameter.numel() for parameter in net.parameters()) / 1e6, 1)
        # The second of the two that have branches is larger than the first in depth alone.
        wanted = 99.2 if architecture == "MobileCLIP-S2" else published[each.model_id]
        assert sizes[architecture] == wanted, each.model_id
    assert len(own) == 24


def test_open_clip_keeps_the_studys_weights_where_the_published_table_says() -> None:
    open_clip = importlib.import_module("open_clip")
    for each in study_models().values():
        if each.loader == "open_clip":
            kept = open_clip.get_pretrained_cfg(*each.loads.split("/"))["hf_hub"].strip("/")
            source = str(each.identity.source_identifier)
            if source.startswith("hf-hub:"):
                assert kept == source.removeprefix("hf-hub:")
            else:
                assert kept.startswith(("timm/", "apple/MobileCLIP-"))


@pytest.mark.parametrize(
    ("architecture", "tag", "key", "mean"),
    [
        ("ViT-B-16", "openai", "Resize(size=224, interpolation=bicubic", 0.48145466),
        ("ViT-B-16-SigLIP-256", "webli", "Resize(size=(256, 256), interpolation=bicubic", 0.5),
        ("MobileCLIP-B", "datacompdr", "Resize(size=224, interpolation=bilinear", 0.0),
        ("MobileCLIP-S2", "datacompdr", "Resize(size=256, interpolation=bilinear", 0.0),
    ],
)
@pytest.mark.usefixtures("undrawn")
def test_the_transforms_of_open_clip_can_be_parted(architecture: str, tag: str, key: str, mean: float) -> None:
    open_clip = importlib.import_module("open_clip")
    config = open_clip.get_pretrained_cfg(architecture, tag)
    size = open_clip.get_model_config(architecture)["vision_cfg"]["image_size"]
    options = {name: config[name] for name in ("mean", "std", "interpolation", "resize_mode")}
    parted = preparation_from(open_clip.image_transform(size, is_train=False, **options))
    assert parted.key.startswith(key)
    assert parted.mean[0] == mean
