"""Commands whose options the interface checks: their help and the shell's completion list them all the same."""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from wellbehaved.view_options import OPTIONS, ViewOption

# Rows of a table, and of JSON, unless --limit says otherwise.
SHOWN_ROWS = "20"


class ViewCommand(TyperCommand):
    """A command that passes the options of `OPTIONS` on, to be checked where their rules are."""

    # Options of the interface that this command has no use for.
    without: tuple[str, ...] = ()
    # Texts for options that do something else here than in the interface.
    texts: Mapping[str, str] = MappingProxyType({})

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - typer keeps the type of its contexts to itself
        """Its own options, and those that the interface checks, for who lists them."""
        passed_on = [each for each in OPTIONS if each.name not in self.without]
        told = [each._replace(help=self.texts.get(each.name, each.help)) for each in passed_on]
        return [*super().get_params(ctx), *_help_entries(tuple(told))]


class RankCommand(ViewCommand):
    """Of a ranking all of them."""

    texts = MappingProxyType(
        {"--limit": f"The largest number of models. Default: {SHOWN_ROWS}; with --format csv or ndjson, all."}
    )


class ExportCommand(ViewCommand):
    """A file has all rows that match, and says nothing about a leader."""

    without = ("--among", "--cursor")
    # As much as one answer of the interface holds, `client.PAGE_SIZE`, which the help must not wait for.
    texts = MappingProxyType({"--limit": "The largest number of models. Default: all; as JSON, the first 1000."})


class CompareCommand(ViewCommand):
    """Models that are named need no list."""

    without = ("--sort", "--limit", "--cursor")


# Asked for several times by each call.
@cache
def _help_entries(options: tuple[ViewOption, ...]) -> list[Any]:
    """Typer's own options for these, which its parser does not see: a mistyped name gets the interface's suggestion."""
    words = [_parameter(number, option) for number, option in enumerate(options)]

    def command(**_: str | None) -> None: ...

    # Typer reads options from a signature, and nobody could write this one by hand: it follows the dimensions.
    command.__signature__ = inspect.Signature(words)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in words}
    app = typer.Typer(add_completion=False)
    app.command()(command)
    listed = typer.main.get_command(app).params
    for each in listed:
        each.add_to_parser = lambda parser, ctx: None  # type: ignore[method-assign] # noqa: ARG005
        each.expose_value = False
    return listed


def _parameter(number: int, option: ViewOption) -> inspect.Parameter:
    words = f" One of: {', '.join(option.choices)}." if option.choices else ""
    described = typer.Option(
        option.name,
        help=f"{option.help}{words}",
        metavar="VALUE",
        rich_help_panel=option.panel,
        autocompletion=_completion(option.choices),
    )
    annotation = Annotated[str | None, described]
    return inspect.Parameter(f"option_{number}", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _completion(choices: tuple[str, ...]) -> Callable[[str], list[str]]:
    def fitting(incomplete: str) -> list[str]:
        """The words that go on from what was typed; several are separated by commas."""
        before, comma, begun = incomplete.rpartition(",")
        return [f"{before}{comma}{word}" for word in choices if word.startswith(begun)]

    return fitting
