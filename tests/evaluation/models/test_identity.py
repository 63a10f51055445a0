import pytest
import timm
from torch import nn

from evaluation.models.identity import family, of_file, of_tag, slug


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ResNet50 (A1)", "resnet50-a1"), ("../x", "x"), ("=1+1", "1-1"), ("a" * 200, "a" * 100), ("ä.b_c", "b_c")],
)
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


@pytest.mark.parametrize(
    ("tag", "training", "data", "head"),
    [
        ("a1_in1k", "supervised", "imagenet-1k", None),
        ("augreg_in21k_ft_in1k", "supervised", "imagenet-21k", None),
        ("fb_in22k_ft_in1k", "supervised", "imagenet-21k", None),
        ("fcmae_ft_in22k_in1k", "self-supervised", "imagenet-21k", "fine-tuned"),
        ("mim_in22k_ft_in1k", "self-supervised", "imagenet-21k", "fine-tuned"),
        ("ns_jft_in1k", "semi-supervised", "large", None),
        ("fb_ssl_yfcc100m_ft_in1k", "semi-supervised", "large", None),
        ("laion2b_ft_in1k", "supervised", "large", None),
        ("", "supervised", "imagenet-1k", None),
    ],
)
def test_what_a_tag_tells(tag: str, training: str, data: str, head: str | None) -> None:
    found = of_tag("resnet50", tag, nn.Identity())
    assert (found.training, found.pretraining_data, found.head) == (training, data, head)
    assert found.source_identifier == (f"resnet50.{tag}" if tag else "resnet50")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet10t", "cnn"),
        ("seresnet18", "cnn"),
        ("efficientnet_b0", "cnn"),
        ("ecaresnet26t", "cnn"),
        ("vit_tiny_patch16_224", "transformer"),
        ("swin_tiny_patch4_window7_224", "transformer"),
    ],
)
def test_families(name: str, expected: str) -> None:
    assert family(timm.create_model(name, pretrained=False)) == expected


def test_a_file_says_what_is_assumed() -> None:
    found = of_file("resnet10t", "My Model", nn.Identity(), digest="abc")
    assert (found.model_id, found.name, found.source_identifier) == ("my-model", "My Model", "sha256:abc")
    assert {found.training, found.recipe, found.head, found.pretraining_data} == {"unknown"}
    assert "not known" in found.note
