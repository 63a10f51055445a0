import re

import pytest
import timm
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from evaluation.models.identity import family, of_file, of_tag, slug
from quba.vocabulary import IDENTITY_WORDS, SLUG


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


def test_every_tag_of_timm_is_read_as_words_that_the_ranking_knows() -> None:
    """Whatever a tag says, the guess is one of the words that filters offer, and the slug leads back to one model."""
    slugs: dict[str, str] = {}
    for name in timm.list_pretrained():
        architecture, _, tag = name.partition(".")
        found = of_tag(architecture, tag, nn.Identity())
        for field in ("architecture", "training", "recipe", "head", "pretraining_data"):
            assert getattr(found, field) in (*IDENTITY_WORDS[field], None), (name, field)
        assert slugs.setdefault(found.model_id, name) == name
        assert slug(found.model_id) == found.model_id
    assert len(slugs) > 1000


@given(st.text(max_size=200))
def test_a_slug_is_one_already_or_empty(text: str) -> None:
    made = slug(text)
    assert slug(made).startswith(made[:1])
    assert re.fullmatch(SLUG, made) or made == ""


@pytest.mark.parametrize(
    ("tag", "recipe"), [("a1_in1k", "a1"), ("a3_in1k", "a3"), ("ra1_in1k", None), ("a1h_in1k", None)]
)
def test_recipes_are_read_from_the_start_of_a_tag(tag: str, recipe: str | None) -> None:
    assert of_tag("resnet50", tag, nn.Identity()).recipe == recipe
