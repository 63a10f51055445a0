"""What a name on the command line stands for."""

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file

from evaluation.errors import ModelRefused, UnknownModel
from evaluation.models.loaded_model import LoadedModel
from tests.evaluation.conftest import World, world, written
from tests.evaluation.models.programs import graph, small_net
from wellbehaved.model_loading import named_model
from wellbehaved.program_inputs import ProgramInputs

__all__ = ["world", "written"]
SAID = ProgramInputs(input_size=(12,), mean=(0.5,), std=(0.25,))


def named(world: World, name: str, **said: Any) -> LoadedModel:  # noqa: ANN401 - the arguments of `named_model`
    made: dict[str, Any] = {"weights": None, "weights_key": None, "inputs": ProgramInputs(), "device": "cpu"} | said
    return named_model(name, world.benchmark, **made)


def test_a_program_is_run_as_it_is(world: World, tmp_path: Path) -> None:
    model = named(world, str(graph(small_net(), tmp_path / "a.onnx")), inputs=SAID)
    assert model.preparation.mean == (0.5, 0.5, 0.5)
    assert model.notes


def test_a_checkpoint_is_read_with_its_architecture(world: World, tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = dict(timm.create_model("test_resnet", num_classes=4).state_dict())
    save_file(state, tmp_path / "a.safetensors")
    assert named(world, "test_resnet", weights=tmp_path / "a.safetensors").notes == ()
    torch.save({"state_dict": state, "state_dict_ema": state}, tmp_path / "b.pt")
    (note,) = named(world, "test_resnet", weights=tmp_path / "b.pt").notes
    assert note == (
        "of the sets of weights in the file, 'state_dict_ema' is measured; --weights-key chooses another: state_dict."
    )


def test_what_belongs_to_the_one_is_refused_of_the_other(world: World, tmp_path: Path) -> None:
    path = str(graph(small_net(), tmp_path / "a.onnx"))
    for said in ({"weights": tmp_path / "b.pt"}, {"weights_key": "ema"}):
        with pytest.raises(ModelRefused, match="holds its own weights"):
            named(world, path, **said)
    with pytest.raises(ModelRefused, match="are of program files, and resnet18 brings its own"):
        named(world, "resnet18", inputs=SAID)


def test_a_file_of_weights_is_told_apart_from_a_name_that_nobody_knows(world: World, tmp_path: Path) -> None:
    torch.save(small_net().state_dict(), tmp_path / "a.pt")
    with pytest.raises(ModelRefused, match=r"is no program .* wellbehaved evaluate ARCHITECTURE --weights /.*a\.pt$"):
        named(world, str(tmp_path / "a.pt"))
    with pytest.raises(UnknownModel):
        named(world, str(tmp_path / "b.pt"))
