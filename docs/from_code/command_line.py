"""The page of all commands, as Typer describes them."""

import typer
from typer.cli import get_docs_for_click
from typer.core import TyperGroup
from typer.main import get_command

from wellbehaved.cli import app


def page() -> str:
    """The page in Markdown: a heading for each command."""
    program = get_command(app)
    assert isinstance(program, TyperGroup)  # noqa: S101 - narrows the type
    context = typer.Context(program, info_name="wellbehaved", **program.context_settings)
    return get_docs_for_click(obj=program, ctx=context, name="wellbehaved", title="Command line")
