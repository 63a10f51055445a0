"""Measuring several dimensions in one run against the naive way, in which each metric loops over its data by itself.

The naive way is the study's: ten passes over the clean images, and every set of images once for each metric that needs
it. Both get the same images, in the proportions of the real sets, the same model, batch size and reading processes.
Goals: the six light dimensions in at most 1/3 of the naive time, accuracy with calibration and balance in at most 1/4.
Last, three models with the same transform in one run, which reads the images once, against three runs.
Usage: python benchmarks/passes.py [clean images]
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from evaluation.benchmark import Benchmark
from evaluation.datasets.dataset import DataSet, Images
from evaluation.engine.means import Means
from evaluation.engine.run import Run
from evaluation.engine.stages import Request
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.loading import load
from quba.dimension import Pass
from quba.dimensions.accuracy import accuracy
from quba.dimensions.calibration_error import adaptive_calibration_error, expected_calibration_error
from quba.dimensions.class_balance import confidence_balance, prediction_balance

CLASSES = 20
BATCH, WORKERS, SIDE = 32, 1, 128
ROUNDS = 2
MODELS = 3
ARCHITECTURE = "resnet10t"
# Images per clean image, as in ImageNet with its companions.
SHARES = {
    Pass.CLEAN: 1.0,
    Pass.EDGE: 160 / 50_000,
    Pass.SILHOUETTE: 160 / 50_000,
    Pass.SKETCH: 800 / 50_000,
    Pass.STYLIZED: 800 / 50_000,
    Pass.RENDITIONS: 30_000 / 50_000,
    Pass.CUE_CONFLICT: 1_280 / 50_000,
    Pass.MIXED_SAME: 4_050 / 50_000,
    Pass.MIXED_RAND: 4_050 / 50_000,
}
CONFIGURATION = {"input_size": json.dumps([3, SIDE, SIDE])}
OOD = (Pass.EDGE, Pass.SILHOUETTE, Pass.SKETCH, Pass.STYLIZED, Pass.RENDITIONS)
LIGHT = ("accuracy", "ood_robustness", "calibration_error", "class_balance", "object_focus", "shape_bias")
SHORT = ("accuracy", "calibration_error", "class_balance")


def write_images(root: Path, clean_images: int) -> dict[Pass, DataSet]:
    """Photo-sized JPEG files of random colours; every class occurs in the clean set."""
    rng = np.random.default_rng(0)
    data_sets = {}
    for source, share in SHARES.items():
        folder = root / source.value
        folder.mkdir()
        count = max(4, round(share * clean_images))
        for number in range(count):
            coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
            picture = Image.fromarray(coarse).resize((500, 375), Image.Resampling.BICUBIC)
            picture.save(folder / f"{number:05d}_{number % CLASSES}.jpg", quality=90)
        data_sets[source] = data_set(source, count)
    return data_sets


def data_set(source: Pass, count: int) -> DataSet:
    """The data set of a pass."""

    def read(root: Path, _variant: str) -> Images:
        paths = tuple(sorted((root / source.value).iterdir()))
        labels = np.array([int(path.stem.split("_")[1]) for path in paths])
        textures = (labels + 1) % CLASSES if source is Pass.CUE_CONFLICT else None
        return Images(paths=paths, labels=labels, textures=textures)

    return DataSet(
        key=source.value, benchmark="bench", label=source.value, source=source, variants=("",), folder=source.value,
        image_count=count, label_count=CLASSES, licence="ours", how_to_get="", archives=(), read=read,
        decide=lambda logits: np.asarray(logits.argmax(axis=1)),
    )  # fmt: skip


class Files(Dataset[tuple[torch.Tensor, int]]):
    """What a metric of the naive way loads."""

    def __init__(self, images: Images, transform: Callable[[Image.Image], torch.Tensor]) -> None:
        self._images = images
        self._transform = transform

    def __len__(self) -> int:
        return len(self._images.paths)

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:
        with Image.open(self._images.paths[number]) as file:
            return self._transform(file.convert("RGB")), int(self._images.labels[number])


class Naive:
    """Each metric by itself."""

    def __init__(self, model: LoadedModel, benchmark: Benchmark, root: Path) -> None:
        self._model = model
        self._benchmark = benchmark
        self._root = root
        prepared = model.preparation
        normalise = transforms.Normalize(prepared.mean, prepared.deviation)
        self._transform = transforms.Compose(
            [prepared.transform, transforms.ConvertImageDtype(torch.float32), normalise]
        )

    def _outputs(self, source: Pass) -> tuple[np.ndarray, np.ndarray]:
        images = self._benchmark.data_sets[source].read(self._root, "")
        outputs, labels = [], []
        with torch.no_grad():
            for inputs, right in DataLoader(Files(images, self._transform), batch_size=BATCH, num_workers=WORKERS):
                outputs.append(self._model.net(inputs).softmax(dim=1))
                labels.append(right)
        return torch.cat(outputs).numpy(), torch.cat(labels).numpy()

    def _accuracy(self, source: Pass) -> float:
        outputs, labels = self._outputs(source)
        return accuracy(outputs.argmax(axis=1) == labels)

    def short(self) -> None:
        """Accuracy, calibration (two errors) and balance (two balances)."""
        self._accuracy(Pass.CLEAN)
        for error in (expected_calibration_error, adaptive_calibration_error, confidence_balance):
            error(*self._outputs(Pass.CLEAN))
        outputs, labels = self._outputs(Pass.CLEAN)
        prediction_balance(outputs.argmax(axis=1), labels, CLASSES)

    def light(self) -> None:
        """The same, and robustness, focus and bias, each of the first two with a clean accuracy of its own."""
        self.short()
        for source in (Pass.CLEAN, *OOD, Pass.CLEAN, Pass.MIXED_SAME, Pass.MIXED_RAND, Pass.CUE_CONFLICT):
            self._accuracy(source)


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def ours(
    models: Sequence[LoadedModel], benchmark: Benchmark, root: Path, dimensions: Sequence[str]
) -> Callable[[], object]:
    """One run, in a folder without any finished step."""

    def work() -> object:
        request = Request(benchmark=benchmark, dimensions=tuple(dimensions))
        means = Means(batch_size=BATCH, workers=WORKERS)
        with tempfile.TemporaryDirectory() as steps:
            return Run(models, request, root=root, folder=Path(steps), means=means).execute()

    return work


def main() -> None:
    """Print both ratios."""
    clean_images = int(sys.argv[1]) if len(sys.argv) > 1 else 800
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        data_sets = write_images(root, clean_images)
        net = timm.create_model(ARCHITECTURE, pretrained=False, num_classes=CLASSES)
        save_file(
            dict(net.state_dict()),
            root / "net.safetensors",
            metadata=CONFIGURATION,
        )
        model = load(ARCHITECTURE, class_count=CLASSES, weights=root / "net.safetensors")
        benchmark = Benchmark(
            key="bench", label="Bench", class_count=CLASSES, data_sets=data_sets, default_protocol="corrected"
        )
        naive = Naive(model, benchmark, root)
        seconds(ours([model], benchmark, root, ("shape_bias",)))
        for name, dimensions, other, goal in (
            ("accuracy + calibration + balance", SHORT, naive.short, 1 / 4),
            ("light set", LIGHT, naive.light, 1 / 3),
        ):
            # Alternating, and the fastest of each, so that what else the machine does weighs little.
            rounds = [(seconds(ours([model], benchmark, root, dimensions)), seconds(other)) for _ in range(ROUNDS)]
            together, apart = min(each[0] for each in rounds), min(each[1] for each in rounds)
            print(
                f"{name}: {together:.1f} s in one run, {apart:.1f} s one by one, ratio {together / apart:.3f} "
                f"(goal at most {goal:.3f})"
            )
        models = [replace(model, name=f"model {number}") for number in range(MODELS)]
        together = seconds(ours(models, benchmark, root, LIGHT))
        apart = sum(seconds(ours([each], benchmark, root, LIGHT)) for each in models)
        print(f"{MODELS} models: {together:.1f} s in one run, {apart:.1f} s one by one, ratio {together / apart:.3f}")


if __name__ == "__main__":
    main()
