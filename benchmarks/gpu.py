"""How near a run comes to what the device can do, and where it waits.

Three figures. The images per second of a run with readers, copies and model overlapping: clean, the same with
`--decode-on-device`, and under attack. The share of the device's peak that this is: operations of the forward and
backward runs per second, over those of a plain product of two matrices in the same precision, measured just before. And
of the same batches, with a halt behind each part, the share of time that goes into reading, copying, the clean run,
FGSM and PGD.
Then what the corruptions of an image cost the processor, and with `--corrupt-on-device` the readers, who draw what is
random, and the device, copies included.
Runs on any device that torch has, a CPU included, where sizes are smaller and the peak is that of the cores at hand.
Usage: python -m benchmarks.gpu [device] [precision] [--channels-last]
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.throughput import CLASSES, Kind, write_images
from evaluation.attacks.pgd import NUM_STEPS
from evaluation.corruptions import CORRUPTIONS
from evaluation.corruptions.corruption import REFERENCE_SIZE
from evaluation.datasets.dataset import DataSet
from evaluation.engine.batch_stream import batch_stream
from evaluation.engine.device_corruption import ON_DEVICE, DeviceCorruption
from evaluation.engine.devices import usable_device
from evaluation.engine.images import Batch, Item, loader
from evaluation.engine.inference import Inference
from evaluation.engine.means import Means
from evaluation.engine.stages import Precision, Protocol
from evaluation.engine.uncorrupted import Uncorrupted, before_corruption, in_groups
from evaluation.models.loaded_model import LoadedModel, Transform
from evaluation.models.loading import load
from evaluation.models.tensor_float import tensor_float
from evaluation.models.tensor_transform import TensorTransform
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES
from quba.dimension import Pass

TURNS = 3
PASSES = (Pass.CLEAN, Pass.FGSM, Pass.PGD)
# Of a thousand photographs of ImageNet, so many per cent have these sizes; others have nearly one each.
_COMMON = {(500, 375): 21, (500, 333): 10, (375, 500): 6, (333, 500): 4, (500, 334): 3, (500, 332): 2}


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is run: a GPU is only busy with more than a CPU can do in a minute."""

    architecture: str
    side: int
    batch: int
    clean: int
    attacked: int
    matrix: int
    corrupted: int


ON_CPU = Size(architecture="resnet10t", side=64, batch=32, clean=384, attacked=64, matrix=1024, corrupted=8)
ON_GPU = Size(architecture="resnet50", side=224, batch=256, clean=20_480, attacked=2048, matrix=8192, corrupted=64)


