"""`measure()`: the digits of the command, a module that comes back as it was, and every bad input's sentence."""

import asyncio
import contextvars
import json
import multiprocessing
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torchvision import transforms
from typer.testing import CliRunner

import evaluation.benchmark
import wellbehaved
from evaluation.engine.images import balanced_subset
from evaluation.errors import ClassOrderDoubtful, ModelFault, ModelRefused, OutputsRefused
from evaluation.models import loading
from evaluation.models.own_transform import NO_ATTACK_SPACE
from evaluation.toy_references import measuring as references
from evaluation.toy_references.nets import NETS
from evaluation.toy_references.recipes import RECIPES
from evaluation.toy_references.training import DEVIATION, MEAN
from quba.dimensions import DIMENSIONS, MEASURES
from quba.errors import Refusal
from tests.dimension_package import DOUBT, install
from tests.evaluation.conftest import CLASSES, SIDE, Templates, World, world, written
from tests.evaluation.models.programs import exported, graph, scripted, small_net
from tests.evaluation.own_data.conftest import COUNTS, Folder, empty, flowers
from wellbehaved import Profile, measure
from wellbehaved.cli import app

__all__ = ["empty", "flowers", "world", "written"]
LINEAR = RECIPES[0]
ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = Path(__file__).parents[1] / "evaluation" / "toy_references" / "toy-linear.safetensors"
PIXELS = transforms.ToTensor()
TOY = transforms.Compose([transforms.ToTensor(), transforms.Normalize([MEAN] * 3, [DEVIATION] * 3)])


