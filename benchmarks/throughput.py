"""Images per second of a full pass against its two bounds: the bare model, and the bare reading of images.

The bare model loops over tensors that are ready in memory; bare reading drops what it has read. The lower one is what
bounds a pass, and the goal is 90 % of it. Three cases: on a CPU a large model is bound by computing and a tiny one by
reading; of the third, both weigh alike, and because they share the cores neither bound can be reached.
Usage: python benchmarks/throughput.py [device] [precision]
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import save_file

from evaluation.benchmark import Benchmark
from evaluation.datasets.dataset import DataSet, Images
from evaluation.engine.images import Item, loader
from evaluation.engine.inference import Inference
from evaluation.engine.means import Means
from evaluation.engine.run import Run
from evaluation.engine.stages import Precision, Request
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.loading import load
from quba.dimension import Pass

CLASSES = 10
# Architecture, side of its inputs, images on a CPU and on a GPU.
CASES = (("resnet50", 224, 384, 20_000), ("test_resnet", 32, 2048, 20_000), ("test_resnet", 96, 2048, 20_000))
BATCH = 64


class Kind(NamedTuple):
    """What kind of file an image is.

    Attributes:
        width: in pixels.
        height: in pixels.
        subsampling: how coarsely colours are kept: 0 as finely as brightness, 2 for every fourth pixel.
    """

    width: int = 500
    height: int = 375
    subsampling: int = 2


def write_images(root: Path, count: int, kinds: Sequence[Kind] = (Kind(),)) -> DataSet:
    """Photo-sized JPEG files; on disk some are repeated by name, for time's sake.

    Args:
        root: where to.
        count: how many.
        kinds: of which they are, in turn.
    """
    folder = root / "clean"
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    originals = []
    for number in range(min(count, 256)):
        coarse = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        path = root / f"{number}.jpg"
        kind = kinds[number % len(kinds)]
        picture = Image.fromarray(coarse).resize((kind.width, kind.height), Image.Resampling.BICUBIC)
        picture.save(path, quality=90, subsampling=kind.subsampling)
        originals.append(path)
    for number in range(count):
        link = folder / f"{number:05d}_{number % CLASSES}.jpg"
        if not link.exists():
            link.hardlink_to(originals[number % len(originals)])

    def read(_root: Path, _variant: str) -> Images:
        paths = tuple(sorted(folder.iterdir()))[:count]
        return Images(paths=paths, labels=np.array([int(path.stem.split("_")[1]) for path in paths]))

    return DataSet(
        key="clean", benchmark="bench", label="clean", source=Pass.CLEAN, variants=("",), folder="clean",
        image_count=count, label_count=CLASSES, licence="ours", how_to_get="", archives=(), read=read,
        decide=lambda logits: np.asarray(logits.argmax(axis=1)),
    )  # fmt: skip


def images_per_second(work: Callable[[], object], images: int) -> float:
    """The speed of some work."""
    started = time.perf_counter()
    work()
    return images / (time.perf_counter() - started)


def bare_model(model: LoadedModel, means: Means, precision: Precision, side: int) -> float:
    """Forward runs over tensors that lie on the device."""
    inputs = torch.randn(BATCH, 3, side, side, device=means.device)
    rounds = 4 if means.device == "cpu" and side > 100 else 30

    def work() -> None:
        with torch.no_grad(), torch.autocast(means.device, torch.bfloat16, enabled=precision is Precision.BF16):
            for _ in range(rounds):
                model.net(inputs)
            if means.device == "cuda":
                torch.cuda.synchronize()

    images_per_second(work, 1)
    return images_per_second(work, rounds * BATCH)


def bare_reading(model: LoadedModel, data_set: DataSet, root: Path, means: Means) -> float:
    """Reading without a model."""
    paths = data_set.read(root, "").paths
    asked = [
        [Item(str(path), number) for number, path in enumerate(paths[start : start + BATCH])]
        for start in range(0, len(paths), BATCH)
    ]

    def work() -> None:
        stream = loader(iter(asked), model.preparation.transform, workers=means.reading_processes, pinned=False)
        for _ in stream:
            pass

    return images_per_second(work, len(paths))


def full_pass(model: LoadedModel, data_set: DataSet, root: Path, means: Means, precision: Precision) -> float:
    """The real runner."""
    benchmark = Benchmark(
        key="bench", label="Bench", class_count=CLASSES, data_sets={Pass.CLEAN: data_set}, default_protocol="corrected"
    )
    request = Request(benchmark=benchmark, dimensions=("accuracy", "calibration_error"), precision=precision)
    with tempfile.TemporaryDirectory() as steps:
        run = Run([model], request, root=root, folder=Path(steps), means=means)
        return images_per_second(run.execute, data_set.image_count)


def main() -> None:
    """Print speeds and ratios."""
    device = sys.argv[1] if len(sys.argv) > 1 else "cpu"
    precision = Precision(sys.argv[2]) if len(sys.argv) > 2 else Precision.FP32
    means = Means(device=device, batch_size=BATCH)
    for architecture, side, on_cpu, on_gpu in CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            data_set = write_images(root, on_cpu if device == "cpu" else on_gpu)
            net = timm.create_model(architecture, pretrained=False, num_classes=CLASSES)
            configuration = {"input_size": json.dumps([3, side, side])}
            save_file(
                dict(net.state_dict()),
                root / "net.safetensors",
                metadata=configuration,
            )
            model = load(architecture, class_count=CLASSES, weights=root / "net.safetensors", device=device)
            Inference(model, device=device).logits(torch.zeros(BATCH, 3, side, side, dtype=torch.uint8), (Pass.CLEAN,))
            compute = bare_model(model, means, precision, side)
            reading = bare_reading(model, data_set, root, means)
            full = full_pass(model, data_set, root, means, precision)
            bound, name = min((compute, "computing"), (reading, "reading"))
            print(
                f"{architecture} at {side}, {device} {precision.value}, {means.reading_processes} reading: "
                f"bare model {compute:.0f}/s, bare reading {reading:.0f}/s, full pass {full:.0f}/s; "
                f"bound by {name}, of which it reaches {full / bound:.0%} (goal 90 %)"
            )


if __name__ == "__main__":
    main()
