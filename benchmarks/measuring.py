"""What `wellbehaved.measure()` costs beside the same run by the engine alone, as the command makes it.

One network and one subset of the toy benchmark, in turns; the processor's time is compared, so that a busy machine
slows both sides alike.
Goal: at most 1.05 times.
Usage: python benchmarks/measuring.py [rounds]
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import timm
import torch
from torch import nn

import wellbehaved
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.means import Means
from evaluation.engine.run import Run
from evaluation.engine.stages import Request
from evaluation.models.identity import of_module
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.loading import data_config_of, preparation_of
from evaluation.toy import generator
from evaluation.toy.drawing import SIDE
from evaluation.toy.shapes import CLASSES
from quba.benchmarks import TOY
from quba.dimensions import MEASURES

PER_CLASS = 10
# Without the corruptions, most of whose time goes into reading and changing images on both sides.
KEYS = tuple(key for key in MEASURES if key != "corruption_robustness")


def by_engine(net: nn.Module, data: Path) -> None:
    """The run and what is kept of it."""
    own: Any = net.pretrained_cfg
    config = data_config_of(own, {"input_size": (3, SIDE, SIDE)}, class_count=len(CLASSES))
    model = LoadedModel.of(
        net,
        name="net",
        preparation=preparation_of(config),
        class_count=len(CLASSES),
        identity=of_module(net, "net", digest=""),
    )
    request = Request(benchmark=BENCHMARKS[TOY.key], dimensions=KEYS, samples_per_class=PER_CLASS)
    with tempfile.TemporaryDirectory() as folder:
        run = Run([model], request, root=data, folder=Path(folder), means=Means())
        run.execute()
        run.evidence("net")
        run.class_report("net")


def by_measure(net: nn.Module, data: Path) -> None:
    """The public function."""
    wellbehaved.measure(
        net, TOY.key, input_size=SIDE, dimensions=KEYS, samples_per_class=PER_CLASS, name="net", data=data,
        progress=False,
    )  # fmt: skip


def seconds(work: Callable[[nn.Module, Path], None], net: nn.Module, data: Path) -> float:
    """Of the processor, those of the process that reads images apart."""
    start = time.process_time()
    work(net, data)
    return time.process_time() - start


def main() -> None:
    """Print both and their ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net = timm.create_model("resnet10t", num_classes=len(CLASSES))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WELLBEHAVED_DATA_DIR"] = folder
        data = Path(folder) / "datasets"
        generator.TRAIN_PER_CLASS = 1
        generator.make_toy(data)
        for work in (by_engine, by_measure):
            work(net, data)
        spent = [(seconds(by_engine, net, data), seconds(by_measure, net, data)) for _ in range(rounds)]
    engine, measure = (sum(each) / rounds for each in zip(*spent, strict=True))
    print(f"engine {engine:.2f} s, measure() {measure:.2f} s, ratio {measure / engine:.3f} (goal: at most 1.05)")


if __name__ == "__main__":
    main()