def quiet(*args: Any, **said: Any) -> Profile:  # noqa: ANN401 - the arguments of measure
    return measure(*args, **{"progress": False, "batch_size": 16} | said)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def signals(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The benchmark of signals, found by its key and in the data folder."""
    monkeypatch.setattr(evaluation.benchmark, "BENCHMARKS", {"signals": world.benchmark})
    return world


@pytest.fixture
def sees(signals: World) -> Callable[..., Profile]:
    """Measure what sees the shape, or another net, with every picture as it is."""

    def call(net: Any = None, **said: Any) -> Profile:  # noqa: ANN401
        made: dict[str, Any] = {"data": signals.root} | ({"transform": as_stored} if net is None else {}) | said
        return quiet(Templates(0) if net is None else net, "signals", **made)

    return call


def as_stored(picture: Any) -> Tensor:  # noqa: ANN401 - a picture of PIL
    """Opaque, and cut to one size, so that pictures of any size fit."""
    found: Tensor = PIXELS(picture.crop((0, 0, SIDE, SIDE)))
    return found


CROP = transforms.Compose([transforms.CenterCrop(SIDE), transforms.ToTensor()])


# ---- the digits of the command -------------------------------------------------------------------------------------


def linear() -> nn.Module:
    net = NETS[LINEAR.net]()
    net.load_state_dict(load_file(WEIGHTS))
    return net


def test_a_toy_reference_has_the_digits_that_the_command_gives(
    toy_root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = references.reference_model(LINEAR, linear())
    monkeypatch.setattr(loading, "load", lambda *_, **__: model)
    words = ["evaluate", LINEAR.key, "--benchmark", "toy-shapes", "--data", str(toy_root), "--json"]
    quick = ["--samples-per-class", "1", "--protocol", "as-published", "--workers", "0", "--device", "cpu"]
    done = CliRunner().invoke(app, [*words, *quick])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["models"][0]["results"]
    crop = transforms.Compose([transforms.CenterCrop(64), *TOY.transforms])
    profile = quiet(
        linear(), "toy-shapes", transform=crop, data=toy_root, samples_per_class=1, protocol="as-published",
        # The attacks' random starts are drawn by the name.
        name=LINEAR.key,
    )  # fmt: skip
    assert set(profile.dimensions) == set(told) == set(MEASURES)
    for key, each in told.items():
        value = profile[key]
        # AlexNet's errors are known on the files of ImageNet-C alone.
        assert (each["value"] is None) == (key == "relative_corruption_error"), key
        assert (value.value, value.standard_error, value.sample_count) == (
            each["value"], each["standard_error"], each["sample_count"],
        ), key  # fmt: skip
        assert value.parts == each["parts"], key
        assert list(value.flags) == each["flags"], key
        assert value.detail == (each["detail"] or ""), key
    # Through a file, and against itself.
    again = Profile.load(profile.save(tmp_path / "linear.json"))
    assert repr(again) == repr(profile)
    found = profile.compare(again)
    assert {each.dimension for each in found.items if each.difference is None} == {"relative_corruption_error"}
    assert {each.difference or 0 for each in found.items} == {0}
    assert all(each.now_wrong.size == each.now_right.size == 0 for each in found.flips.values())


@pytest.mark.parametrize("ending", ["onnx", "pt", "pt2"])
def test_a_program_has_the_digits_that_the_command_gives(signals: World, tmp_path: Path, ending: str) -> None:
    net = small_net()
    write: dict[str, Callable[..., Path]] = {"onnx": graph, "pt": scripted, "pt2": exported}
    path = write[ending](net, tmp_path / f"mine.{ending}")
    words = ["evaluate", str(path), "--benchmark", "signals", "--data", str(signals.root), "--workers", "0"]
    said = ["--input-size", "12", "--mean", "0.5", "--std", "0.25", "--device", "cpu", "--json"]
    done = CliRunner().invoke(app, [*words, *said])
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.stdout)["models"]
    inputs = {"input_size": 12, "mean": 0.5, "std": 0.25, "device": "cpu", "data": signals.root}
    profile = quiet(str(path), "signals", **inputs)
    assert {key: profile[key].value for key in MEASURES} == {
        key: each["value"] for key, each in told["results"].items()
    }
    attacked = profile["adversarial_robustness"]
    assert (attacked.missing, told["results"]["adversarial_robustness"]["missing"]) == (
        ("no_gradients", "no_gradients") if ending == "onnx" else (None, None)
    )
    assert ("onnxruntime" in profile.setting.versions) == (ending == "onnx")
    assert profile.name == told["name"] == str(path)
    assert (
        ("Parameters are counted" in done.stderr)
        == ("Parameters are counted" in repr(profile.notes))
        == (ending == "onnx")
    )
    # The module that it was made of saw the same images and decided alike.
    module = quiet(net, "signals", **inputs, name="module")
    same = [key for key in MEASURES if profile[key].value is not None]
    assert {key: module[key].value for key in same} == pytest.approx(
        {key: profile[key].value for key in same}, abs=1e-6
    )
    assert not any(flips.now_wrong.size or flips.now_right.size for flips in module.compare(profile).flips.values())


def test_what_belongs_to_a_checkpoint_is_refused_of_a_program(signals: World, tmp_path: Path) -> None:
    path = graph(small_net(), tmp_path / "mine.onnx")
    with pytest.raises(
        ModelRefused, match="architecture belongs to a checkpoint, and the model is a program, which holds"
    ):
        quiet(path, "signals", data=signals.root, architecture="resnet18")


def test_transforms_of_somebody_are_not_taken_for_each_other(signals: World, tmp_path: Path) -> None:
    path = scripted(small_net(), tmp_path / "mine.pt")

    def measured(gain: float) -> Profile:
        # Both have the same name, and often the same address.
        return quiet(path, "signals", data=signals.root, transform=lambda picture: gain * as_stored(picture), name="x",
                     device="cpu", dimensions="calibration_error")  # fmt: skip

    assert measured(1)["calibration_error"].value != measured(8)["calibration_error"].value


def test_a_checkpoint_has_the_digits_that_the_command_gives(signals: World, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = timm.create_model("test_resnet", num_classes=CLASSES)
    path = tmp_path / "mine.safetensors"
    save_file(dict(net.state_dict()), path, metadata={"input_size": "[3, 32, 32]", "crop_pct": "1.0"})
    words = ["evaluate", "test_resnet", "--weights", str(path), "--benchmark", "signals", "--data", str(signals.root)]
    done = CliRunner().invoke(app, [*words, "--workers", "0", "--device", "cpu", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["models"][0]["results"]
    profile = quiet(str(path), "signals", architecture="test_resnet", device="cpu", data=signals.root)
    assert {key: profile[key].value for key in profile.dimensions} == {key: each["value"] for key, each in told.items()}
    assert profile.name == "test_resnet@mine"


def test_a_timm_module_needs_no_transform(sees: Callable[..., Profile]) -> None:
    torch.manual_seed(0)
    net = timm.create_model("test_resnet", num_classes=CLASSES)
    profile = sees(net, input_size=32, dimensions="accuracy", samples_per_class=2)
    assert profile["accuracy"].sample_count == 2 * CLASSES
    assert profile.identity["backbone"] == type(net).__name__


# ---- a module comes back as it was ---------------------------------------------------------------------------------


class Busy(Templates):
    """With statistics, a frozen part, a gradient and a hook, and in training mode."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__(0)
        self.norm = nn.BatchNorm2d(3).requires_grad_(False)
        self.fails, self.calls = fails, 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        if self.fails and self.calls > 4:
            raise RuntimeError("lost")
        return super().forward(images + 0 * self.norm(images))


def state(net: nn.Module) -> list[Any]:
    return [
        [part.training for part in net.modules()],
        [(each.requires_grad, None if each.grad is None else each.grad.tolist()) for each in net.parameters()],
        {name: each.tolist() for name, each in net.state_dict().items()},
        torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate(), torch.is_grad_enabled(),
        torch.get_num_threads(),
    ]  # fmt: skip


@pytest.mark.parametrize("fails", [False, True])
def test_a_module_in_training_comes_back_as_it_was(sees: Callable[..., Profile], fails: bool) -> None:
    net = Busy(fails).train()
    net(torch.rand(4, 3, SIDE, SIDE)).sum().backward()
    net.calls, before = 0, state(net)
    if fails:
        with pytest.raises(RuntimeError, match="lost"):
            sees(net, transform=CROP)
    else:
        assert sees(net, transform=CROP).notes[0].startswith("The model was in training mode; it was measured in eval")
    assert state(net) == before


def test_it_works_without_gradients_around_it_and_under_a_running_event_loop(sees: Callable[..., Profile]) -> None:
    net = Templates(0)

    async def cell() -> Profile:
        return sees(net, transform=CROP, dimensions="adversarial_robustness")

    with torch.inference_mode():
        inside = asyncio.run(cell())
    assert inside["adversarial_robustness"].value is not None
    assert repr(inside) == repr(asyncio.run(cell()))


def test_nothing_is_left_and_nothing_printed(
    sees: Callable[..., Profile], data_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sees(transform=CROP, dimensions="accuracy")
    assert not data_dir.exists()
    assert capfd.readouterr() == ("", "")


# ---- what is measured ----------------------------------------------------------------------------------------------


def test_a_profile_has_values_report_evidence_and_setting(sees: Callable[..., Profile]) -> None:
    profile = sees(transform=CROP, name="shape")
    assert profile.dimensions == tuple(MEASURES)
    assert (profile["accuracy"].value, profile["shape_bias"].value) == (1, 1)
    assert profile.class_report is not None
    assert len(profile.class_report["classes"]) == CLASSES
    assert profile.evidence.right["clean"].all()
    assert profile.conditions.benchmark == "signals"
    assert profile.setting.versions["torch"] == torch.__version__.partition("+")[0] or profile.setting.versions["torch"]
    assert profile.name == profile.identity["name"] == "shape"


def test_an_opaque_transform_leaves_the_adversarial_dimension_out_and_says_why(sees: Callable[..., Profile]) -> None:
    profile = sees()
    attacked = profile["adversarial_robustness"]
    assert (attacked.value, attacked.missing, attacked.detail) == (None, "not_applicable", NO_ATTACK_SPACE)
    assert profile.evidence.missing["adversarial_robustness"] == "not_applicable"
    assert profile["accuracy"].value == 1
    attack = "adversarial_robustness"
    said = sees(transform=as_stored, mean=0, std=1, dimensions=attack)
    whole = sees(transform=CROP, name=said.name, dimensions=attack)
    assert said["adversarial_robustness"].value == whole["adversarial_robustness"].value is not None
    with pytest.raises(ModelRefused, match="Pass mean and std"):
        sees(dimensions="adversarial_robustness")


def test_some_dimensions_on_a_subset(sees: Callable[..., Profile]) -> None:
    for asked in ("shape_bias, accuracy", ["shape_bias", "accuracy"]):
        profile = sees(dimensions=asked, samples_per_class=2, seed=3)
        assert profile.dimensions == ("accuracy", "shape_bias")
        assert profile["accuracy"].sample_count == 2 * CLASSES
        assert (profile.conditions.samples_per_class, profile.conditions.seed) == (2, 3)


def test_a_folder_is_measured_with_the_names_of_its_outputs(flowers: Folder) -> None:
    class Dark(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return 20 * images.mean(dim=(2, 3))

    names = list(COUNTS)[::-1]
    profile = quiet(
        Dark(), flowers.path, classes=names, dimensions="accuracy",
        transform=transforms.Compose([transforms.CenterCrop(8), transforms.ToTensor()]),
    )  # fmt: skip
    assert profile.conditions.digest is not None
    assert profile.class_report is not None
    assert [each["name"] for each in profile.class_report["classes"]] == list(COUNTS)
    with pytest.raises(Refusal, match="wellbehaved benchmark add"):
        profile.store()


def test_shuffled_outputs_are_said_with_the_argument_that_settles_them(empty: Folder) -> None:
    class Seer(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return 20 * images.mean(dim=(2, 3))[:, [1, 2, 0]]

    for label, name in enumerate(COUNTS):
        for number in range(40):
            empty.draw(f"val/{name}/{number}.png", label, number)
    crop = transforms.Compose([transforms.CenterCrop(8), transforms.ToTensor()])
    with pytest.raises(ClassOrderDoubtful, match="say so with classes=, the names of the outputs"):
        quiet(Seer(), empty.path, transform=crop, dimensions="accuracy")
    names = [list(COUNTS)[place] for place in (1, 2, 0)]
    profile = quiet(Seer(), empty.path, transform=crop, dimensions="accuracy", classes=names)
    assert profile["accuracy"].value == 1


# ---- two models ----------------------------------------------------------------------------------------------------


def test_the_images_that_flipped_are_found_on_disk(sees: Callable[..., Profile], signals: World) -> None:
    quick = {"transform": CROP, "samples_per_class": 8, "dimensions": "accuracy,corruption_robustness,object_focus"}
    before = sees(**quick)
    # Never the first class again.
    blind = Answering(lambda logits: logits - 1e3 * (torch.arange(CLASSES) == 0))
    found = before.compare(sees(blind, **quick))
    assert found.flips["clean"].now_wrong.size == 8
    assert dict(found.flips["clean"].wrong_by_class) == {0: 8}
    for name in ("clean", "mixed_rand", "corruptions:fog/1"):
        files = found.paths(name, data=signals.root).now_wrong
        assert len(files) == found.flips[name].now_wrong.size
        # The label is in the name.
        assert {file.stem.split("_")[1] for file in files} == {"0"}
        assert all(file.is_file() for file in files)
    flipped = found.paths(data=signals.root)
    assert flipped.now_right == ()
    clean = sorted((signals.root / "clean").glob("*.png"))
    chosen = balanced_subset(np.array([int(each.stem.split("_")[1]) for each in clean]), 8, seed=0)
    assert list(flipped.now_wrong) == [clean[place] for place in chosen if clean[place].stem.split("_")[1] == "0"]


def test_files_that_are_not_here_are_not_guessed(
    sees: Callable[..., Profile], signals: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = sees(transform=CROP, dimensions="accuracy")
    spoilt = ~profile.evidence.right["clean"]
    other = replace(profile, evidence=replace(profile.evidence, right={"clean": spoilt}))
    found = profile.compare(other)
    with pytest.raises(Refusal, match=r"clean is not there; make it\. Look at the flips by their positions"):
        found.paths(data=tmp_path / "nowhere")
    edited = replace(signals.benchmark, digest="sha256:2")
    monkeypatch.setattr(evaluation.benchmark, "BENCHMARKS", {"signals": edited})
    with pytest.raises(Refusal, match="another version than the one that was measured on"):
        found.paths(data=signals.root)


def test_fewer_files_than_were_measured_are_noticed(sees: Callable[..., Profile], signals: World) -> None:
    profile = sees(transform=CROP, dimensions="accuracy")
    longer = np.append(profile.evidence.right["clean"], [True] * 5)
    kept = [replace(profile.evidence, right={"clean": each}, labels=None) for each in (longer, ~longer)]
    found = replace(profile, evidence=kept[0]).compare(replace(profile, evidence=kept[1]))
    with pytest.raises(Refusal, match="clean has 64 images now"):
        found.paths(data=signals.root)


# ---- bad input -----------------------------------------------------------------------------------------------------


class Answering(Templates):
    """Sees the shape, and answers with something made of it."""

    def __init__(self, answer: Callable[[Tensor], Any]) -> None:
        super().__init__(0)
        self.answer = answer

    def forward(self, images: Tensor) -> Any:  # noqa: ANN401
        return self.answer(super().forward(images))


@pytest.mark.parametrize(
    ("answer", "fault", "message"),
    [
        (lambda logits: logits.softmax(dim=1), OutputsRefused, "they are probabilities, softmax is in the model"),
        (lambda logits: (logits, logits), OutputsRefused, "returns tuple and not a tensor"),
        (lambda logits: {"logits": logits}, OutputsRefused, "returns dict and not a tensor"),
        (lambda logits: logits / 0, OutputsRefused, r"hold NaN or infinity.*precision='fp32'"),
        (lambda logits: logits[:, :3], ModelFault, "has 3 outputs and the benchmark 4 classes"),
        (lambda logits: logits + torch.rand_like(logits), OutputsRefused, "other outputs for the same images"),
    ],
)
def test_outputs_that_cannot_be_measured(
    sees: Callable[..., Profile], answer: Callable[[Tensor], Any], fault: type[ModelFault], message: str
) -> None:
    with pytest.raises(fault, match=message):
        sees(Answering(answer), transform=CROP)


def test_a_forward_method_that_stops_gradients_is_not_taken_for_a_robust_model(sees: Callable[..., Profile]) -> None:
    profile = sees(Answering(torch.Tensor.detach), transform=CROP, dimensions="accuracy,adversarial_robustness")
    assert profile["adversarial_robustness"].missing == "no_gradients"
    assert "No gradient flows" in profile["adversarial_robustness"].detail


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"device": "cuda"}, r"is on cpu and device is 'cuda'; move it"),
        ({"transform": lambda picture: picture}, r"returns PIL\.Image\.Image, and a tensor"),
        ({"transform": lambda picture: CROP(picture)[None]}, r"without a batch in front"),
        ({"transform": None}, r"Pass transform="),
        ({"architecture": "resnet18"}, r"architecture belongs to a name or a path, and the model is a module"),
        ({"classes": ["a", "b", "c", "d"]}, r"classes have no names"),
    ],
)
def test_what_is_said_of_a_module_and_cannot_be(
    sees: Callable[..., Profile], said: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelRefused, match=message):
        sees(Templates(0), **{"transform": CROP} | said)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"samples_per_class": 0}, "^samples per class is 0; use 1 or more"),
        ({"protocol": "mine"}, r"^protocol is 'mine'\. Use one of: as-published, corrected"),
        ({"precision": "fp8"}, r"^precision is 'fp8'\. Use one of: fp32, tf32, bf16"),
        ({"dimensions": ["charm"]}, r"^dimensions is 'charm'\. Use one of: accuracy"),
        ({"seed": -1}, "^seed is -1; use 0 or more"),
        ({"batch_size": 0}, "^batch size is 0; use 1 or more"),
    ],
)
def test_options_that_cannot_be_met(sees: Callable[..., Profile], said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sees(Templates(0), **{"transform": CROP} | said)


def test_a_benchmark_that_is_not_there(signals: World) -> None:
    with pytest.raises(Refusal, match=r"^benchmark is 'flowerz'\. Use one of: signals; or add your own with `wellb"):
        quiet(Templates(0), "flowerz", transform=CROP)
    with pytest.raises(Refusal, match=r"no/such/folder is not a folder that is there"):
        quiet(Templates(0), "~/no/such/folder", transform=CROP)


def test_data_that_is_not_there_is_a_reason_and_no_value(sees: Callable[..., Profile], tmp_path: Path) -> None:
    profile = sees(transform=CROP, data=tmp_path / "none")
    assert (profile["accuracy"].missing, profile.class_report) == ("data_set_missing", None)
    assert profile["parameters_millions"].value == 0
    assert profile.evidence.missing["accuracy"] == "data_set_missing"


@pytest.mark.parametrize(
    ("model", "said", "message"),
    [
        (3, {}, r"model is int; pass a torch\.nn\.Module, a name of timm, or the path"),
        ("no_such_net", {}, r"is not a model of timm"),
        ("resnet50.a1_in1k", {}, r"decides among 1000 classes .* pass the path of weights trained on its classes, or"),
        ("test_resnet", {"transform": PIXELS}, r"transform belongs to a module or a program, and the model is a name"),
        ("mine.pt", {}, r"mine\.pt is a checkpoint; pass architecture="),
        (Path("other.pt"), {}, r"other\.pt is a checkpoint; pass architecture="),
        (
            "other.pt",
            {"architecture": "test_resnet"},
            r"other\.pt is no file; pass the path of a checkpoint",
        ),
        ("mine.pt", {"architecture": "test_resnet"}, r"Accepted are \.safetensors"),
    ],
)
def test_a_name_or_a_path_that_leads_to_no_model(
    sees: Callable[..., Profile],
    model: Any,  # noqa: ANN401
    said: dict[str, Any],
    message: str,
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.pt").write_text("no weights")
    with pytest.raises(ModelFault, match=message):
        sees(model, device="cpu", **said)


def test_a_device_that_is_not_there(sees: Callable[..., Profile]) -> None:
    with pytest.raises(Refusal, match=r"^device is 'nowhere': .*\. Use 'cpu', or leave it out\."):
        sees("test_resnet", device="nowhere")


def test_without_the_evaluations_libraries_the_next_step_is_said(
    sees: Callable[..., Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import util

    monkeypatch.setattr(util, "find_spec", lambda _: None)
    with pytest.raises(Refusal, match=r"torch, timm, torchvision, safetensors is not installed\. Run `.* pip install"):
        sees()


@pytest.mark.parametrize(("transform", "workers"), [(lambda x: x, 0), (CROP, None)])
def test_a_transform_that_no_process_can_be_sent_is_run_in_this_one(
    monkeypatch: pytest.MonkeyPatch,
    transform: Any,  # noqa: ANN401
    workers: int | None,
) -> None:
    from wellbehaved import measuring

    job: Any = type("Job", (), {"said": {"transform": transform}})
    assert measuring._reading_processes(job) is None
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda: "spawn")
    assert measuring._reading_processes(job) == workers


def test_a_function_of_a_notebook_is_run_in_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    from wellbehaved import measuring

    def cell(picture: Any) -> Any:  # noqa: ANN401
        return picture

    cell.__module__, cell.__qualname__ = "__main__", "cell"
    monkeypatch.setattr(sys.modules["__main__"], "cell", cell, raising=False)
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda: "forkserver")
    job: Any = type("Job", (), {"said": {"transform": cell}})
    assert measuring._reading_processes(job) == 0


def test_the_sets_of_weights_in_a_file_are_said(signals: World, tmp_path: Path) -> None:
    weights = timm.create_model("test_resnet", num_classes=CLASSES).state_dict()
    torch.save({"state_dict": weights, "state_dict_ema": weights}, tmp_path / "two.pt")
    profile = quiet(
        tmp_path / "two.pt", "signals", architecture="test_resnet", weights_key="state_dict", device="cpu",
        dimensions="parameters_millions", data=signals.root,
    )  # fmt: skip
    assert profile.notes == (
        "Of the sets of weights in the file, 'state_dict' was measured; others are state_dict_ema.",
    )


def test_the_public_face_has_it() -> None:
    assert wellbehaved.measure is measure
    assert wellbehaved.Profile is Profile
    with pytest.raises(AttributeError, match="has no attribute 'measures'; it has ApiError"):
        _ = wellbehaved.measures


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import wellbehaved", ("torch", "timm", "pandas", "numpy", "scipy", "httpx", "sqlalchemy", "rich", "typer")),
        ("from wellbehaved import Profile", ("torch", "timm", "pandas", "httpx", "sqlalchemy")),
        ("from wellbehaved import measure", ("torch", "timm", "pandas", "sqlalchemy")),
    ],
)
def test_nobody_waits_for_what_is_not_used(statement: str, heavy: tuple[str, ...]) -> None:
    code = f"{statement}; import sys; print(*sys.modules.keys() & set({heavy!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_a_package_is_measured_in_a_notebook_saved_read_and_compared(
    sees: Callable[..., Profile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    information = install(tmp_path / "site", "measures_in_a_notebook", DOUBT)

    def work() -> None:
        profile = sees(dimensions="accuracy,doubt")
        doubt = profile["doubt"]
        assert doubt.value is not None
        assert (doubt.standard_error, doubt.missing, doubt.about.label) == (None, None, "Doubt")
        assert profile.setting.versions["measures_in_a_notebook"] == "1.5"
        assert "Doubt" in repr(profile)
        profile.save(tmp_path / "mine.json")
        other = sees(Templates(0, sharpness=2.0), transform=as_stored, dimensions="accuracy,doubt")
        difference = profile.compare(other)["doubt"]
        assert difference.difference is not None
        assert difference.difference == pytest.approx((other["doubt"].value or 0) - doubt.value)
        assert difference.paired

    def read() -> None:
        assert "doubt" not in DIMENSIONS
        assert Profile.load(tmp_path / "mine.json")["doubt"].about.label == "Doubt"

    contextvars.copy_context().run(work)
    contextvars.copy_context().run(read)
    (information / "entry_points.txt").unlink()
    with pytest.raises(Refusal, match="there is no dimension 'doubt'; if a package measured it, install that one here"):
        Profile.load(tmp_path / "mine.json")
