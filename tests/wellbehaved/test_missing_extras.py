"""A library that is not installed: the sentence names the extra that brings it, for commands and for Python."""

import importlib
import re
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import get_args

import prometheus_client
import pytest
from typer.testing import Result

import wellbehaved
from evaluation.extras import Extra, installing
from wellbehaved import missing_extras
from wellbehaved.missing_extras import BROUGHT_BY, ExtraMissing, extra_missing, require_dashboard

Run = Callable[..., Result]
PROJECT = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


def distribution(requirement: str) -> str:
    """The name of what a requirement asks for, as pip compares names."""
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("-", "_").replace(".", "_")


@pytest.mark.parametrize("extra", get_args(Extra))
def test_every_library_of_an_extra_is_known_by_the_name_that_is_imported(extra: Extra) -> None:
    imported: dict[str, set[str]] = {}
    for name, owners in packages_distributions().items():
        for owner in owners:
            imported.setdefault(distribution(owner), set()).add(name)
    wanted = {distribution(each) for each in EXTRAS[extra]} - {"wellbehaved"}
    unknown = {each for each in wanted if each in imported and not imported[each] & set(BROUGHT_BY)}
    assert unknown == set()
    # What is not installed here cannot be looked up; of the tests' own environment that is what these two need alone.
    assert wanted - set(imported) <= {"open_clip_torch", "sentencepiece", "transformers", "gdown"}


def test_no_library_of_the_client_is_taken_for_one_of_an_extra() -> None:
    assert {distribution(each) for each in PROJECT["dependencies"]} & set(BROUGHT_BY) == set()
    assert set(BROUGHT_BY.values()) == set(get_args(Extra))
    assert EXTRAS["all"] == ["wellbehaved[server,dashboard,evaluation,onnx,s3,telemetry]"]


@pytest.mark.parametrize(
    ("words", "library", "extras", "remote"),
    [
        (("serve",), "uvicorn", ("server",), False),
        (("migrate",), "sqlalchemy", ("server",), False),
        (("rank",), "fastapi", ("server",), True),
        (("dashboard",), "pydantic_settings", ("dashboard",), False),
        (("up",), "dbos", ("server", "dashboard"), False),
        (("gate", "a.json", "--against", "b.json"), "jaxtyping", ("evaluation",), False),
    ],
)  # fmt: skip
def test_a_command_says_which_extra_it_needs(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], library: str, extras: tuple[Extra, ...],
    remote: bool,
) -> None:  # fmt: skip
    for name in list(sys.modules):
        if name.partition(".")[0] in (library, "backend") or name in ("wellbehaved.processes", "wellbehaved.gate"):
            monkeypatch.delitem(sys.modules, name)
        if library == "jaxtyping" and name.startswith("quba."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    # What counts is loaded a second time into this process, which has its counters already.
    monkeypatch.setattr(prometheus_client.REGISTRY, "register", lambda _: None)
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"`wellbehaved {words[0]}` needs the extra")
    assert f"Run `{installing(*extras)}`" in result.stderr
    assert ("--api URL" in result.stderr) == remote


def test_a_dashboard_without_streamlit_is_not_started(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    require_dashboard()
    monkeypatch.setattr(missing_extras, "find_spec", lambda _: None)
    result = run("dashboard")
    assert result.exit_code == 1
    assert result.stderr == extra_missing("`wellbehaved dashboard`", "dashboard") + "\n"


def test_a_fault_of_the_programs_is_not_taken_for_a_missing_extra(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wellbehaved.tables", None)
    with pytest.raises(ModuleNotFoundError, match=r"wellbehaved\.tables"):
        run("rank", "--api", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "wellbehaved.measuring", None)
    with pytest.raises(ModuleNotFoundError, match=r"wellbehaved\.measuring"):
        wellbehaved.measure  # noqa: B018 - asking for it imports it


def test_a_function_says_which_extra_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise ModuleNotFoundError("No module named 'jaxtyping'", name="jaxtyping")

    monkeypatch.setattr(wellbehaved, "import_module", refuse)
    with pytest.raises(ExtraMissing) as raised:
        importlib.import_module("wellbehaved").measure  # noqa: B018 - alike
    assert str(raised.value) == extra_missing("wellbehaved.measure", "evaluation")


def test_the_sentence() -> None:
    command = installing("server", "dashboard")
    assert extra_missing("This", "server", "dashboard") == (
        f"This needs the extras `server` and `dashboard`, which are not installed. Run `{command}`."
    )