@dataclass
class Watch:
    """Seconds by part, each of which ends when the device has done its work.

    Attributes:
        wait: returns when the device has done what it was given.
        seconds: of each part.
    """

    wait: Callable[[], object]
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Count what is done inside."""
        started = time.perf_counter()
        yield
        self.wait()
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - started


def photographs() -> list[Kind]:
    """Kinds of files as ImageNet has them: many sizes, and of every four, three that keep colours finely."""
    rng = np.random.default_rng(0)
    sizes = [size for size, share in _COMMON.items() for _ in range(share)]
    sizes += [(500, int(rng.integers(200, 500))) for _ in range(100 - len(sizes))]
    kinds = [
        Kind(width=width, height=height, subsampling=2 if place % 4 == 0 else 0)
        for place, (width, height) in enumerate(sizes)
    ]
    return [kinds[place] for place in rng.permutation(len(kinds))]


def waiting(device: str) -> Callable[[], object]:
    """What returns when the device has done all that it was given."""
    return torch.get_device_module(device).synchronize  # type: ignore[no-any-return]


def peak(device: str, precision: Precision, matrix: int) -> float:
    """Operations per second of a product of two square matrices, the best of some."""
    kind = torch.bfloat16 if precision is Precision.BF16 else torch.float32
    one = torch.randn(matrix, matrix, device=device, dtype=kind)
    best, wait = float("inf"), waiting(device)
    with tensor_float(enabled=precision is Precision.TF32):
        for _ in range(10):
            wait()
            started = time.perf_counter()
            one @ one
            wait()
            best = min(best, time.perf_counter() - started)
    return 2.0 * matrix**3 / best


def operations(model: LoadedModel, side: int, device: str) -> tuple[float, float]:
    """Of an image: those of a forward run, and of one with the slope of its inputs behind it."""
    found = []
    for slope in (False, True):
        # No leaf: the counter refuses to go back to one.
        inputs = torch.zeros(1, 3, side, side, device=device, requires_grad=slope).clone()
        with FlopCounterMode(display=False) as counter:
            outputs = model.net(inputs)
            if slope:
                torch.autograd.grad(outputs.sum(), inputs)
        found.append(float(counter.get_total_flops()))
    return found[0], found[1]


def asked_batches(data_set: DataSet, root: Path, means: Means, count: int) -> Iterator[list[Item]]:
    """So many images, as a run asks for them."""
    paths = data_set.read(root, "").paths[:count]
    items = [Item(str(path), number) for number, path in enumerate(paths)]
    return iter([items[start : start + means.batch_size] for start in range(0, len(items), means.batch_size)])


def images_per_second(stream: Iterator[Batch], score: Callable[[Batch, int], object]) -> float:
    """The speed of a run, in which reading, copying and computing overlap."""
    done, started = 0, 0.0
    for batch in stream:
        # From the second batch on: the readers are started, and the device has chosen its kernels.
        started = started or time.perf_counter()
        score(batch, done)
        done += len(batch.readable)
    return done / (time.perf_counter() - started)


def shares(batches: Iterator[list[Item]], transform: Transform, means: Means, inference: Inference) -> dict[str, float]:
    """Where the time of attacked batches goes when each part is waited for."""
    watch = Watch(waiting(means.device))
    stream = loader(
        batches, transform, workers=means.reading_processes, pinned=not means.device.startswith("cpu")
    )  # fmt: skip
    while True:
        with watch.of("reading"):
            batch = next(stream, None)
        if batch is None:
            break
        assert batch.pixels is not None
        with watch.of("copying"):
            pixels = batch.pixels.to(means.device, non_blocking=True)
        numbers = range(len(pixels))
        labels = torch.zeros(len(pixels), dtype=torch.int64)
        with watch.of("clean"):
            inference.logits(pixels, (Pass.CLEAN,), numbers)
        for attack in (Pass.FGSM, Pass.PGD):
            with watch.of(attack):
                inference.attacked_logits(pixels, labels, numbers, (attack,), Protocol.CORRECTED)
    total = sum(watch.seconds.values())
    return {part: seconds / total for part, seconds in watch.seconds.items()}


def corrupting(key: str, severity: int, device: str, batch: int) -> NDArray[np.float64]:
    """Seconds of an image: by the processor alone, then what readers draw, then what the device does with it."""
    images = np.random.default_rng(0).integers(0, 256, (batch, REFERENCE_SIZE, REFERENCE_SIZE, 3), dtype=np.uint8)
    stays = DeviceCorruption(TensorTransform(()), device=device)
    wait = waiting(device)

    def made(number: int) -> None:
        CORRUPTIONS[key].corrupt(images[number], severity, seed=0, number=number)

    def drawn(number: int) -> Uncorrupted:
        return before_corruption(images[number], key, severity, seed=0, number=number)

    handed = Batch(None, tuple(range(batch)), (), uncorrupted=in_groups([drawn(number) for number in range(batch)]))

    def on_device(_number: int) -> None:
        next(stays.with_pixels([handed]))
        wait()

    return np.array([best(made), best(drawn), best(on_device) / batch])


def best(work: Callable[[int], object]) -> float:
    """Seconds of the fastest of some turns, the first left out."""
    taken = []
    for number in range(TURNS + 1):
        started = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - started)
    return min(taken[1:])


def loaded(size: Size, root: Path, device: str) -> LoadedModel:
    """A net with random weights: what it decides costs the same."""
    torch.manual_seed(0)
    net = timm.create_model(size.architecture, pretrained=False, num_classes=CLASSES)
    save_file(
        dict(net.state_dict()), root / "net.safetensors",
        metadata={"input_size": json.dumps([3, size.side, size.side])},
    )  # fmt: skip
    return load(size.architecture, class_count=CLASSES, weights=root / "net.safetensors", device=device)


def print_corrupting(device: str, batch: int) -> None:
    """Print what it costs to corrupt an image, at all severities together."""
    keys = [key for key in PUBLISHED_CORRUPTIONS if key in ON_DEVICE]
    rows = {key: sum(corrupting(key, severity, device, batch) for severity in SEVERITIES) for key in keys}
    print(f"milliseconds of an image of {REFERENCE_SIZE} pixels at all severities, {batch} at once on the device")
    print(f"{'':20} processor     drawing {device:>10}")
    for key, seconds in [*rows.items(), ("together", sum(rows.values()))]:
        print(f"{key:20} " + "  ".join(f"{1000 * each:10.1f}" for each in np.asarray(seconds)))


def main() -> None:
    """Print the figures."""
    words = [word for word in sys.argv[1:] if word != "--channels-last"]
    device = usable_device(words[0] if words else None)
    precision = Precision(words[1]) if len(words) > 1 else Precision.FP32
    size = ON_CPU if device == "cpu" else ON_GPU
    means = Means(device=device, batch_size=size.batch, channels_last="--channels-last" in sys.argv)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        data_set = write_images(root, size.clean, photographs())
        model = loaded(size, root, device)
        inference = Inference(model, device=device, precision=precision, channels_last=means.channels_last)
        highest = peak(device, precision, size.matrix)
        forward, with_slope = operations(model, size.side, device)

        def clean(batch: Batch, first: int) -> None:
            assert batch.pixels is not None
            inference.logits(batch.pixels, (Pass.CLEAN,), range(first, first + len(batch.readable)))

        def attacked(batch: Batch, first: int) -> None:
            assert batch.pixels is not None
            count = len(batch.readable)
            labels = torch.zeros(count, dtype=torch.int64)
            inference.attacked_logits(
                batch.pixels, labels, range(first, first + count), PASSES, Protocol.CORRECTED
            )  # fmt: skip

        # Clean with its slope, which FGSM shares, and what each attack leads to: two forward runs more.
        cost = {"clean": forward, "attacked": (1 + NUM_STEPS) * with_slope + 2 * forward}
        print(
            f"{size.architecture} at {size.side}, {device} {precision.value}, batches of {size.batch}, "
            f"{means.reading_processes} reading{', channels last' if means.channels_last else ''}; "
            f"peak {highest / 1e12:.3f} TFLOP/s (a product of {size.matrix} x {size.matrix})"
        )
        transform, decoding = model.preparation.transform, replace(means, decode_on_device=True)
        for name, count, by, score in (
            ("clean", size.clean, means, clean),
            ("clean, decoded on the device", size.clean, decoding, clean),
            ("attacked", size.attacked, means, attacked),
        ):
            speed = images_per_second(batch_stream(asked_batches(data_set, root, by, count), transform, by), score)
            operations_each = cost["attacked" if score is attacked else "clean"]
            print(f"{name}: {speed:.1f} images/s, {speed * operations_each / highest:.1%} of the peak")
        found = shares(asked_batches(data_set, root, means, size.attacked), transform, means, inference)
        print("each part waited for: " + ", ".join(f"{part} {share:.1%}" for part, share in found.items()))
    print_corrupting(device, size.corrupted)


if __name__ == "__main__":
    main()
