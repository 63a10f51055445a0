"""A program as a module: in parts where it takes so many images, in its own precision, and a sentence for the rest."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from evaluation.checkpoints.program_kinds import ProgramKind
from evaluation.errors import ModelRefused
from evaluation.models.program import Facts, Program, reason, unreadable
from tests.evaluation.models.programs import images, small_net


def facts(**said: Any) -> Facts:  # noqa: ANN401 - the fields of facts
    made: dict[str, Any] = {"path": Path("net.onnx"), "kind": ProgramKind.ONNX, "parameter_count": 1, "metadata": {}}
    return Facts(**(made | said))


@pytest.mark.parametrize(("batch", "sizes"), [(None, [5]), (1, [1] * 5), (2, [2] * 3), (8, [8])])
def test_images_are_given_in_the_parts_that_a_program_takes(batch: int | None, sizes: list[int]) -> None:
    net, seen = small_net(), []

    def run(inputs: Tensor) -> Any:  # noqa: ANN401
        seen.append(len(inputs))
        return net(inputs)

    given = images(5)
    torch.testing.assert_close(Program(facts(batch=batch), run)(given), net(given))
    assert seen == sizes


def test_gradients_flow_through_the_parts() -> None:
    net, given = small_net(), images(5)
    slopes = []
    for run in (net, Program(facts(batch=2), net)):
        point = given.clone().requires_grad_()
        (slope,) = torch.autograd.grad(run(point).square().sum(), point)
        slopes.append(slope)
    torch.testing.assert_close(*slopes)


def test_nothing_of_the_program_becomes_a_part_of_the_module() -> None:
    net = small_net().train()
    program = Program(facts(), net)
    program.eval()
    assert net.training
    assert list(program.parameters()) == []
    assert [*program.modules()] == [program]


def test_a_program_of_sixteen_bits_gets_such_inputs() -> None:
    net = small_net().to(torch.bfloat16)
    found = Program(facts(number=torch.bfloat16), net)(images())
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, net(images().to(torch.bfloat16)).float())


def test_another_precision_is_not_pretended() -> None:
    with torch.autocast("cpu", torch.bfloat16), pytest.raises(ModelRefused, match="leave out --precision"):
        Program(facts(), small_net())(images())


def test_what_a_program_cannot_run_is_a_sentence() -> None:
    with pytest.raises(ModelRefused, match=r"net\.onnx failed on 2 images of 3 x 13 x 13: RuntimeError: .*mat1"):
        Program(facts(), small_net())(images(side=16)[:, :, :13, :13])


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't allocate memory"), torch.OutOfMemoryError()])
def test_a_lack_of_memory_is_left_to_the_engine(error: Exception) -> None:
    def run(_: Tensor) -> Tensor:
        raise error

    with pytest.raises(type(error)):
        Program(facts(), run)(images())


def test_words_about_memory_are_no_lack_of_it() -> None:
    def run(_: Tensor) -> Tensor:
        raise RuntimeError("unsupported memory format option")

    with pytest.raises(ModelRefused, match="unsupported memory format option"):
        Program(facts(), run)(images())


def test_other_outputs_than_a_tensor_are_handed_on() -> None:
    assert Program(facts(), lambda _: {"logits": 1})(images()) == {"logits": 1}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"shape": (10,)}, r"takes inputs of 2 dimensions; a classifier takes images x channels x height x width"),
        ({"shape": (1, 28, 28)}, r"takes images of 1 channels, and pictures have 3\.$"),
        ({"shape": (224, 224, 3)}, r"takes images of 224 channels.* Its channels come last: export it with channels f"),
        ({"number": torch.uint8}, r"takes uint8 inputs, and normalised images are fractions"),
    ],
)
def test_programs_that_take_something_else_than_images(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelRefused, match=message):
        Program(facts(**said), small_net())


def test_another_size_is_named_beside_the_one_that_it_takes() -> None:
    with pytest.raises(ModelRefused, match=r"takes images of 3 x 24 x any, and 3 x 12 x 12 were made; give it that"):
        Program(facts(shape=(3, 24, None)), small_net())(images())


def test_reasons_are_one_line() -> None:
    assert reason(ValueError("one\ntwo")) == "ValueError: one"
    assert reason(EOFError()) == "EOFError"
    assert str(unreadable(Path("a.pt2"), ProgramKind.EXPORTED, KeyError("x"))).startswith(
        "a.pt2 should be a torch.export program and cannot be read (KeyError: 'x'). "
    )
