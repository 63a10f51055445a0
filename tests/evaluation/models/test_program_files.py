"""Programs from files: the values of the module in every format, what is said of inputs, and everything refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import pytest
import torch
from torch import Tensor, nn
from torchvision import transforms

from evaluation.benchmark import BENCHMARKS
from evaluation.checkpoints.refusal import CheckpointRefused
from evaluation.datasets.class_maps import WNIDS
from evaluation.engine.means import Means
from evaluation.engine.run import Absent, Run
from evaluation.engine.stages import Precision, Protocol, Request
from evaluation.errors import ModelRefused, OutputsRefused, WrongClassCount
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.modules import Holding, hold
from evaluation.models.onnx_program import beside_it
from evaluation.models.program_files import load_program, named_program
from evaluation.toy_references.nets import NETS
from evaluation.toy_references.recipes import RECIPES
from evaluation.toy_references.training import DEVIATION, MEAN
from quba.dimension import Missing
from quba.dimensions import MEASURES, STUDY_DIMENSIONS
from quba.measuring.observations import Measured
from tests.evaluation.models.programs import CLASSES, SIDE, exported, graph, images, scripted, small_net

if TYPE_CHECKING:
    from tests.evaluation.conftest import World

SAID = Holding(input_size=SIDE, mean=0.5, deviation=0.25)
FORMATS: dict[str, Callable[..., Path]] = {"onnx": graph, "pt": scripted, "pt2": exported}
WEIGHTS = Path(__file__).parents[1] / "toy_references" / "toy-linear.safetensors"
# Sums are made in another order; what a value rests on beside decisions are probabilities, of which it takes means.
SAME = 1e-6


def loaded(
    path: Path, holding: Holding = SAID, classes: tuple[str, ...] = (), class_count: int = CLASSES
) -> LoadedModel:
    return load_program(path, holding, class_count=class_count, classes=classes)


# ---- equal values --------------------------------------------------------------------------------------------------


def written_in_all_formats(net: nn.Module, folder: Path, example: Tensor) -> dict[str, Path]:
    return {
        "ONNX": graph(net, folder / "a.onnx", example=example),
        "ONNX, two images at a time": graph(net, folder / "fixed.onnx", example=example, fixed=True),
        "TorchScript": scripted(net, folder / "a.pt"),
        "frozen TorchScript": scripted(net, folder / "frozen.pt", frozen=True),
        "torch.export": exported(net, folder / "a.pt2", example=example),
        "torch.export, two images at a time": exported(net, folder / "fixed.pt2", example=example, fixed=True),
    }


def require_equal(run: Run, module: str, programs: dict[str, LoadedModel]) -> None:
    """Every dimension of every format is that of the module, with its error; attacks where there are gradients."""
    assert not run.faults
    expected = run.results[module]
    for name in programs:
        for key in MEASURES:
            found, wanted = run.results[name][key], expected[key]
            if isinstance(wanted, Absent) and key not in STUDY_DIMENSIONS:
                # What no model has a value of here, whatever its format.
                assert found == wanted
                continue
            if key == "adversarial_robustness" and "ONNX" in name:
                assert isinstance(found, Absent)
                assert found.reason is Missing.NO_GRADIENTS
                assert "onnxruntime computes no gradients" in found.detail
                continue
            assert isinstance(found, Measured), (name, key, found)
            assert isinstance(wanted, Measured), key
            assert found.value == pytest.approx(wanted.value, abs=SAME), (name, key)
            assert found.standard_error == pytest.approx(wanted.standard_error, abs=SAME), (name, key)


def trained(world: "World") -> nn.Module:
    """The small network, brought to see a little of the benchmark of signals."""
    net = small_net().train()
    paths = sorted((world.root / "clean").glob("*.png"))
    from PIL import Image

    pixels = torch.stack([transforms.ToTensor()(Image.open(path)) for path in paths])
    labels = torch.tensor([int(path.stem.split("_")[1]) for path in paths])
    steps = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(12):
        steps.zero_grad()
        nn.functional.cross_entropy(net((pixels - 0.5) / 0.25), labels).backward()  # type: ignore[no-untyped-call]
        steps.step()
    return net.eval()


def test_a_small_network_has_equal_values_in_every_format(world: "World", tmp_path: Path) -> None:
    net = trained(world)
    files = written_in_all_formats(net, tmp_path, images())
    programs = {name: replace(loaded(path), name=name) for name, path in files.items()}
    counted = sum(each.numel() for each in net.parameters())
    assert {each.parameter_count for each in programs.values()} == {counted}
    module = hold(net, replace(SAID, name="module"), class_count=CLASSES, classes=()).model
    run = world.run(module, *programs.values(), protocol=Protocol.CORRECTED)
    run.execute()
    require_equal(run, "module", programs)
    # Values that could be otherwise: neither everything right nor everything wrong.
    accuracy, attacked = (run.results["module"][key] for key in ("accuracy", "adversarial_robustness"))
    assert isinstance(accuracy, Measured)
    assert isinstance(attacked, Measured)
    assert 0.3 < accuracy.value <= 1
    assert attacked.value < 1


def test_a_toy_reference_has_equal_values_in_every_format(toy_root: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    net = NETS[RECIPES[0].net]()
    net.load_state_dict(load_file(WEIGHTS))
    files = written_in_all_formats(net.eval(), tmp_path, torch.rand(2, 3, 64, 64))
    said = Holding(input_size=64, mean=MEAN, deviation=DEVIATION)
    programs = {name: replace(loaded(path, said, class_count=16), name=name) for name, path in files.items()}
    module = hold(net, replace(said, name="module"), class_count=16, classes=()).model
    # As published: one image of each class is enough for a value then.
    request = Request(benchmark=BENCHMARKS["toy-shapes"], protocol=Protocol.AS_PUBLISHED, samples_per_class=1)
    run = Run(
        [module, *programs.values()],
        request,
        root=toy_root,
        folder=tmp_path / "steps",
        means=Means(batch_size=16, workers=0),
    )
    run.execute()
    require_equal(run, "module", programs)


# ---- who it is -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "library", "words"),
    [
        ("onnx", "onnx", "An ONNX graph"),
        ("pt", "torchscript", "A TorchScript"),
        ("pt2", "exported", "A torch.export p"),
    ],
)
def test_a_program_is_named_after_its_file_and_nothing_else_is_assumed(
    tmp_path: Path, ending: str, library: str, words: str
) -> None:
    path = FORMATS[ending](small_net(), tmp_path / f"My net.{ending}")
    model = loaded(path)
    assert (model.name, model.class_count) == (str(path), CLASSES)
    assert (model.identity.model_id, model.identity.name) == ("my-net", "My net")
    assert (model.identity.source_library, model.identity.source_identifier) == (library, f"sha256:{model.digest}")
    assert {model.identity.architecture, model.identity.training, model.identity.backbone} == {"unknown"}
    assert model.identity.note.startswith(words)
    assert loaded(path, replace(SAID, name="mine")).name == "mine"


def test_the_digest_is_that_of_the_file_and_of_the_weights_beside_it(tmp_path: Path) -> None:
    net = small_net()
    first = loaded(graph(net, tmp_path / "a.onnx", external=True)).digest
    assert loaded(tmp_path / "a.onnx").digest == first
    # The same weights in other code are another model.
    assert loaded(graph(net, tmp_path / "b.onnx", fixed=True)).digest != first
    (data,) = beside_it(tmp_path / "a.onnx")
    content = bytearray(data.read_bytes())
    content[0] ^= 1
    data.write_bytes(content)
    assert loaded(tmp_path / "a.onnx").digest != first


def test_only_what_can_be_attacked_is(tmp_path: Path) -> None:
    net = small_net()
    assert loaded(scripted(net, tmp_path / "a.pt")).no_attacks is None
    assert loaded(exported(net, tmp_path / "a.pt2")).no_attacks is None
    lack = loaded(graph(net, tmp_path / "a.onnx")).no_attacks
    assert lack is not None
    assert lack.reason is Missing.NO_GRADIENTS

    class Closed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, inputs: Tensor) -> Tensor:
            found: Tensor = self.net(inputs.detach())
            return found

    lack = loaded(exported(Closed(), tmp_path / "closed.pt2")).no_attacks
    assert lack is not None
    assert lack.detail.startswith("No gradient flows through this torch.export program")
    # Of an opaque transform the space of the attacks is not known, where there are gradients.
    opaque = Holding(transform=lambda picture: transforms.ToTensor()(picture.crop((0, 0, SIDE, SIDE))))
    lack = loaded(scripted(net, tmp_path / "a.pt"), opaque).no_attacks
    assert lack is not None
    assert lack.reason is Missing.NOT_APPLICABLE


# ---- how an image becomes its input --------------------------------------------------------------------------------

BESIDE = {"input_size": "[3, 16, 16]", "mean": "[0.1, 0.2, 0.3]", "std": "[0.4, 0.5, 0.6]", "crop_pct": "1.0"}


def wide_net() -> nn.Module:
    """Takes images of any size."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Linear(8, CLASSES)).eval()


