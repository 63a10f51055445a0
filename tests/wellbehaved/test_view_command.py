import re
import sys
from collections.abc import Callable

import pytest
import typer
from click import unstyle
from typer.testing import Result

from wellbehaved.cli import app
from wellbehaved.client import PAGE_SIZE
from wellbehaved.view_options import OPTIONS

Run = Callable[..., Result]
NAMES = {each.name for each in OPTIONS}


@pytest.mark.parametrize(
    ("command", "without"),
    [
        ("rank", set()),
        ("export", {"--among", "--cursor"}),
        ("compare", {"--sort", "--limit", "--cursor"}),
    ],
)
def test_the_help_lists_every_option_under_its_heading(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, without: set[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    text = unstyle(run(command, "--help").stdout)
    listed = set(re.findall(r"(?<!\S)--[\w.-]+", text))
    assert NAMES - without <= listed
    assert not listed & without - {"--among"}
    assert {"Weights", "Filters", "Ranges", "Measurements"} <= set(text.split())


@pytest.mark.parametrize(
    ("command", "default"),
    [("rank", "Default: 20; with --format csv or ndjson, all."), ("export", f"all; as JSON, the first {PAGE_SIZE}.")],
)
def test_each_command_says_how_many_models_it_gives(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, default: str
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    text = unstyle(run(command, "--help").stdout)
    assert default in text
    [of_the_interface] = [each.help for each in OPTIONS if each.name == "--limit"]
    assert of_the_interface not in text


def test_they_are_no_options_of_the_parser() -> None:
    """Their names are the interface's to check, which suggests the nearest."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    assert not {name for each in group.commands["rank"].params for name in each.opts} & NAMES


def test_a_short_help_needs_no_service(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "backend.app", None)
    assert run("rank", "-h").exit_code == 0
