"""Trains a toy reference from its recipe: the same recipe, seed and library give the same weights on one machine."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, cross_entropy

from evaluation.attacks.attack import EPSILON
from evaluation.toy.drawing import Cues, draw
from evaluation.toy.shapes import CLASSES
from evaluation.toy_references.nets import NETS
from evaluation.toy_references.recipes import Recipe

logger = logging.getLogger(__name__)

MEAN, DEVIATION = 0.5, 0.25
"""What is subtracted from the pixels of each colour, and what they are divided by then."""

_BATCH = 64
_DECAY = 0.05
_SHIFT = 4
# Wong, Rice and Kolter 2020 (arXiv 2001.03994): a step longer than the bound, from a random start within it.
_STEP = 1.25 * EPSILON
_NOISE = 0.12

Pixels = Tensor


def train_model(recipe: Recipe, images: tuple[Tensor, Tensor], folder: Path, *, seed: int = 0) -> nn.Module:
    """The network of a recipe: read from the folder where it was trained already, trained and kept there otherwise.

    Args:
        recipe: how.
        images: 8-bit pixels and labels of the training images.
        folder: for the weights; one file for each recipe.
        seed: of the weights, the order and everything drawn.
    """
    torch.manual_seed(seed)
    net = NETS[recipe.net]()
    kept = folder / f"{recipe.key}.safetensors"
    # A run that was ended goes on with the next recipe.
    if kept.is_file():
        net.load_state_dict(load_file(kept))
        return net.eval()
    pixels, labels = images
    if recipe.textured_at_random:
        pixels = textured_at_random(labels, seed=seed)
    _fit(net, recipe, pixels, labels, torch.Generator().manual_seed(seed))
    folder.mkdir(parents=True, exist_ok=True)
    # Renamed into place, so that half a file never passes for trained weights.
    part = kept.with_name(kept.name + ".part")
    save_file({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, part)
    part.replace(kept)
    return net.eval()


def textured_at_random(labels: Tensor, *, seed: int) -> Tensor:
    """Images of these classes whose texture and background are those of any class."""
    drawn = []
    for number, label in enumerate(labels.tolist()):
        # One generator for each image, so that no picture depends on how many came before it.
        rng = np.random.default_rng([seed, number])
        cues = Cues(
            shape=label, texture=int(rng.integers(len(CLASSES))), background=int(rng.integers(len(CLASSES)))
        )  # fmt: skip
        drawn.append(draw(cues, rng))
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).contiguous()


def _fit(net: nn.Module, recipe: Recipe, pixels: Tensor, labels: Tensor, order: torch.Generator) -> None:
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=_DECAY)
    steps = -(-len(pixels) // _BATCH) * recipe.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=steps)
    changes = _changes(net, recipe, order)
    for epoch in range(recipe.epochs):
        net.train()
        right = 0
        for chosen in _batches(len(pixels), order):
            shown, told = pixels[chosen].float() / 255, labels[chosen]
            for change in changes:
                shown = change(shown, told)
            outputs = net(standardise_pixels(shown))
            loss = cross_entropy(outputs, told, label_smoothing=recipe.smoothing)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            right += int((outputs.argmax(dim=1) == told).sum())
        logger.info("%s: epoch %d of %d, %.3f right", recipe.key, epoch + 1, recipe.epochs, right / len(pixels))


def standardise_pixels(pixels: Tensor) -> Tensor:
    """Pixels in [0, 1] as the networks take them."""
    return (pixels - MEAN) / DEVIATION


def _batches(count: int, order: torch.Generator) -> Iterator[Tensor]:
    yield from torch.randperm(count, generator=order).split(_BATCH)  # type: ignore[no-untyped-call]


Change = Callable[[Pixels, Tensor], Pixels]


def _changes(net: nn.Module, recipe: Recipe, order: torch.Generator) -> list[Change]:
    """What is done to each batch, in order."""
    changes: list[Change] = [lambda pixels, _: _shift(pixels, order)]
    if recipe.augmented:
        changes.append(lambda pixels, _: _augment(pixels, order))
    if recipe.adversarial:
        changes.append(lambda pixels, labels: _attack(net, pixels, labels, order))
    return changes


def _shift(pixels: Pixels, order: torch.Generator) -> Pixels:
    # One shift for the whole batch: the generator's numbers are part of the recipe.
    down, right = torch.randint(-_SHIFT, _SHIFT + 1, (2,), generator=order).tolist()
    return torch.roll(pixels, (down, right), dims=(2, 3))


def _augment(pixels: Pixels, order: torch.Generator) -> Pixels:
    def some(share: float) -> Tensor:
        return torch.rand(len(pixels), 1, 1, 1, generator=order) < share

    def between(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(pixels), 1, 1, 1, generator=order)

    changed = torch.where(some(0.5), pixels.mean(dim=1, keepdim=True).expand_as(pixels), pixels)
    blurred = avg_pool2d(avg_pool2d(changed, 3, stride=1, padding=1), 3, stride=1, padding=1)
    changed = torch.where(some(0.4), blurred, changed)
    changed = (changed - 0.5) * between(0.4, 1.3) + 0.5 + between(-0.25, 0.25)
    noise = torch.randn(changed.shape, generator=order) * between(0, _NOISE)
    return torch.where(some(0.5), changed + noise, changed).clamp(0, 1)


def _attack(net: nn.Module, pixels: Pixels, labels: Tensor, order: torch.Generator) -> Pixels:
    start = EPSILON * (2 * torch.rand(pixels.shape, generator=order) - 1)
    moved = (pixels + start).clamp(0, 1).requires_grad_()
    (gradient,) = torch.autograd.grad(cross_entropy(net(standardise_pixels(moved)), labels), moved)
    stepped = moved.detach() + _STEP * gradient.sign()
    return (pixels + (stepped - pixels).clamp(-EPSILON, EPSILON)).clamp(0, 1)
