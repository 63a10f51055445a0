import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from evaluation.datasets.dataset import DataSetDamaged, Images
from evaluation.datasets.reading import Exif
from evaluation.engine.compilation import Compilable, Compilation
from evaluation.engine.device_feed import copied_ahead
from evaluation.engine.images import Batch, balanced_subset, fingerprint
from evaluation.engine.inference import Inference
from evaluation.engine.means import Means
from evaluation.engine.progress import Progress
from evaluation.engine.run import Absent, Result, Watcher
from evaluation.engine.step_store import StepStore
from evaluation.errors import (
    EvaluationStopped,
    ModelFault,
    OutOfMemory,
    OutputsRefused,
    TrainingModeLeak,
    WrongClassCount,
)
from evaluation.models.loaded_model import NoAttacks
from quba.dimension import Missing, Pass
from quba.dimensions import MEASURES, DimensionSet, dimensions_in_force
from quba.measuring.observations import Measured
from quba.vocabulary import Protocol
from tests.dimension_package import DOUBT, doubt_of, doubt_with, install
from tests.evaluation.conftest import VALUED, Templates

if TYPE_CHECKING:
    from evaluation.models.loaded_model import LoadedModel
    from tests.evaluation.conftest import Load, World

LIGHT = ("accuracy", "calibration_error", "ood_robustness", "object_focus", "shape_bias")
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


class Recorder(Watcher):
    """Remembers what it is told; asks to stop before a batch of a given number."""

    def __init__(self, stop_before: int = 10**9) -> None:
        self.stop_before = stop_before
        self.asked = 0
        self.reports: list[Progress] = []
        self.results: list[tuple[str, str]] = []
        self.faults: dict[str, ModelFault] = {}

    def on_progress(self, progress: Progress) -> None:
        self.reports.append(progress)

    def on_result(self, model: str, dimension: str, result: Result) -> None:  # noqa: ARG002
        self.results.append((model, dimension))

    def on_fault(self, model: str, fault: ModelFault) -> None:
        self.faults[model] = fault

    def should_stop(self) -> bool:
        self.asked += 1
        return self.asked > self.stop_before


class Counter:
    """Counts the images that pass through a model from now on."""

    def __init__(self, model: "LoadedModel") -> None:
        self.images = 0
        model.net.register_forward_pre_hook(self._count)

    def _count(self, net: nn.Module, inputs: tuple[Tensor, ...]) -> None:  # noqa: ARG002
        self.images += len(inputs[0])


