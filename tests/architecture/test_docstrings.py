"""The examples in docstrings run; those of quba are collected by pytest itself (`testpaths`)."""

import ast
import doctest
import importlib
import shutil
import tomllib
from pathlib import Path

import pytest

import wellbehaved
from backend.app import create_app
from backend.settings import Settings
from wellbehaved.client import Client
from wellbehaved.in_process import InProcessTransport

ROOT = Path(__file__).resolve().parents[2]
# Guards that formulas call on their arguments; an example would show an exception and nothing else.
WITHOUT_EXAMPLE = {"quba/errors.py", "quba/measuring/validity.py"}
# Puts the formulas of its file together, which show an example each; its input are the observations of a whole run.
MEASURE = "measure"
FORMULAS = [
    pytest.param(path, function, id=f"{path.stem}.{function.name}")
    for path in sorted((ROOT / "quba").rglob("*.py"))
    if path.relative_to(ROOT).as_posix() not in WITHOUT_EXAMPLE
    for function in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(function, ast.FunctionDef) and not function.name.startswith("_") and function.name != MEASURE
]


@pytest.mark.parametrize(("path", "function"), FORMULAS)
def test_every_public_function_of_the_science_shows_an_example(path: Path, function: ast.FunctionDef) -> None:
    assert ">>>" in (ast.get_docstring(function) or ""), f"{path.name}: {function.name} has no example that runs."


def test_pytest_collects_the_examples_of_the_science() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert "quba" in options["testpaths"]
    assert "--doctest-modules" in options["addopts"]


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "wellbehaved").glob("[!_]*.py")))
def test_the_examples_of_the_public_face_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"wellbehaved.{name}")).failed == 0


def test_the_example_of_the_client_runs(
    study_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It needs a service, so that it is skipped elsewhere; here it gets one. What it prints changes with the data."""
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")
    settings = Settings(data_dir=tmp_path, database_url=None, _env_file=None)
    module = importlib.import_module("wellbehaved.client")
    examples = doctest.DocTestParser().get_examples(module.__doc__ or "")
    assert examples
    monkeypatch.setattr(
        wellbehaved,
        "Client",
        lambda address: Client(address, transport=InProcessTransport(create_app(settings))),
        raising=False,
    )
    exec("".join(example.source for example in examples), {})
    assert len(capsys.readouterr().out.splitlines()) == 4