@pytest.mark.parametrize("ending", list(FORMATS))
def test_the_file_says_how_an_image_becomes_its_input(tmp_path: Path, ending: str) -> None:
    path = FORMATS[ending](
        wide_net(), tmp_path / f"a.{ending}", beside=BESIDE, **({} if ending == "pt" else {"example": images(side=16)})
    )
    found = loaded(path, Holding()).preparation
    assert (found.mean, found.deviation) == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert "input_size=(3, 16, 16)" in found.key
    assert "crop_pct=1.0" in found.key
    # What is said in a call stands above the file.
    assert loaded(path, Holding(mean=0.5, deviation=0.5)).preparation.mean == (0.5, 0.5, 0.5)


def test_a_fixed_size_is_the_files_own_and_needs_no_saying(tmp_path: Path) -> None:
    found = loaded(graph(small_net(), tmp_path / "a.onnx"), replace(SAID, input_size=None))
    assert "input_size=(3, 12, 12)" in found.preparation.key


@pytest.mark.parametrize(
    ("holding", "lacking"),
    [
        (Holding(), "input_size, mean, std are missing"),
        (replace(SAID, input_size=None), "input_size is missing"),
        (Holding(input_size=12), "mean, std are missing"),
    ],
)
def test_no_normalisation_is_guessed(tmp_path: Path, holding: Holding, lacking: str) -> None:
    with pytest.raises(ModelRefused, match=rf"input of a\.pt is not known: {lacking}\. Say .* --input-size 224 --mean"):
        loaded(scripted(wide_net(), tmp_path / "a.pt"), holding)