def files(folder: Path) -> dict[str, bytes]:
    """Everything below a folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def value(result: Result) -> float:
    """The value of a result that has one."""
    assert isinstance(result, Measured), result
    return result.value


def test_each_image_is_run_once_for_all_dimensions_that_need_it(
    world: "World", loaded: "Load", sees_shape: "LoadedModel"
) -> None:
    counted = Counter(sees_shape)
    world.run(sees_shape, dimensions=LIGHT).execute()
    # Clean, five renditions and two backgrounds of 64 images each, and 32 of conflicting cues.
    assert counted.images == 8 * 64 + 32


def test_fgsm_shares_the_clean_forward_run(world: "World", loaded: "Load", sees_shape: "LoadedModel") -> None:
    counted = Counter(sees_shape)
    world.run(sees_shape, dimensions=("accuracy", "adversarial_robustness")).execute()
    # Clean with its gradient, FGSM scored, ten steps of PGD, PGD scored.
    assert counted.images == 64 * (1 + 1 + 10 + 1)


def test_a_finished_run_is_not_repeated(world: "World", loaded: "Load", sees_shape: "LoadedModel") -> None:
    first = world.run(sees_shape, dimensions=LIGHT).execute()
    counted = Counter(sees_shape)
    watcher = Recorder()
    again = world.run(sees_shape, dimensions=LIGHT, watcher=watcher).execute()
    assert counted.images == 0
    assert again == first
    assert watcher.reports == []
    assert len(watcher.results) == len(LIGHT)


def test_stopped_before_any_batch_it_continues_to_the_same_bytes(
    world: "World", sees_shape: "LoadedModel", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Short steps, so that there are several in a stage.
    monkeypatch.setattr("evaluation.engine.stages._IMAGES_PER_STEP", 12)
    monkeypatch.setattr("evaluation.engine.stages._ATTACKED_IMAGES_PER_STEP", 8)
    means = Means(batch_size=5, workers=0)
    whole = world.run(sees_shape, means=means).execute()
    expected = files(world.folder)
    assert len(expected) > 20

    interrupted = replace(world, folder=tmp_path / "interrupted")
    stops = 0
    while True:
        try:
            # Three batches may not be enough for a step of the stage, so that some work is done more than once.
            results = interrupted.run(sees_shape, means=means, watcher=Recorder(stop_before=3)).execute()
        except EvaluationStopped:
            stops += 1
        else:
            break
    assert stops > 20
    assert results == whole
    assert files(interrupted.folder) == expected


def test_killed_outright_it_continues_to_the_same_bytes(
    world: "World", sees_shape: "LoadedModel", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.engine.stages._IMAGES_PER_STEP", 12)
    dimensions = ("accuracy", "object_focus")
    whole = world.run(sees_shape, dimensions=dimensions).execute()
    killed = replace(world, folder=tmp_path / "killed")

    class Killer(Recorder):
        def should_stop(self) -> bool:
            if super().should_stop():
                os.kill(os.getpid(), signal.SIGKILL)
            return False

    for batches in (1, 4):
        child = os.fork()
        if child == 0:
            killed.run(sees_shape, dimensions=dimensions, watcher=Killer(stop_before=batches)).execute()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
    assert 0 < len(files(killed.folder)) < len(files(world.folder))
    assert killed.run(sees_shape, dimensions=dimensions).execute() == whole
    assert files(killed.folder) == files(world.folder)


def test_a_changed_image_is_run_again(own_world: "World", loaded: "Load", sees_shape: "LoadedModel") -> None:
    own_world.run(sees_shape, dimensions=("accuracy",)).execute()
    first = next((own_world.root / "clean").iterdir())
    Image.new("RGB", (12, 12)).save(first)
    counted = Counter(sees_shape)
    results = own_world.run(sees_shape, dimensions=("accuracy",)).execute()
    assert counted.images == 64
    assert value(results["sees-shape"]["accuracy"]) < 1


def test_both_protocols_share_everything_but_the_attacked_images(
    world: "World", loaded: "Load", sees_shape: "LoadedModel"
) -> None:
    published = world.run(sees_shape, protocol=Protocol.AS_PUBLISHED).execute()["sees-shape"]
    counted = Counter(sees_shape)
    corrected = world.run(sees_shape, protocol=Protocol.CORRECTED).execute()["sees-shape"]
    assert counted.images == 64 * 13
    for key in set(MEASURES) - {"adversarial_robustness", "parameters_millions"}:
        assert corrected[key] == published[key]


def test_the_protocols_differ_in_attacks_on_a_model_that_normalises(
    world: "World", loaded: "Load", sees_shape: "LoadedModel"
) -> None:
    # Normalised, the light pixels lie above 1 and the dark ones below 0: the published clamp cuts both to [0, 1].
    model = loaded(Shifted(sees_shape.net), mean=(0.5, 0.5, 0.5), deviation=(0.25, 0.25, 0.25))
    published = world.run(model, protocol=Protocol.AS_PUBLISHED).execute()["net"]
    corrected = world.run(model, protocol=Protocol.CORRECTED).execute()["net"]
    assert corrected["adversarial_robustness"] != published["adversarial_robustness"]
    assert {key for key in MEASURES if corrected[key] != published[key]} == {"adversarial_robustness"}
    assert value(corrected["adversarial_robustness"]) == 1


class Shifted(nn.Module):
    """Undoes the normalisation and is right only where an image has dark pixels, which the published clamp removes."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, images: Tensor) -> Tensor:
        pixels = images * 0.25 + 0.5
        dark = (pixels.flatten(1).amin(dim=1, keepdim=True) < 0.4).float()
        outputs: Tensor = self.inner(pixels) * (2 * dark - 1)
        return outputs


