"""What is made ready of a model in Python; `test_measuring` has the rest, where a benchmark is measured on."""

from pathlib import Path
from typing import Any

import pytest
from torch import nn

from evaluation.errors import ModelRefused, WeightsUnavailable, WrongClassCount
from quba.errors import Refusal
from tests.evaluation.conftest import CLASSES, SIDE, World, world, written
from tests.evaluation.models.programs import scripted, small_net
from wellbehaved.given_model import Given, hold_module, load_named

__all__ = ["world", "written"]
SAID = {"input_size": SIDE, "mean": 0.5, "std": 0.25}


def given(model: object, **said: Any) -> Given:  # noqa: ANN401 - whatever may be said of a model
    return Given(model=model, said={**SAID, **said}, device=None, suite=None)


def test_without_a_benchmark_any_number_of_classes_will_do(world: World) -> None:
    net = small_net(7)
    assert hold_module(net, given(net)).model.class_count == 7
    own = Given(model=net, said=SAID, device=None, suite=world.benchmark)
    with pytest.raises(WrongClassCount, match=f"7 outputs and the benchmark {CLASSES} classes"):
        hold_module(net, own)


def test_a_program_is_opened_by_its_path(tmp_path: Path) -> None:
    path = scripted(small_net(7), tmp_path / "net.pt")
    held = load_named(given(path, name="mine"))
    assert (held.model.name, held.model.class_count) == ("mine", 7)


def test_without_a_benchmark_a_name_of_a_library_has_the_classes_of_imagenet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from evaluation.models import loading

    asked: dict[str, Any] = {}

    def load(name: str, **said: Any) -> Any:  # noqa: ANN401 - stands in for `load`
        asked.update(said, name=name)
        raise ModelRefused("no download in tests")

    monkeypatch.setattr(loading, "load", load)
    with pytest.raises(ModelRefused, match="no download"):
        load_named(Given(model="resnet18", said={}, device="cpu", suite=None))
    assert (asked["name"], asked["class_count"], asked["classes"], asked["device"]) == ("resnet18", 1000, (), "cpu")


@pytest.mark.parametrize(
    ("model", "said", "words"),
    [
        (7, {}, "model is int; pass a torch.nn.Module"),
        ("resnet18", {"input_size": 32}, "input_size belongs to a module or a program"),
        (Path("gone.safetensors"), {}, "is a checkpoint; pass architecture="),
        ("gone.safetensors", {"architecture": "resnet18"}, "gone.safetensors is no file"),
    ],
)
def test_what_cannot_be_meant_is_refused(model: object, said: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelRefused, match=words):
        load_named(Given(model=model, said=said, device=None, suite=None))


def test_arguments_of_checkpoints_are_not_of_modules() -> None:
    net: nn.Module = small_net()
    with pytest.raises(ModelRefused, match="architecture belongs to a name or a path"):
        hold_module(net, given(net, architecture="resnet18"))


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        load_named(Given(model="resnet18", said={}, device="cuda:99", suite=None))
    assert refused.value.code == "no_such_device"


def test_a_name_whose_weights_cannot_be_had_is_built_without_them_only_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unreachable(name: str, _repository: str | None) -> None:
        raise WeightsUnavailable(f"the weights of {name} are not on this machine")

    monkeypatch.setattr("evaluation.models.loading.require_reachable", unreachable)
    named = Given(model="mixnet_s.ft_in1k", said={}, device="cpu", suite=None)
    with pytest.raises(WeightsUnavailable, match=r"mixnet_s.ft_in1k are not on this machine"):
        load_named(named)
    model = load_named(named, untrained=True).model
    assert model.untrained
    assert "it is measured untrained" in model.notes[0]
