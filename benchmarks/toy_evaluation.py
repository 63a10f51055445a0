"""What a whole evaluation on the toy benchmark costs beside the bare loop: decode, corrupt, forward, attack.

The bare loop reads the same images with Pillow alone, corrupts them by the same corruptions (benchmarks/corruptions.py
has those beside a public implementation), and runs the network over batches, FGSM and PGD written out below. It keeps
nothing but the images that it has decoded for other corruptions, checks nothing and can neither be continued nor
stopped.

Both read in the process that computes, on one thread, and take turns; the processor's time is compared, so that a busy
machine slows both sides alike. Goal: at most 1.15 times.
Usage: python benchmarks/toy_evaluation.py [rounds]
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import timm
import torch
from PIL import Image
from torch import Tensor, nn

from evaluation.attacks.attack import EPSILON
from evaluation.attacks.pgd import NUM_STEPS, STEP_SIZE
from evaluation.benchmark import BENCHMARKS
from evaluation.corruptions import CORRUPTIONS
from evaluation.engine.batches import Schedule, Work
from evaluation.engine.images import Item
from evaluation.engine.means import Means
from evaluation.engine.run import Run
from evaluation.engine.stages import Request, Stage, plan
from evaluation.engine.step_store import StepStore
from evaluation.models.identity import of_module
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.loading import data_config_of, preparation_of
from evaluation.toy import generator
from evaluation.toy.drawing import SIDE
from evaluation.toy.shapes import CLASSES
from quba.benchmarks import TOY

PER_CLASS = 10
GOAL = 1.15
MEANS = Means(workers=0)
REQUEST = Request(benchmark=BENCHMARKS[TOY.key], samples_per_class=PER_CLASS)


def model_of(net: nn.Module) -> LoadedModel:
    """The network as the engine takes it, at the size of the toy images."""
    own: Any = net.pretrained_cfg
    config = data_config_of(own, {"input_size": (3, SIDE, SIDE)}, class_count=len(CLASSES))
    identity = of_module(net, "net", digest="")
    return LoadedModel.of(
        net, name="net", preparation=preparation_of(config), class_count=len(CLASSES), identity=identity
    )


def by_engine(net: nn.Module, data: Path) -> None:
    """The whole run, from an empty folder to the values."""
    with tempfile.TemporaryDirectory() as folder:
        Run([model_of(net)], REQUEST, root=data, folder=Path(folder), means=MEANS).execute()


def work_of(model: LoadedModel, data: Path) -> list[tuple[Stage, list[Item], Tensor]]:
    """Each batch of the plan with its labels; listed once, which the bare loop is not charged for."""
    with tempfile.TemporaryDirectory() as folder:
        stores = {model.name: StepStore(Path(folder))}
        schedule = Schedule(
            plan(REQUEST).stages, stores, root=data, batch_size=MEANS.batch_size, samples_per_class=PER_CLASS,
            seed=REQUEST.seed,
        )  # fmt: skip
        batches = list(schedule)
    asked = [each for each in schedule.log if isinstance(each, Work)]
    return [
        (each.step.stage, items, torch.from_numpy(each.labels.astype(np.int64)))
        for each, items in zip(asked, batches, strict=True)
    ]


class BareLoop:
    """What every evaluation has to do at least."""

    def __init__(self, net: nn.Module, data: Path) -> None:
        self._model = model_of(net)
        self._work = work_of(self._model, data)
        preparation = self._model.preparation
        self._mean, self._deviation = (
            torch.tensor(each).view(3, 1, 1) for each in (preparation.mean, preparation.deviation)
        )

    def run(self) -> int:
        """The images whose class was right, attacked ones included."""
        kept: dict[str, Image.Image] = {}
        right = 0
        for stage, items, labels in self._work:
            pixels = torch.stack([self._pixels(item, kept) for item in items])
            if pixels.dtype == torch.uint8:
                pixels = pixels.float() / 255
            with torch.inference_mode(not stage.attacks):
                right += int((self._logits(pixels).argmax(1) == labels).sum())
            if stage.attacks:
                right += self._attacked(pixels, labels)
        return right

    def _pixels(self, item: Item, kept: dict[str, Image.Image]) -> Tensor:
        picture = kept.get(item.path) or Image.open(item.path).convert("RGB")
        if item.corruption:
            kept[item.path] = picture
            changed = CORRUPTIONS[item.corruption].corrupt(
                np.asarray(picture), item.severity, seed=item.seed, number=item.number
            )
            picture = Image.fromarray(changed)
        return self._model.preparation.transform(picture)

    def _logits(self, pixels: Tensor) -> Tensor:
        found: Tensor = self._model.net((pixels - self._mean) / self._deviation)
        return found

    def _slope(self, inputs: Tensor, labels: Tensor) -> Tensor:
        inputs = inputs.detach().requires_grad_()
        loss = nn.functional.cross_entropy(self._logits(inputs), labels, reduction="sum")
        return torch.autograd.grad(loss, inputs)[0]

    def _attacked(self, inputs: Tensor, labels: Tensor) -> int:
        fgsm = (inputs + EPSILON * self._slope(inputs, labels).sign()).clamp(0, 1)
        moved = (inputs + EPSILON * (2 * torch.rand_like(inputs) - 1)).clamp(0, 1)
        for _ in range(NUM_STEPS):
            moved = moved + STEP_SIZE * self._slope(moved, labels).sign()
            moved = inputs + (moved - inputs).clamp(-EPSILON, EPSILON)
            moved = moved.clamp(0, 1)
        with torch.no_grad():
            return sum(int((self._logits(each).argmax(1) == labels).sum()) for each in (fgsm, moved))


def seconds(work: Callable[[], object]) -> float:
    """Of the processor."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main(rounds: int) -> None:
    """Print both and their ratio."""
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    torch.manual_seed(0)
    net = timm.create_model("resnet10t", num_classes=len(CLASSES)).eval()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WELLBEHAVED_DATA_DIR"] = folder
        data = Path(folder) / "datasets"
        generator.TRAIN_PER_CLASS = 1
        generator.make_toy(data)
        bare = BareLoop(net, data)
        spent = [(seconds(lambda: by_engine(net, data)), seconds(bare.run)) for _ in range(rounds)]
    ratios = [engine / least for engine, least in spent]
    engine, least = (min(each) for each in zip(*spent, strict=True))
    print(f"bare loop {least:.2f} s, evaluation {engine:.2f} s, the least of {rounds} each")
    print(f"ratio of each round {', '.join(f'{each:.2f}' for each in ratios)} (goal: at most {GOAL})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