def test_models_with_the_same_transform_share_one_reading(
    world: "World", sees_shape: "LoadedModel", sees_texture: "LoadedModel", monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    original = Image.open

    def counted(path: str) -> Image.Image:
        opened.append(path)
        return original(path)

    monkeypatch.setattr(Image, "open", counted)
    results = world.run(sees_shape, sees_texture, dimensions=("accuracy", "shape_bias")).execute()
    assert len(opened) == len(set(opened)) == 64 + 32
    assert value(results["sees-shape"]["shape_bias"]) == 1
    assert value(results["sees-texture"]["shape_bias"]) == 0


def test_models_with_other_transforms_are_read_for_apart(
    world: "World", loaded: "Load", sees_shape: "LoadedModel"
) -> None:
    other = loaded(sees_shape.net, "other", key="another transform")
    results = world.run(sees_shape, other, dimensions=("accuracy",)).execute()
    assert value(results["other"]["accuracy"]) == value(results["sees-shape"]["accuracy"]) == 1


def test_workers_read_the_same_images(world: "World", sees_shape: "LoadedModel", tmp_path: Path) -> None:
    alone = world.run(sees_shape, dimensions=LIGHT).execute()
    apart = replace(world, folder=tmp_path / "apart")
    assert apart.run(sees_shape, dimensions=LIGHT, means=Means(batch_size=16, workers=2)).execute() == alone
    assert files(apart.folder) == files(world.folder)


@pytest.mark.parametrize("fitting", [1000, 2])
def test_batches_that_are_copied_ahead_give_the_same_bytes_also_where_memory_runs_out(
    world: "World", sees_shape: "LoadedModel", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fitting: int
) -> None:
    alone = world.run(sees_shape, dimensions=LIGHT).execute()
    ahead = replace(world, folder=tmp_path / "ahead")
    copied: list[str] = []

    def feed(batches: Iterable[Batch], *, device: str) -> Iterator[Batch]:
        return copied_ahead(batches, device=device, streams=torch.cpu)

    def copy(batch: Batch, device: str) -> Batch:
        if len(copied) == fitting:
            raise torch.OutOfMemoryError("CUDA out of memory")
        copied.append(device)
        return batch

    monkeypatch.setattr("evaluation.engine.batch_stream.feed", feed)
    monkeypatch.setattr("evaluation.engine.device_feed._copy", copy)
    assert ahead.run(sees_shape, dimensions=LIGHT, means=Means(batch_size=16, workers=0)).execute() == alone
    assert set(copied) == {"cpu"}
    assert (len(copied) == fitting) is (fitting == 2)
    assert files(ahead.folder) == files(world.folder)


def test_with_channels_last_values_stay(world: "World", loaded: "Load", tmp_path: Path) -> None:
    found = []
    for channels_last in (False, True):
        apart = replace(world, folder=tmp_path / str(channels_last))
        run = apart.run(convolutional(loaded), means=Means(channels_last=channels_last, workers=0))
        found.append(run.execute()["convolutional"])
    for key in VALUED:
        assert value(found[1][key]) == pytest.approx(value(found[0][key]), abs=1e-6), key


def convolutional(loaded: "Load") -> "LoadedModel":
    """A net whose arithmetic depends on the layout, and which is right about as often as by chance."""
    torch.manual_seed(3)
    return loaded(
        nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d(5), nn.Flatten(), nn.Linear(32, 4)
        ),
        "convolutional",
    )