def test_a_transform_can_be_passed_instead(tmp_path: Path) -> None:
    crop = transforms.Compose([transforms.CenterCrop(SIDE), transforms.ToTensor(), transforms.Normalize(0.5, 0.25)])
    assert loaded(scripted(small_net(), tmp_path / "a.pt"), Holding(transform=crop)).preparation.mean == (0.5,)


def test_nonsense_beside_a_program_is_refused(tmp_path: Path) -> None:
    path = scripted(small_net(), tmp_path / "a.pt", beside={"mean": "[2, 2, 2]"})
    with pytest.raises(CheckpointRefused, match="The metadata say mean"):
        loaded(path)


# ---- which output is which class -----------------------------------------------------------------------------------


def test_names_beside_a_program_say_which_output_is_which_class(tmp_path: Path) -> None:
    path = scripted(small_net(), tmp_path / "a.pt", beside={"classes": '["d", "c", "b", "a"]'})
    found = loaded(path, classes=tuple("abcd"))
    assert (found.output_indices, found.order_known) == ((3, 2, 1, 0), True)
    assert loaded(path, replace(SAID, classes=list("abcd")), classes=tuple("abcd")).output_indices == (0, 1, 2, 3)
    assert not loaded(path).order_known
    with pytest.raises(CheckpointRefused, match="has no output named e"):
        loaded(path, classes=tuple("abce"))


def test_a_program_of_imagenet_answers_for_some_of_its_classes(tmp_path: Path) -> None:
    names = '["' + '", "'.join(f"class {number}" for number in range(1000)) + '"]'
    path = scripted(small_net(1000), tmp_path / "a.pt", beside={"classes": names})
    found = loaded(path, classes=(WNIDS[7], WNIDS[3]), class_count=2)
    assert (found.class_count, found.output_indices) == (1000, (7, 3))


# ---- what is refused, and what is only said ------------------------------------------------------------------------


class Answering(nn.Module):
    """A network whose logits are changed at the end."""

    def __init__(self, last: nn.Module) -> None:
        super().__init__()
        self.net = small_net()
        self.last = last

    def forward(self, inputs: Tensor) -> Tensor:
        found: Tensor = self.last(self.net(inputs))
        return found


class Pair(nn.Module):
    """Returns more than logits."""

    def __init__(self) -> None:
        super().__init__()
        self.net = small_net()

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        found = self.net(inputs)
        return found, found


