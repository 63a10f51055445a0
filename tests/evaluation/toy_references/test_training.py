from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from evaluation.attacks.attack import EPSILON
from evaluation.toy_references import training
from evaluation.toy_references.nets import NETS
from evaluation.toy_references.recipes import RECIPES, Recipe
from evaluation.toy_references.training import textured_at_random, train_model

Images = tuple[Tensor, Tensor]
BY_KEY = {each.key: each for each in RECIPES}


@pytest.fixture(scope="module")
def images() -> Images:
    """As many as an hour of nobody's patience: two of each class, drawn anew."""
    torch.set_num_threads(1)
    labels = torch.arange(16).repeat(2)
    return textured_at_random(labels, seed=3), labels


def short(key: str) -> Recipe:
    return replace(BY_KEY[key], epochs=1)


@pytest.mark.parametrize("key", [each.key for each in RECIPES])
def test_each_recipe_trains_and_its_weights_are_kept(key: str, images: Images, tmp_path: Path) -> None:
    net = train_model(short(key), images, tmp_path)
    kept = load_file(tmp_path / f"{key}.safetensors")
    assert not net.training
    assert all(torch.equal(kept[name], tensor) for name, tensor in net.state_dict().items())
    assert [path.name for path in tmp_path.iterdir()] == [f"{key}.safetensors"]


def test_what_is_trained_is_not_trained_again(images: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = train_model(short("toy-linear"), images, tmp_path).state_dict()

    def refused(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(training, "_fit", refused)
    again = train_model(short("toy-linear"), images, tmp_path).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_the_same_seed_gives_the_same_weights(images: Images, tmp_path: Path) -> None:
    nets = [train_model(short("toy-cnn-augmented"), images, tmp_path / str(n), seed=n // 2) for n in range(4)]
    one, same, other, _ = (net.state_dict() for net in nets)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_random_textures_leave_the_shape_alone() -> None:
    labels = torch.tensor([7] * 40)
    pixels = textured_at_random(labels, seed=0)
    assert pixels.shape == (40, 3, 64, 64)
    assert pixels.dtype == torch.uint8
    assert len(np.unique(pixels.numpy().reshape(40, -1), axis=0)) == 40
    assert torch.equal(pixels, textured_at_random(labels, seed=0))
    assert not torch.equal(pixels, textured_at_random(labels, seed=1))


def test_an_attack_in_training_stays_within_the_bound(images: Images) -> None:
    pixels, labels = images[0].float() / 255, images[1]
    net = NETS["linear"]()
    attacked = training._attack(net, pixels, labels, torch.Generator().manual_seed(0))
    assert float((attacked - pixels).abs().max()) <= EPSILON + 1e-6
    assert 0 <= float(attacked.min()) <= float(attacked.max()) <= 1

    def loss(shown: Tensor) -> float:
        return torch.nn.functional.cross_entropy(net(training.standardise_pixels(shown)), labels).item()

    assert loss(attacked) > loss(pixels)
    assert not attacked.requires_grad


def test_augmented_images_are_images(images: Images) -> None:
    pixels = images[0].float() / 255
    changed = training._augment(pixels, torch.Generator().manual_seed(0))
    assert changed.shape == pixels.shape
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1
    grey = (changed[:, 0] - changed[:, 1]).abs().amax(dim=(1, 2)) < 1e-6
    assert grey.any()
    assert not grey.all()
