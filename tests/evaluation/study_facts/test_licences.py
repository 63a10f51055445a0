"""Licences: what the libraries and repositories state, and nothing for what they do not."""

import csv
from collections import Counter
from importlib.metadata import distribution
from importlib.resources import files
from types import SimpleNamespace

import pytest
import timm
import torchvision

from evaluation.study_facts.licences import NOT_STATED, stated_licence
from quba.vocabulary import commercial_use


@pytest.fixture(scope="module")
def study() -> list[tuple[str, str]]:
    with (files("backend.imports") / "published_scores.csv").open(encoding="utf-8") as file:
        return [(row["source_library"], row["source_identifier"]) for row in csv.DictReader(file)]


def test_timms_models_have_the_licences_that_its_configuration_names(study: list[tuple[str, str]]) -> None:
    # Counted in timm 1.0.31 by hand.
    found = Counter(stated_licence(*origin).name for origin in study if origin[0] == "timm")
    assert found == {"apache-2.0": 118, "cc-by-nc-4.0": 14, "mit": 9, "fastvit-license": 3}


def test_torchvisions_models_have_its_own_and_its_swag_weights_metas() -> None:
    assert stated_licence("torchvision", "resnet50/ResNet50_Weights.IMAGENET1K_V1").name == "bsd-3-clause"
    says = str(stated_licence("torchvision", "resnet50/ResNet50_Weights.IMAGENET1K_V1").source).partition("README: ")[2]
    assert says.startswith("“The pre-trained models")
    page = str(distribution("torchvision").read_text("METADATA"))
    assert says.strip("“”") in " ".join(page.split())
    swag = stated_licence("torchvision", "vit_b_16/ViT_B_16_Weights.IMAGENET1K_SWAG_LINEAR_V1")
    assert swag.name == "cc-by-nc-4.0"
    assert torchvision.__version__.partition("+")[0] in str(swag.source)


@pytest.mark.parametrize(
    ("library", "identifier", "name", "use"),
    [
        ("torch.hub:facebookresearch/hiera", "hiera_tiny_224/mae_in1k_ft_in1k", "cc-by-nc-4.0", "no"),
        ("torch.hub:facebookresearch/dinov2", "dinov2_vitb14_lc", "apache-2.0", "yes"),
        ("robustbench(imagenet,Linf)", "Salman2020Do_R50", "mit", "yes"),
        ("apple/ml-mobileclip(zero-shot)", "mobileclip_s0", "apple-amlr", "no"),
        ("open_clip(zero-shot,sigmoid)", "hf-hub:timm/ViT-B-16-SigLIP-256", "apache-2.0", "yes"),
    ],
)
def test_a_repository_speaks_for_its_weights(library: str, identifier: str, name: str, use: str) -> None:
    found = stated_licence(library, identifier)
    assert (found.name, commercial_use(found.name)) == (name, use)
    assert found.source


@pytest.mark.parametrize(
    ("library", "identifier"),
    [
        ("unreleased", ""),
        ("bcos==0.1.2", "resnet50"),
        ("openai/CLIP(zero-shot)", "RN50"),
        ("timm-release:v0.1-rsb-weights", "tf_efficientnet_b0@tf_efficientnet_b0_a1_0-9188dd46.pth"),
        ("open_clip(zero-shot)", "hf-hub:laion/CLIP-ViT-L-14-laion2B-s32B-b82K"),
        ("timm", "no_such_net.at_all"),
    ],
)
def test_what_no_source_states_is_unknown(library: str, identifier: str) -> None:
    assert stated_licence(library, identifier) == NOT_STATED == ("unknown", None)


def test_weights_that_timm_names_no_licence_of_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timm, "get_pretrained_cfg", lambda _: SimpleNamespace(license=None))
    assert stated_licence("timm", "resnet50.a1_in1k") == NOT_STATED
