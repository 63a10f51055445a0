"""What keeping evidence adds to a run: the share of a full evaluation of the toy benchmark that goes into it.

Counted are the values with each group of images left out, the confidences, and the file with its bytes, all inside one
run, so that a busy machine slows both sides alike. Last, the size of a file as large as ImageNet's, and the processor's
time to compare two of them.
Goals: at most 1 % of a run, at most 1 MB for ImageNet, and at most 200 ms to compare two.
Usage: python benchmarks/evidence.py [recipe of the toy references ...]
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch

from evaluation.engine import run as engine
from evaluation.engine import step_results
from evaluation.engine.means import Means
from evaluation.engine.run import Run
from evaluation.toy import generator
from evaluation.toy_references import measuring
from evaluation.toy_references.nets import NETS
from evaluation.toy_references.recipes import RECIPES
from quba.deciding.paired_differences import flips, paired_differences
from quba.dimensions import DIMENSIONS
from quba.measuring.evidence import Conditions, Evidence

IMAGES, CLASSES, PASSES = 50_000, 1000, 78


class Clock:
    """Adds up how long some calls take."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, with its time counted."""

        def run(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the work takes and gives
            start = time.perf_counter()
            try:
                return work(*given, **named)
            finally:
                self.seconds += time.perf_counter() - start

        return run


@contextmanager
def counted(clock: Clock) -> Iterator[None]:
    """Count everything in a run that is there for the evidence."""
    with ExitStack() as stack:
        for place, name in ((engine, "replicates"), (step_results, "_confidence")):
            stack.enter_context(mock.patch.object(place, name, clock.timed(getattr(place, name))))
        yield


def of_a_run(recipe_key: str, data: Path) -> None:
    """Measure one reference, with weights as they are drawn: their values do not matter."""
    torch.manual_seed(0)
    recipe = next(each for each in RECIPES if each.key == recipe_key)
    model = measuring.reference_model(recipe, NETS[recipe.net]())
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder, counted(clock):
        start = time.perf_counter()
        run = Run([model], measuring.request(), root=data, folder=Path(folder), means=Means(workers=0))
        run.execute()
        content = clock.timed(lambda: run.evidence(model.name).to_bytes())()
        whole = time.perf_counter() - start
    print(
        f"{recipe_key}: {whole:.1f} s in all, {clock.seconds:.2f} s of it for evidence, "
        f"{clock.seconds / whole:.2%} (goal: at most 1 %); {len(content) / 1024:.0f} KiB"
    )


def imagenet(rng: np.random.Generator, hard: np.ndarray[Any, Any]) -> Evidence:
    """Of a model with all passes over 50,000 images, some harder than others for every model."""
    keys = [key for key, dimension in DIMENSIONS.items() if not dimension.counted]
    names = ["clean", "fgsm", "pgd", *(f"corruptions:fog/{number}" for number in range(PASSES - 3))]
    right = {name: hard + rng.normal(0, 0.1, IMAGES) < 0.5 for name in names}
    return Evidence(
        conditions=Conditions(
            benchmark="imagenet-1k", digest=None, protocol="corrected", seed=0, samples_per_class=None
        ),
        values=dict.fromkeys(keys, 0.76),
        standard_errors=dict.fromkeys(keys, 0.002),
        replicates={key: rng.random(20) for key in keys},
        right=right,
        labels=np.repeat(np.arange(CLASSES), IMAGES // CLASSES),
        confidence=rng.integers(0, 256, IMAGES).astype(np.uint8),
    )


def of_imagenet() -> None:
    """The size of a file, and the time to compare two."""
    rng = np.random.default_rng(0)
    hard = rng.random(IMAGES)
    contents = [imagenet(rng, hard).to_bytes() for _ in range(2)]
    start = time.process_time()
    a, b = map(Evidence.from_bytes, contents)
    paired_differences(a, b)
    flips(a, b)
    taken = time.process_time() - start
    print(
        f"{PASSES} passes over {IMAGES} images: {len(contents[0]) / 1e6:.2f} MB (goal: at most 1); "
        f"two read and compared in {taken * 1000:.0f} ms (goal: at most 200)"
    )


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        generator.make_toy(Path(folder))
        for key in sys.argv[1:] or [each.key for each in (RECIPES[0], RECIPES[-1])]:
            of_a_run(key, Path(folder))
    of_imagenet()


if __name__ == "__main__":
    main()