@pytest.fixture
def considered(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many models each batch considers compiling, of runs that all seem long enough for it."""
    asked: list[int] = []

    class Eager(Compilation):
        def consider(self, models: Sequence[Compilable], progress: Progress) -> None:
            asked.append(len(models))
            super().consider(models, replace(progress, elapsed_seconds=60.0, remaining_seconds=1e9))

    monkeypatch.setattr("evaluation.engine.run.Compilation", partial(Eager, environment={"CXX": sys.executable}))
    yield asked
    # What torch keeps of compiled functions.
    torch.compiler.reset()


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
@pytest.mark.parametrize("fails", [False, True])
def test_a_long_run_is_compiled_and_one_that_cannot_be_goes_on(
    world: "World",
    sees_shape: "LoadedModel",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    considered: list[int],
    fails: bool,
) -> None:
    plain = world.run(sees_shape, dimensions=LIGHT, means=Means(workers=0)).execute()["sees-shape"]
    begun: list[object] = []
    kept = Inference.compile_forward

    def backend(graph: Any, inputs: Any) -> Any:  # noqa: ANN401 - as torch calls it
        begun.append(graph)
        if fails:
            raise RuntimeError("no compiler today")
        return graph.forward

    monkeypatch.setattr(Inference, "compile_forward", lambda self: kept(self, backend))
    apart = replace(world, folder=tmp_path / "compiled")
    with caplog.at_level(logging.WARNING):
        run = apart.run(sees_shape, dimensions=LIGHT, means=Means(batch_size=16, compiled=True, workers=0))
        found = run.execute()["sees-shape"]
    assert begun
    assert set(considered) == {1}
    warned = [message for message in caplog.messages if "measured without being compiled" in message]
    assert len(warned) == int(fails)
    for key in LIGHT:
        assert value(found[key]) == pytest.approx(value(plain[key]), abs=1e-6), key


def test_a_model_named_twice_is_refused(world: "World", sees_shape: "LoadedModel") -> None:
    with pytest.raises(ValueError, match="named twice"):
        world.run(sees_shape, sees_shape)


def test_progress_grows_and_ends_at_one(world: "World", sees_shape: "LoadedModel") -> None:
    watcher = Recorder()
    world.run(sees_shape, watcher=watcher).execute()
    shares = [each.share for each in watcher.reports]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert watcher.reports[-1].remaining_seconds == pytest.approx(0, abs=1e-6)
    assert all(each.remaining_seconds is not None for each in watcher.reports)
    # Shape bias is known long before the corrupted images are.
    order = [key for _, key in watcher.results]
    assert order[0] == "parameters_millions"
    assert order.index("shape_bias") < order.index("accuracy") < order.index("corruption_robustness")


def test_a_balanced_subset(world: "World", loaded: "Load", sees_shape: "LoadedModel") -> None:
    counted = Counter(sees_shape)
    results = world.run(sees_shape, samples_per_class=2, dimensions=("accuracy",)).execute()["sees-shape"]
    assert counted.images == 8
    assert isinstance(results["accuracy"], Measured)
    assert results["accuracy"].sample_count == 8


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_seed_of_the_request_chooses_the_subset(world: "World", sees_shape: "LoadedModel", seed: int) -> None:
    run = world.run(sees_shape, samples_per_class=2, dimensions=("accuracy",), seed=seed)
    run.execute()
    labels = np.array(world.benchmark.data_sets[Pass.CLEAN].read(world.root, "").labels)
    images = world.benchmark.data_sets[Pass.CLEAN].read(world.root, "")
    digest = fingerprint(images, balanced_subset(labels, 2, seed=seed))
    (step,) = world.folder.rglob("*.npz")
    assert StepStore(step.parents[1]).has("clean", 0, digest)


# Data that is not as it must be.


def test_a_missing_data_set_costs_its_dimension_only(own_world: "World", sees_shape: "LoadedModel") -> None:
    for path in (own_world.root / "sketch").iterdir():
        path.unlink()
    results = own_world.run(sees_shape).execute()["sees-shape"]
    absent = {key: each for key, each in results.items() if isinstance(each, Absent)}
    assert set(absent) == {"ood_robustness", "top5_accuracy", "relative_corruption_error"}
    lost = absent["ood_robustness"]
    assert (lost.reason, lost.detail) == (Missing.DATA_SET_MISSING, "sketch is not there; make it.")
    assert set(lost.parts) == {"clean_accuracy", "edge", "silhouette", "stylized", "renditions"}
    assert lost.parts["edge"] == {"accuracy": 1, "image_count": 64, "relative": 1, "standard_error": 0}


def test_a_missing_clean_set_costs_all_that_is_measured_against_it(
    own_world: "World", sees_shape: "LoadedModel"
) -> None:
    for path in (own_world.root / "clean").iterdir():
        path.unlink()
    results = own_world.run(sees_shape).execute()["sees-shape"]
    assert {key for key, each in results.items() if isinstance(each, Measured)} == {"shape_bias", "parameters_millions"}
    assert {each.reason for each in results.values() if isinstance(each, Absent)} == {Missing.DATA_SET_MISSING}


def test_a_damaged_data_set_says_so(world: "World", sees_shape: "LoadedModel") -> None:
    def read(root: Path, variant: str) -> Images:
        raise DataSetDamaged("class folders n01 and n02 are missing; unpack the archive again.")

    damaged = world.with_data_set(replace(world.benchmark.data_sets[Pass.CUE_CONFLICT], read=read))
    results = damaged.run(sees_shape, dimensions=("shape_bias", "accuracy")).execute()["sees-shape"]
    shape = results["shape_bias"]
    assert isinstance(shape, Absent)
    assert shape.reason is Missing.FAILED
    assert "class folders n01 and n02 are missing" in shape.detail
    assert value(results["accuracy"]) == 1


def test_a_benchmark_without_a_pass(world: "World", sees_shape: "LoadedModel") -> None:
    results = world.without(Pass.CUE_CONFLICT).run(sees_shape, dimensions=("shape_bias",)).execute()["sees-shape"]
    shape = results["shape_bias"]
    assert isinstance(shape, Absent)
    assert shape.reason is Missing.NOT_APPLICABLE


def test_an_unreadable_corruption_leaves_the_dimension_without_value(
    own_world: "World", sees_shape: "LoadedModel"
) -> None:
    for path in (own_world.root / "corruptions" / "fog" / "2").iterdir():
        path.write_bytes(b"not an image")
    results = own_world.run(sees_shape, dimensions=("corruption_robustness", "accuracy")).execute()["sees-shape"]
    lost = results["corruption_robustness"]
    assert isinstance(lost, Absent)
    assert lost.reason is Missing.FAILED
    assert "64 of 64 images" in lost.detail
    assert lost.parts == {"clean_accuracy": 1, "fog": {"1": 1}, "snow": {"1": 1, "2": 1}}


def test_values_that_a_sample_cannot_bear_are_absent_or_flagged(world: "World", sees_shape: "LoadedModel") -> None:
    """With one image of a class, confidence balance is 1 whatever the model does."""
    wishes: dict[str, Any] = {"samples_per_class": 1, "dimensions": ("accuracy", "calibration_error", "class_balance")}
    refused = world.run(sees_shape, protocol=Protocol.CORRECTED, **wishes).execute()["sees-shape"]
    assert isinstance(refused["accuracy"], Measured)
    for key, needed in (("calibration_error", 15), ("class_balance", 10)):
        lost = refused[key]
        assert isinstance(lost, Absent)
        assert lost.reason is Missing.TOO_FEW_IMAGES
        assert f"needs {needed} images of every class; 4 of 4 classes have fewer" in lost.detail
    flagged = world.run(sees_shape, protocol=Protocol.AS_PUBLISHED, **wishes).execute()["sees-shape"]
    for key in ("calibration_error", "class_balance"):
        found = flagged[key]
        assert isinstance(found, Measured)
        assert found.flags == ("few-images",)
        assert "4 of 4 classes have fewer" in found.note


@pytest.mark.parametrize(
    "allowed", [{"unreadable_share": 0.05}, {"unreadable_most": 1}], ids=lambda each: next(iter(each))
)
def test_one_unreadable_image_is_counted_and_left_out(
    own_world: "World", sees_shape: "LoadedModel", allowed: dict[str, Any]
) -> None:
    own_world = own_world.with_data_set(replace(own_world.benchmark.data_sets[Pass.CLEAN], **allowed))
    broken = sorted((own_world.root / "clean").iterdir())[3]
    broken.write_bytes(broken.read_bytes()[:40])
    run = own_world.run(sees_shape, dimensions=("accuracy", "calibration_error", "adversarial_robustness"))
    results = run.execute()["sees-shape"]
    accuracy = results["accuracy"]
    assert isinstance(accuracy, Measured)
    assert (accuracy.value, accuracy.sample_count) == (1, 63)
    assert list(run.unreadable("sees-shape").values()) == [1]
    assert value(results["adversarial_robustness"]) == 1


def test_too_many_unreadable_images_are_named_and_refused(own_world: "World", sees_shape: "LoadedModel") -> None:
    broken = sorted((own_world.root / "clean").iterdir())[3]
    broken.write_bytes(b"")
    results = own_world.run(sees_shape, dimensions=("accuracy",)).execute()["sees-shape"]
    accuracy = results["accuracy"]
    assert isinstance(accuracy, Absent)
    assert accuracy.reason is Missing.FAILED
    assert broken.name in accuracy.detail
    assert "1 of 64 images" in accuracy.detail
    assert "more than 1%: " in accuracy.detail
    assert "Get the data set again." in accuracy.detail


def test_too_many_unreadable_images_of_ones_own_are_to_be_mended(own_world: "World", sees_shape: "LoadedModel") -> None:
    own = replace(own_world.benchmark.data_sets[Pass.CLEAN], unreadable_most=1, own=True)
    for broken in sorted((own_world.root / "clean").iterdir())[3:5]:
        broken.write_bytes(b"")
    results = own_world.with_data_set(own).run(sees_shape, dimensions=("accuracy",)).execute()["sees-shape"]
    accuracy = results["accuracy"]
    assert isinstance(accuracy, Absent)
    assert "2 of 64 images" in accuracy.detail
    assert "more than 1% and more than 1: " in accuracy.detail
    assert "allow more with unreadable_most" in accuracy.detail


def test_how_images_were_read_stands_beside_the_values_that_rest_on_them(
    own_world: "World", sees_shape: "LoadedModel"
) -> None:
    """Once for each data set, however many passes read it, and also where the steps are from an earlier run."""
    first, second, third = sorted((own_world.root / "clean").iterdir())[:3]
    turned = Image.Exif()
    turned[0x0112] = 3
    for path in (first, second):
        Image.open(path).save(path, exif=turned)
    Image.fromarray(np.asarray(Image.open(third))[..., 0].astype(np.uint16) * 257).save(third)
    # As of ImageNet: photographs are read as they lie, and corruptions are made on the fly of the same images.
    clean = replace(own_world.benchmark.data_sets[Pass.CLEAN], exif=Exif.IGNORE)
    world = own_world.without(Pass.CORRUPTIONS).with_data_set(clean)
    wishes: dict[str, Any] = {"dimensions": ("accuracy", "corruption_robustness", "shape_bias")}
    told = "Images of clean: 2 EXIF-rotated (read as they lie), 1 of more than 8 bits (scaled to 8)."
    for _ in range(2):
        results = world.run(sees_shape, **wishes).execute()["sees-shape"]
        notes = {key: each.note for key, each in results.items() if isinstance(each, Measured)}
        assert notes == {"accuracy": told, "corruption_robustness": told, "shape_bias": ""}
    applied = world.with_data_set(replace(clean, exif=Exif.APPLY))
    accuracy = applied.run(sees_shape, dimensions=("accuracy",)).execute()["sees-shape"]["accuracy"]
    assert isinstance(accuracy, Measured)
    assert "2 EXIF-rotated (turned upright)" in accuracy.note


# Models that are not as they must be.


class Acting(nn.Module):
    """Does something to another net's outputs."""

    def __init__(self, inner: nn.Module, act: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.inner = inner
        self._act = act

    def forward(self, images: Tensor) -> Tensor:
        return self._act(self.inner(images))


def first_as_nan(outputs: Tensor) -> Tensor:
    return torch.cat([outputs[:1] * float("nan"), outputs[1:]])


@pytest.mark.parametrize(
    ("act", "fault", "message"),
    [
        (first_as_nan, OutputsRefused, "NaN or infinity"),
        (lambda outputs: outputs.softmax(dim=1), OutputsRefused, "they are probabilities"),
        (lambda outputs: outputs.sigmoid(), OutputsRefused, "they look like sigmoids"),
        (lambda outputs: outputs[:, :3], WrongClassCount, r"shape \(16, 3\) for 16 images.*has 4 classes"),
    ],
)
def test_outputs_that_break_the_contract_fail_the_model_and_no_other(
    world: "World",
    loaded: "Load",
    sees_shape: "LoadedModel",
    caplog: pytest.LogCaptureFixture,
    act: Callable[[Tensor], Tensor],
    fault: type[ModelFault],
    message: str,
) -> None:
    watcher = Recorder()
    run = world.run(loaded(Acting(sees_shape.net, act)), sees_shape, watcher=watcher, dimensions=LIGHT)
    with caplog.at_level(logging.WARNING):
        results = run.execute()
    assert isinstance(run.faults["net"], fault)
    assert watcher.faults.keys() == run.faults.keys() == {"net"}
    with pytest.raises(fault, match=message):
        raise run.faults["net"]
    failed = [each for each in results["net"].values() if isinstance(each, Absent)]
    assert {each.reason for each in failed} == {Missing.FAILED}
    assert len(failed) == len(LIGHT)
    assert all(isinstance(each, Measured) for each in results["sees-shape"].values())
    assert files(run.step_store("net").folder) == {}
    assert "net cannot be measured" in caplog.text


def test_log_probabilities_are_as_good_as_logits(world: "World", loaded: "Load", sees_shape: "LoadedModel") -> None:
    model = loaded(Acting(sees_shape.net, lambda outputs: outputs.log_softmax(dim=1)))
    run = world.run(model, sees_shape, dimensions=("calibration_error",))
    results = run.execute()
    assert value(results["net"]["calibration_error"]) == pytest.approx(
        value(results["sees-shape"]["calibration_error"]), abs=1e-6
    )


class Treacherous(nn.Module):
    """Goes into training mode by itself."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, images: Tensor) -> Tensor:
        self.train()
        outputs: Tensor = self.inner(images)
        return outputs


def test_a_model_that_leaves_eval_mode_is_refused(world: "World", loaded: "Load", sees_shape: "LoadedModel") -> None:
    run = world.run(loaded(Treacherous(sees_shape.net)), dimensions=("accuracy",))
    run.execute()
    assert isinstance(run.faults["net"], TrainingModeLeak)


class Greedy(nn.Module):
    """Has memory for so many images at once."""

    def __init__(self, inner: nn.Module, most: int, error: Exception) -> None:
        super().__init__()
        self.inner = inner
        self.most = most
        self.error = error
        self.seen: list[int] = []

    def forward(self, images: Tensor) -> Tensor:
        self.seen.append(len(images))
        if len(images) > self.most:
            raise self.error
        outputs: Tensor = self.inner(images)
        return outputs


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("can't allocate memory: 8 GB"),
        # As of a library that has an error class of its own.
        Exception("Failed to allocate memory for requested buffer of size 8"),
    ],
)
@pytest.mark.parametrize("dimensions", [("accuracy",), ("adversarial_robustness",)])
def test_out_of_memory_halves_the_batch_once(
    world: "World", loaded: "Load", sees_shape: "LoadedModel", error: Exception, dimensions: tuple[str, ...]
) -> None:
    greedy = Greedy(sees_shape.net, 8, error)
    results = world.run(loaded(greedy), dimensions=dimensions).execute()["net"]
    assert value(results[dimensions[0]]) == 1
    assert greedy.seen[0] == 16
    assert set(greedy.seen[1:]) == {8}


def test_out_of_memory_twice_is_told(world: "World", loaded: "Load", sees_shape: "LoadedModel") -> None:
    run = world.run(loaded(Greedy(sees_shape.net, 7, MemoryError())), dimensions=("accuracy",))
    run.execute()
    assert isinstance(run.faults["net"], OutOfMemory)
    assert "with a batch size of 8, after the batch was halved; use a smaller --batch-size" in str(run.faults["net"])


def test_another_error_of_the_model_is_not_taken_for_lack_of_memory(
    world: "World", loaded: "Load", sees_shape: "LoadedModel"
) -> None:
    run = world.run(loaded(Greedy(sees_shape.net, 7, RuntimeError("shapes do not fit"))), dimensions=("accuracy",))
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        run.execute()


def test_calibration_agrees_with_torchmetrics(world: "World", loaded: "Load") -> None:
    from torchmetrics.functional.classification import multiclass_calibration_error

    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 4))
    results = world.run(loaded(net), dimensions=("calibration_error",)).execute()["net"]
    images = world.benchmark.data_sets[Pass.CLEAN].read(world.root, "")
    pixels = np.stack([np.asarray(Image.open(path)) for path in images.paths])
    logits = net(torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255)
    expected = multiclass_calibration_error(
        logits, torch.from_numpy(images.labels), num_classes=4, n_bins=15, norm="l1"
    )
    calibration = results["calibration_error"]
    assert isinstance(calibration, Measured)
    assert calibration.parts["ece"] == pytest.approx(expected.item(), abs=1e-6)


def test_half_precision_stays_near(world: "World", loaded: "Load", sees_shape: "LoadedModel", tmp_path: Path) -> None:
    exact = world.run(sees_shape).execute()["sees-shape"]
    near = world.run(sees_shape, precision="bf16").execute()["sees-shape"]
    for key in VALUED:
        assert value(near[key]) == pytest.approx(value(exact[key]), abs=0.02), key


def test_a_model_that_cannot_be_attacked_is_measured_on_the_rest_beside_one_that_can(
    world: "World", loaded: "Load", sees_shape: "LoadedModel"
) -> None:
    lack = NoAttacks(reason=Missing.NO_GRADIENTS, detail="It is a graph.")
    graph = replace(loaded(Templates(0), name="graph"), no_attacks=lack)
    counted = Counter(graph)
    watcher = Recorder()
    run = world.run(sees_shape, graph, watcher=watcher)
    found = run.execute()
    attacked = found["graph"]["adversarial_robustness"]
    assert isinstance(attacked, Absent)
    assert (attacked.reason, attacked.detail) == (Missing.NO_GRADIENTS, "It is a graph.")
    lacking = run.evidence("graph").missing
    assert lacking.keys() - run.evidence(sees_shape.name).missing.keys() == {"adversarial_robustness"}
    assert lacking["adversarial_robustness"] is Missing.NO_GRADIENTS
    assert run.evidence("graph").right.keys() == run.evidence(sees_shape.name).right.keys() - {"fgsm", "pgd"}
    for key in VALUED:
        if key != "adversarial_robustness":
            assert value(found["graph"][key]) == value(found[sees_shape.name][key])
    # Clean, five renditions and two backgrounds, four corruptions, conflicting cues.
    assert counted.images == (8 + 4) * 64 + 32
    assert watcher.reports[-1].share == 1


def test_where_only_attacks_were_asked_for_the_reason_stands_alone(world: "World", loaded: "Load") -> None:
    lack = NoAttacks(reason=Missing.NO_GRADIENTS, detail="It is a graph.")
    graph = replace(loaded(Templates(0), name="graph"), no_attacks=lack)
    counted = Counter(graph)
    found = world.run(graph, dimensions=("adversarial_robustness",)).execute()
    assert isinstance(found["graph"]["adversarial_robustness"], Absent)
    assert counted.images == 64


def test_a_package_is_measured_beside_the_others(
    world: "World", sees_shape: "LoadedModel", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    install(tmp_path / "site", "measures_in_a_run", DOUBT)
    with dimensions_in_force(DimensionSet(own=(doubt_of("measures_in_a_run"),))):
        run = world.run(sees_shape, dimensions=("accuracy", "doubt"), package_versions={"doubt": "1.5"})
        found = run.execute()[sees_shape.name]
        evidence = run.evidence(sees_shape.name)
    doubt = found["doubt"]
    assert isinstance(doubt, Measured)
    assert (list(found), doubt.sample_count, doubt.standard_error) == (["accuracy", "doubt"], 64, None)
    assert 0 < doubt.value < 1
    assert evidence.replicates["doubt"].mean() == pytest.approx(doubt.value, abs=0.05)
    assert evidence.standard_errors["doubt"] is None


def test_what_is_wrong_with_a_package_costs_its_dimension_alone(
    world: "World", sees_shape: "LoadedModel", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    install(tmp_path / "site", "raises_in_a_run", doubt_with("raise RuntimeError('no licence')"))
    with dimensions_in_force(DimensionSet(own=(doubt_of("raises_in_a_run"),))):
        run = world.run(sees_shape, dimensions=("accuracy", "doubt"), package_versions={"doubt": "1.5"})
        found = run.execute()[sees_shape.name]
    assert value(found["accuracy"]) == 1
    assert found["doubt"] == Absent(
        reason=Missing.FAILED, detail="The package raises_in_a_run 1.5 raised RuntimeError: no licence."
    )
    assert run.faults == {}


def test_a_package_that_is_not_here_costs_no_pass(world: "World", sees_shape: "LoadedModel") -> None:
    counted = Counter(sees_shape)
    with dimensions_in_force(DimensionSet(own=(doubt_of("not_here"),))):
        found = world.run(sees_shape, dimensions=("doubt", "parameters_millions")).execute()[sees_shape.name]
    assert counted.images == 0
    doubt = found["doubt"]
    assert isinstance(doubt, Absent)
    assert doubt.reason is Missing.NOT_MEASURED
    assert "pip install not_here" in doubt.detail
    assert isinstance(found["parameters_millions"], Measured)


def test_a_package_says_why_the_pass_that_it_needs_was_not_run(
    world: "World", sees_shape: "LoadedModel", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    install(tmp_path / "site", "lacks_its_pass", DOUBT)
    without = world.without(Pass.CLEAN)
    with dimensions_in_force(DimensionSet(own=(doubt_of("lacks_its_pass"),))):
        run = without.run(sees_shape, dimensions=("doubt", "shape_bias"), package_versions={"doubt": "1.5"})
        found = run.execute()[sees_shape.name]
    doubt = found["doubt"]
    assert isinstance(doubt, Absent)
    assert doubt.reason is Missing.NOT_APPLICABLE
    assert isinstance(found["shape_bias"], Measured)
