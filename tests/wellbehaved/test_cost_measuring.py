"""What `measure_cost()` gives for models that one holds; `evaluation.running_cost` has the tests of the figures."""

from importlib import util
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

import wellbehaved
from evaluation.errors import ModelRefused
from evaluation.running_cost import measured_cost
from evaluation.running_cost.model_cost import ModelCost
from evaluation.running_cost.peak_memory import PeakMemory
from quba.errors import Refusal
from tests.evaluation.models.programs import SIDE, scripted, small_net
from tests.evaluation.running_cost.nets import Buffering, Sleeping

INPUT: dict[str, Any] = {"input_size": SIDE, "mean": 0.5, "std": 0.25}
FEW: dict[str, Any] = {"device_name": "Bench", "batch_sizes": (1, 2), "passes": 2, "warm_up": 0}


@pytest.fixture
def without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured_cost, "peak_on_cpu", lambda *_, **__: PeakMemory(megabytes=1.0))


def cost(model: object, **said: Any) -> ModelCost:  # noqa: ANN401 - the arguments of `measure_cost`
    found: ModelCost = wellbehaved.measure_cost(model, **{**FEW, **said})  # type: ignore[arg-type]
    return found


def test_a_module_has_its_time_and_its_memory() -> None:
    found = cost(Buffering(200), **INPUT, batch_sizes=(2,), name="mine")
    [batch] = found.batches
    assert (found.name, found.on.name, batch.batch_size) == ("mine", "Bench", 2)
    assert batch.memory.megabytes is not None
    # A fifth less than the two buffers: the kernel may take pages of files back meanwhile.
    assert 320 < batch.memory.megabytes < 800
    assert cost(Sleeping(0.01), **INPUT, batch_sizes=(1,)).batches[0].latency.median_ms >= 10  # type: ignore[union-attr]


def test_a_module_comes_back_as_it_was(without_memory: None) -> None:
    net = small_net(7)
    net.train()
    seen: list[bool] = []
    net.register_forward_hook(lambda part, *_: seen.append(part.training))
    found = cost(net, **INPUT)
    assert set(seen) == {False}
    assert net.training
    assert {each.requires_grad for each in net.parameters()} == {True}
    assert found.notes == ("The model was in training mode; it was measured in eval mode and then put back.",)


def test_numbers_and_precision_are_the_given_ones(without_memory: None) -> None:
    on = cost(small_net(), **INPUT, precision="bf16").on
    assert (on.batch_sizes, on.passes, on.warm_up, on.precision) == ((1, 2), 2, 0, "bf16")
    usual = cost(small_net(), **INPUT, batch_sizes=(1,), passes=50, warm_up=5).on
    assert (usual.passes, usual.warm_up, usual.precision) == (50, 5, "fp32")


def test_a_program_and_a_checkpoint_are_measured_by_their_path(tmp_path: Path, without_memory: None) -> None:
    program = scripted(small_net(7), tmp_path / "net.pt")
    assert cost(program, **INPUT).source_library == "torchscript"
    net: nn.Module = timm.create_model("test_resnet", pretrained=False, num_classes=1000)
    path = tmp_path / "mine.safetensors"
    save_file(dict(net.state_dict()), path, metadata={"input_size": "[3, 32, 32]", "crop_pct": "1.0"})
    found = cost(path, architecture="test_resnet")
    assert (found.input_shape, found.source_library) == ((3, 32, 32), "checkpoint")
    assert str(found.source_identifier).startswith("sha256:")


def test_a_module_that_does_not_say_its_input_is_refused_in_words_of_python() -> None:
    with pytest.raises(ModelRefused, match="input_size, mean and std"):
        cost(small_net())


def test_an_unnamed_device_is_refused_in_words_of_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.running_cost.device_name._PROCESSORS", tmp_path / "absent")
    with pytest.raises(Refusal, match="takes its name, such as device_name"):
        cost(small_net(), **INPUT, device_name=None)


@pytest.mark.parametrize(
    ("said", "words"), [({"precision": "fp16"}, "use one of fp32, tf32, bf16"), ({"passes": 0}, "time 1 or more")]
)
def test_what_measures_nothing_is_refused(said: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        cost(small_net(), **INPUT, **said)


def test_without_the_evaluation_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda _: None)
    with pytest.raises(Refusal) as refused:
        cost(small_net(), **INPUT)
    assert refused.value.code == "evaluation_not_installed"


def test_the_random_state_stays(without_memory: None) -> None:
    net = small_net()
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    cost(net, **INPUT)
    assert torch.equal(torch.rand(1), expected)
