"""Trains a small network on the toy benchmark: a checkpoint to try everything with."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from evaluation.datasets.dataset import DataSetMissing
from evaluation.datasets.layouts import image_files
from evaluation.toy.drawing import SIDE
from evaluation.toy.generator import ROOT
from evaluation.toy.shapes import CLASSES

ARCHITECTURE = "resnet10t"
# What the network's own eval transform subtracts and divides by, as timm's settings of the architecture say.
_MEAN = torch.tensor(timm.data.IMAGENET_DEFAULT_MEAN).view(1, 3, 1, 1)
_SPREAD = torch.tensor(timm.data.IMAGENET_DEFAULT_STD).view(1, 3, 1, 1)
_GREATEST_RATE = 4e-3
_DECAY = 0.05
_SHIFT = 4

Progress = Callable[[int, float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """How long and with what.

    Attributes:
        architecture: a name of the timm library.
        epochs: times that every image is seen.
        batch_size: images in one step.
        seed: of the initial weights and the order of the images.
    """

    architecture: str = ARCHITECTURE
    epochs: int = 8
    batch_size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; use 1 or more.")


def train(root: Path, out: Path, training: Training, progress: Progress | None = None) -> float:
    """Train and write the weights.

    Args:
        root: the data folder in which `toy-shapes` lies.
        out: the safetensors file to write.
        training: how.
        progress: told after each epoch its number and the share of its images that were decided right.

    Returns:
        The share decided right in the last epoch.

    Raises:
        DataSetMissing: the toy benchmark was not made.
        ValueError: timm has no architecture of that name.
    """
    if training.architecture not in timm.list_models():
        raise ValueError(f"timm has no architecture {training.architecture!r}; try {ARCHITECTURE}.")
    images, labels = training_images(root)
    torch.manual_seed(training.seed)
    model = timm.create_model(training.architecture, num_classes=len(CLASSES))
    # Colours beside each other in memory: a fifth faster on a CPU.
    model = model.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=_GREATEST_RATE, weight_decay=_DECAY)
    steps = -(-len(images) // training.batch_size) * training.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _GREATEST_RATE, total_steps=steps)
    order = torch.Generator().manual_seed(training.seed)
    share = 0.0
    for epoch in range(training.epochs):
        model.train()
        right = 0
        for chosen in _batches(len(images), training.batch_size, order):
            outputs = model(_augment(images[chosen], order).contiguous(memory_format=torch.channels_last))
            loss = nn.functional.cross_entropy(outputs, labels[chosen])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            right += int((outputs.argmax(dim=1) == labels[chosen]).sum())
        share = right / len(images)
        if progress is not None:
            progress(epoch + 1, share)
    _write(model, out, training)
    return share


def training_images(root: Path) -> tuple[Tensor, Tensor]:
    """All training images, 8-bit, and their labels: they are small enough to be kept.

    Raises:
        DataSetMissing: the toy benchmark was not made.
    """
    folder = root / ROOT / "train"
    if not folder.is_dir():
        raise DataSetMissing(f"{folder} is not there; run `wellbehaved datasets make-toy`.")
    pictures, labels = [], []
    for label, name in enumerate(CLASSES):
        for path in image_files(folder / name):
            with Image.open(path) as file:
                pictures.append(np.asarray(file.convert("RGB")))
            labels.append(label)
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    return pixels, torch.tensor(labels)


def _batches(count: int, size: int, order: torch.Generator) -> Iterator[Tensor]:
    yield from torch.randperm(count, generator=order).split(size)  # type: ignore[no-untyped-call]


def _augment(pixels: Tensor, order: torch.Generator) -> Tensor:
    """Normalised images, each batch moved a little, and half of the images without their colours."""
    down, right = torch.randint(-_SHIFT, _SHIFT + 1, (2,), generator=order).tolist()
    images = torch.roll(pixels.float() / 255, (down, right), dims=(2, 3))
    grey = torch.rand(len(images), 1, 1, 1, generator=order) < 0.5
    images = torch.where(grey, images.mean(dim=1, keepdim=True).expand_as(images), images)
    return (images - _MEAN) / _SPREAD


def _write(model: nn.Module, out: Path, training: Training) -> None:
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    metadata = {
        "architecture": training.architecture,
        "class_count": str(len(CLASSES)),
        "input_size": json.dumps([3, SIDE, SIDE]),
        "crop_pct": "1.0",
        "mean": json.dumps(_MEAN.flatten().tolist()),
        "std": json.dumps(_SPREAD.flatten().tolist()),
        "format": "pt",
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    save_file(state, part, metadata=metadata)
    part.replace(out)
