"""Each loader without download: its architecture, the names and shapes of the published tensors, its preprocessing.

`published_tensors.json` says of each file what it holds, as a digest of all names with their shapes. It was made from
the sources' own code, at the commits that docs/study.md names, and of none of ours.
"""

import csv
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import pytest
import timm
import torch
from torch import Tensor, nn
from torchvision import transforms
from torchvision.transforms import InterpolationMode

from evaluation.errors import WeightsUnavailable
from evaluation.models.own_transform import probe_pictures
from evaluation.models.study.recipes import RECIPES, WithInverse
from evaluation.models.study.table import StudyModel, study_models

PUBLISHED: Mapping[str, Sequence[str]] = json.loads(
    (Path(__file__).parent / "published_tensors.json").read_text(encoding="utf-8")
)
# Models of the release share twelve architectures.
RELEASED = {f"{each.loader}/{each.loads}": each for each in study_models().values() if each.loader in RECIPES}
NORMALISED = transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """To draw values that nobody looks at would take most of the time."""
    for name in ("kaiming_normal_", "kaiming_uniform_", "normal_", "trunc_normal_", "uniform_", "xavier_uniform_"):
        monkeypatch.setattr(nn.init, name, lambda tensor, *_, **__: tensor)
    with torch.device("meta"):
        yield


def _hieras_own(name: str) -> str:
    return name.replace("head.fc", "head.projection").replace("head.norm", "norm")


def in_files(loader: str, loads: str, net: nn.Module) -> list[dict[str, Tensor]]:
    """The tensors of a network as its source's files hold them, by the source's names."""
    own = dict(net.state_dict())
    if loader == "hiera":
        return [{_hieras_own(name): each for name, each in own.items()}]
    if loader == "bcos":
        return [{name.removeprefix("net."): each for name, each in own.items()}]
    if loader == "robustbench":
        # Saved from within the wrappers that they were trained in.
        wrapped = "module." if loads.endswith("ConvStem") else "module.model."
        return [{f"{wrapped}{name}": each for name, each in own.items()}]
    if loader in ("dino", "dinov2"):
        head = {name: each for name, each in own.items() if name.startswith(("head.", "fc."))}
        backbone = {name.removeprefix("backbone."): each for name, each in own.items() if name not in head}
        if "registers" in backbone:
            backbone["register_tokens"] = backbone.pop("registers")
        if loader == "dinov2":
            backbone["mask_token"] = torch.empty(1, backbone["cls_token"].shape[-1])
        prefix = "module.linear." if loader == "dino" else ""
        return [backbone, {f"{prefix}{name.rpartition('.')[2]}": each for name, each in head.items()}]
    return [own]


def digest(tensors: Mapping[str, Tensor]) -> str:
    lines = (f"{name} {'x'.join(map(str, each.shape))}" for name, each in sorted(tensors.items()))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@pytest.fixture(scope="module")
def parameters_millions() -> Mapping[str, float]:
    with (files("backend.imports") / "published_scores.csv").open(encoding="utf-8") as file:
        return {row["model_id"]: float(row["parameters_millions"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize("key", RELEASED)
def test_the_published_tensors_fill_an_architecture_of_the_published_size(
    key: str, parameters_millions: Mapping[str, float]
) -> None:
    model = RELEASED[key]
    recipe = RECIPES[str(model.loader)]
    net = recipe.build(model.loads)
    for each in study_models().values():
        if (each.loader, each.loads) == (model.loader, model.loads):
            counted = sum(parameter.numel() for parameter in net.parameters())
            assert round(counted / 1e6, 1) == parameters_millions[each.model_id], each.model_id
            assert len(each.files) == len(PUBLISHED[key])
    held = in_files(str(model.loader), model.loads, net)
    assert [digest(each) for each in held] == PUBLISHED[key]
    # Strictly: nothing is left over on either side, and all shapes agree.
    net.load_state_dict(recipe.state(net, held), strict=True, assign=True)


def test_nothing_else_was_listed() -> None:
    assert PUBLISHED.keys() == RELEASED.keys()


def expected_transform(model: StudyModel) -> transforms.Compose:
    """As the study's own code writes it, or the configuration of timm's base weights."""
    bilinear, bicubic = InterpolationMode.BILINEAR, InterpolationMode.BICUBIC
    bare = model.loader == "bcos" or (model.loads.endswith("ConvStem") and "ViT-S" not in model.loads)
    if model.loader == "timm-release":
        config = timm.get_pretrained_cfg(model.loads)
        assert config is not None
        pixels = config.input_size[-1]
        # timm rounds down.
        steps = [transforms.Resize(int(pixels / config.crop_pct), bicubic), transforms.CenterCrop(pixels)]
    elif model.loader in ("hiera", "bagnet"):
        steps = [transforms.Resize(224, bilinear), transforms.CenterCrop(224)]
    elif model.loader == "bcos" or model.loads.startswith("Salman"):
        steps = [transforms.Resize(256, bilinear), transforms.CenterCrop(224)]
    else:
        steps = [transforms.Resize(256, bicubic), transforms.CenterCrop(224)]
    return transforms.Compose([*steps, transforms.ToTensor(), *([] if bare else [NORMALISED])])


@pytest.mark.parametrize("key", RELEASED)
def test_pictures_become_the_inputs_that_the_source_makes(key: str) -> None:
    model = RELEASED[key]
    with torch.device("cpu"):
        preparation = RECIPES[str(model.loader)].preparation(model.loads)
        for picture in probe_pictures():
            pixels = preparation.transform(picture)
            values = pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels
            mean, deviation = (
                torch.tensor(each).reshape(-1, 1, 1) for each in (preparation.mean, preparation.deviation)
            )
            torch.testing.assert_close(
                (values - mean) / deviation, expected_transform(model)(picture), rtol=0, atol=1e-5
            )


def test_a_b_cos_network_sees_each_channel_and_its_inverse() -> None:
    with torch.device("cpu"):
        images = torch.rand(2, 3, 4, 4)
        found = WithInverse(nn.Identity())(images)
    assert torch.equal(found, torch.cat([images, 1 - images], dim=1))


def test_without_its_library_a_b_cos_network_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bcos.models.pretrained", None)
    with pytest.raises(WeightsUnavailable, match=r"resnet18 is a B-cos network .* Run .*wellbehaved\[study\]"):
        RECIPES["bcos"].build("resnet18")


def test_what_a_network_was_wrapped_in_is_taken_off() -> None:
    with torch.device("cpu"):
        one = torch.ones(1)
        net = RECIPES["robustbench"].build("Salman2020Do_R50")
        found = RECIPES["robustbench"].state(
            net, [{"module.normalize.mean": one, "module.model.fc.bias": one, "a": one}]
        )
    assert found.keys() == {"fc.bias", "a"}