def test_a_batch_that_is_fixed_is_said_with_the_way_out(tmp_path: Path) -> None:
    (note,) = loaded(exported(small_net(), tmp_path / "a.pt2", fixed=True)).notes
    assert note.startswith("a.pt2 takes 2 images at a time and was given them so; exported for any number (dynamic_")


def test_sixteen_bits_are_measured_as_they_are_and_said(tmp_path: Path) -> None:
    path = exported(small_net().half(), tmp_path / "a.pt2", example=images().half())
    assert loaded(path).notes == ("a.pt2 takes float16 inputs: it was measured in that precision, as it is.",)


def test_another_input_size(tmp_path: Path) -> None:
    path = exported(small_net(), tmp_path / "a.pt2")
    with pytest.raises(ModelRefused, match=r"a\.pt2 takes images of 3 x 12 x 12, and 3 x 24 x 24 were made"):
        loaded(path, replace(SAID, input_size=24))
    with pytest.raises(ModelRefused, match=r"a\.pt failed on 2 images of 3 x 24 x 24: .* Give it the input size"):
        loaded(scripted(small_net(), tmp_path / "a.pt"), replace(SAID, input_size=24))


def test_another_number_of_classes(tmp_path: Path) -> None:
    with pytest.raises(WrongClassCount, match="the model has 4 outputs and the benchmark 16 classes"):
        loaded(graph(small_net(), tmp_path / "a.onnx"), class_count=16)


@pytest.mark.parametrize("ending", ["pt", "pt2"])
def test_more_than_one_output(tmp_path: Path, ending: str) -> None:
    with pytest.raises(OutputsRefused, match="returns tuple and not a tensor"):
        loaded(FORMATS[ending](Pair().eval(), tmp_path / f"a.{ending}"))


def test_dropout_that_was_exported_in_training_mode(tmp_path: Path) -> None:
    with pytest.raises(OutputsRefused, match="other outputs for the same images when it is run again"):
        loaded(exported(Answering(nn.Dropout()).train(), tmp_path / "a.pt2"))


def test_batch_statistics_that_were_exported_in_training_mode(tmp_path: Path) -> None:
    with pytest.raises(
        OutputsRefused, match=r"another one beside it: it was exported in training mode\. Call model\.ev"
    ):
        loaded(exported(Answering(nn.BatchNorm1d(CLASSES)).train(), tmp_path / "a.pt2", fixed=True))


@pytest.mark.parametrize("ending", list(FORMATS))
def test_probabilities_are_refused_on_real_images(world: "World", tmp_path: Path, ending: str) -> None:
    model = loaded(FORMATS[ending](Answering(nn.Softmax(dim=1)).eval(), tmp_path / f"a.{ending}"))
    run = world.run(model, dimensions=("accuracy",))
    run.execute()
    assert "they are probabilities, softmax is in the model" in str(run.faults[model.name])


def test_a_precision_that_a_graph_does_not_have(world: "World", tmp_path: Path) -> None:
    model = loaded(graph(small_net(), tmp_path / "a.onnx"))
    run = world.run(model, dimensions=("accuracy",), precision=Precision.BF16)
    run.execute()
    assert "leave out --precision" in str(run.faults[model.name])


def test_a_file_without_a_program(tmp_path: Path) -> None:
    torch.save(small_net().state_dict(), tmp_path / "a.pt")
    with pytest.raises(ModelRefused, match="is no program: neither an ONNX graph, nor TorchScript, nor"):
        loaded(tmp_path / "a.pt")


# ---- which names are files -----------------------------------------------------------------------------------------


def test_names_of_libraries_and_checkpoints_are_no_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(small_net().state_dict(), tmp_path / "weights.pt")
    scripted(small_net(), tmp_path / "resnet18")
    for name in ("resnet18", "timm/resnet18", "torchvision:resnet18", "mine.pt", "weights.pt"):
        assert named_program(name) is None, name
    # A path is meant as one.
    assert named_program(Path("resnet18")) == Path("resnet18")
    assert named_program("./resnet18") == Path("./resnet18")


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    for name in ("a.onnx", "a.pt2"):
        with pytest.raises(ModelRefused, match=r"is no file\. Name an ONNX graph or a torch\.export program that is"):
            named_program(str(tmp_path / name))


def test_metadata_of_others_do_not_matter(tmp_path: Path) -> None:
    path = graph(small_net(), tmp_path / "a.onnx", beside={"author": "somebody", "task": "classify"})
    assert {each.key for each in onnx.load(str(path)).metadata_props} >= {"author", "task"}
    assert loaded(path).class_count == CLASSES
