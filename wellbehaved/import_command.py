"""The command `wellbehaved import`: results of one's own, tables of others, and the list of what was imported."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quba.vocabulary import TableFormat
from wellbehaved.command_text import in_commands
from wellbehaved.terminal import (
    FAILED,
    WRONG_USAGE,
    ApiOption,
    JsonOption,
    asking,
    fail,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from wellbehaved.api_errors import ApiError
    from wellbehaved.client.answers.imports import ImportAnswer, ImportList
    from wellbehaved.client.file_blocks import Progress
    from wellbehaved.client.work_events import RowProgress

app = typer.Typer()
# What a terminal has room for; --json has all.
_MOST_ERRORS = 20
# A table of another collection names a thousand models that are not here; --json has them all.
_MOST_LEFT_OUT = 10

_FormatOption = Annotated[
    TableFormat | None,
    typer.Option(
        "--format",
        help="Whose table it is: timm's results-SET.csv and benchmark-infer-DEVICE.csv, RobustBench's JSON, or that of "
        "`wellbehaved cost --json`.",
    ),
]
_SetOption = Annotated[
    str | None,
    typer.Option(
        help="Set, device or threat that a table of --format is of, such as timm_imagenet_real, where the name of "
        "the file does not say it."
    ),
]
_PartialOption = Annotated[
    bool,
    typer.Option(
        "--partial",
        help="Add models of a table of --format that are not there, with their other values missing, and leave out "
        "rows of no model.",
    ),
]


@app.command(name="import")
def import_command(  # noqa: PLR0913 - a command's options are its parameters
    file: Annotated[
        Path | None,
        typer.Argument(
            help="CSV file with the columns of the published table or of `export --results`; with --format, a table of "
            "others.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="List the imports with their identifiers, which `delete` takes.")
    ] = False,
    table_format: _FormatOption = None,
    dimension: _SetOption = None,
    partial: _PartialOption = False,
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Import results from a file, all rows or none, with every error named; or list the imports.

    With --format, values of other collections become dimensions of their own, which weigh 0.
    """
    if (file is None) is not listed:
        fail("Name the file to import, or give --list alone to see what was imported.", WRONG_USAGE)
    _require_format(table_format, given=dimension is not None or partial)
    with asking(api, writes=True) as client, _refused_files(json=json):
        if file is None:
            _print_imports(client.results.imports(), json=json)
            return
        if table_format is None:
            with _bar(file) as (sent, rows):
                report = client.results.add(file, progress=sent, row_progress=rows)
        else:
            report = client.results.add_table(file, table_format, dimension=dimension, partial=partial)
    if json:
        print_json(report)
    else:
        _print_report(report)


@contextmanager
def _bar(file: Path) -> Iterator[tuple["Progress", "RowProgress"]]:
    """How much of a file is sent, and then how many of its rows are taken, where somebody looks on."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    # Only a terminal can draw over what it drew: a log would fill with bars.
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("sending", total=file.stat().st_size)

        def show_sent(sent: int, size: int) -> None:
            bar.update(task, completed=sent, total=size)

        def show_rows(phase: str, done: int, total: int | None) -> None:
            # Without a total the bar runs to and fro.
            bar.update(task, completed=done, total=total, description=f"{phase} rows, {done:,}")

        yield show_sent, show_rows


@contextmanager
def _refused_files(*, json: bool) -> Iterator[None]:
    """End the command with the errors of a file that is refused; as JSON, with all that the interface lists."""
    from wellbehaved.api_errors import ApiError
    from wellbehaved.client.work_events import WorkEnded

    try:
        yield
    except WorkEnded as ended:
        fail(f"{ended} `wellbehaved import --list` says whether it is there.")
    except ApiError as error:
        if error.code != "import_rejected":
            raise
        if json:
            print_json({name: getattr(error, name) for name in ("code", "detail", "next_step", "errors")})
            raise typer.Exit(FAILED) from None
        for wrong in error.errors[:_MOST_ERRORS]:
            # Of a row or a file as a whole no column is at fault.
            place = f"line {wrong['line']}" + (f", {wrong['column']}" if wrong["column"] else "")
            typer.echo(f"{place}: {wrong['value']!r}: {in_commands(wrong['rule'])}", err=True)
        fail(_summary(error))


def _summary(error: "ApiError") -> str:
    # The number of all that were found: of a file of the wrong kind, the interface lists the first ones.
    listed = len(error.errors)
    # A service of another version may begin its sentence otherwise.
    number = re.match(r"\d+", error.detail)
    found = int(number[0]) if number else listed
    counted = f"{found} {'error' if found == 1 else 'errors'}"
    if found <= _MOST_ERRORS:
        return f"{counted}; nothing was imported. Correct these places and import the whole file again."
    listing = "all" if listed == found else f"the first {listed}"
    return (
        f"and {found - _MOST_ERRORS} more; --json lists {listing}. {counted}; nothing was imported. Correct them and "
        "import the whole file again."
    )


def _require_format(table_format: str | None, *, given: bool) -> None:
    if table_format is None and given:
        fail("--dimension and --partial are about tables of others; say whose table it is with --format.", WRONG_USAGE)


def _print_report(report: "ImportAnswer") -> None:
    new = f", {report['new_models']} of them new models" if report["new_models"] else ""
    counts = f"{report['added']} added{new}, {report['unchanged']} unchanged"
    typer.echo(f"{counts}; data version {report['data_version']}")
    for one in report["outliers"]:
        typer.echo(
            f"{one['model_id']}: {one['dimension']} {one['value']:g} is far from all others; check it.", err=True
        )
    for row in report["left_out"][:_MOST_LEFT_OUT]:
        typer.echo(f"line {row['line']}, {row['model']}: {row['reason']}; it was left out.", err=True)
    if (more := len(report["left_out"]) - _MOST_LEFT_OUT) > 0:
        typer.echo(f"and {more} more rows were left out; --json lists them all.", err=True)
    for key in report["dimensions"]:
        typer.echo(f"`wellbehaved rank --w.{key} 1` weighs {key}")
    if report["import_id"]:
        typer.echo(f"`wellbehaved delete {report['import_id']}` deletes this import")


def _print_imports(answer: "ImportList", *, json: bool) -> None:
    from wellbehaved.tables import imports_table

    if json:
        print_json(answer)
        return
    if answer["items"]:
        print_table(imports_table(answer["items"]))
    older = answer["without_id"]
    if older["values"]:
        typer.echo(
            f"{older['values']} values of {older['models']} models were imported before imports had identifiers: "
            "`wellbehaved delete MODEL_ID` deletes these models one by one."
        )
    elif not answer["items"]:
        typer.echo("Nothing has been imported. `wellbehaved import FILE` imports results.")
