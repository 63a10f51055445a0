"""Compiling is tried where it comes back and where there is a compiler, once, and says why it is not."""

import logging
import sys

import pytest

from evaluation.engine.compilation import PAYS_FROM_SECONDS, Compilation, is_of_the_compiler, obstacle
from evaluation.engine.means import Means
from evaluation.engine.progress import Progress

HERE = {"CXX": sys.executable}
"""An environment whose compiler is there: any program."""


class Model:
    def __init__(self) -> None:
        self.compiled = 0

    def compile_forward(self) -> None:
        self.compiled += 1


def moment(remaining: float | None, elapsed: float = 60.0) -> Progress:
    return Progress(stage="clean", share=0.1, images=64, elapsed_seconds=elapsed, remaining_seconds=remaining)


def test_a_long_run_is_compiled_once() -> None:
    models = [Model(), Model()]
    compilation = Compilation(Means(compiled=True), environment=HERE)
    for remaining, elapsed in ((None, 60.0), (1e6, 29.0)):
        compilation.consider(models, moment(remaining, elapsed))
    assert [model.compiled for model in models] == [0, 0]
    for _ in range(2):
        compilation.consider(models, moment(2 * PAYS_FROM_SECONDS))
    assert [model.compiled for model in models] == [1, 1]


def test_one_that_ends_before_it_pays_is_not_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    models = [Model(), Model()]
    compilation = Compilation(Means(compiled=True), environment=HERE)
    with caplog.at_level(logging.WARNING):
        compilation.consider(models, moment(2 * PAYS_FROM_SECONDS - 1))
    # Decided for good: an estimate that rises later would compile in the middle of a run.
    compilation.consider(models, moment(1e9))
    assert [model.compiled for model in models] == [0, 0]
    assert caplog.messages == ["not compiled: 3599 s are left for 2 models, and compiling pays from 1800 s for each."]


def test_without_a_compiler_it_says_what_to_install(caplog: pytest.LogCaptureFixture) -> None:
    model = Model()
    with caplog.at_level(logging.WARNING):
        Compilation(Means(compiled=True), environment={"CXX": "nothing-of-the-kind"}).consider([model], moment(1e9))
    assert model.compiled == 0
    assert caplog.messages == [
        "not compiled: there is no C++ compiler nothing-of-the-kind. Install g++, or leave out --compile."
    ]


@pytest.mark.parametrize(("means", "released"), [(Means(), False), (Means(compiled=True), True)])
def test_nothing_is_compiled_unasked_or_as_released(means: Means, released: bool) -> None:
    model = Model()
    Compilation(means, released=released, environment=HERE).consider([model], moment(1e9))
    assert model.compiled == 0


def test_a_gpu_needs_triton(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.engine.compilation.find_spec", lambda _: None)
    lack = obstacle("cuda:1", {})
    assert lack == "the package triton is not installed. Run `pip install triton`, or leave out --compile."
    monkeypatch.setattr("evaluation.engine.compilation.find_spec", str)
    assert obstacle("cuda", {}) is None
    assert obstacle("cpu", HERE) is None


def test_errors_of_the_compiler_are_known_by_where_their_kind_comes_from() -> None:
    class Failed(RuntimeError):
        __module__ = "torch._inductor.exc"

    class Worse(Failed):
        pass

    assert is_of_the_compiler(Worse("no luck"))
    assert not is_of_the_compiler(ValueError("torch._inductor.exc"))
