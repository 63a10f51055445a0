"""The commands around dimensions of one's own: `wellbehaved dimension add`, `list` and `remove`."""

from pathlib import Path
from typing import Annotated

import typer

from wellbehaved.terminal import ApiOption, JsonOption, asking, fail, note, print_json, print_table

app = typer.Typer(
    help="Rank by a quality of your own: add a dimension, import its values, weigh it, remove it.", no_args_is_help=True
)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What the dimension is; docs/dimensions.md.")],
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Add a dimension that a TOML file describes; it weighs 0 until a ranking weighs it, so that no score moves."""
    from backend.store.dimension_definition import read_definition
    from quba.errors import Refusal

    try:
        told = read_definition(file)
    except Refusal as refusal:
        fail(f"{refusal.message} {refusal.hint}")
    with asking(api, writes=True) as client:
        answer = client.add_dimension(told.model_dump(mode="json", exclude_none=True))
    if json:
        print_json(answer)
        return
    typer.echo(f"added {told.key}" if answer["changed"] else f"{told.key} is there already, as the file says it")
    typer.echo(f"Its values come with `wellbehaved import FILE.csv`, with the columns model_id and {told.key};")
    typer.echo(f"`wellbehaved rank --w.{told.key} 1` weighs it. Data version {answer['data_version']}")


@app.command(name="list")
def list_dimensions(api: ApiOption = None, json: JsonOption = False) -> None:
    """List the dimensions: those that come with the program and your own."""
    from rich.markup import escape
    from rich.table import Table

    with asking(api) as client:
        answer = client.get("/v1/dimensions")
    if json:
        print_json(answer)
    else:
        table = Table()
        for heading in ("key", "label", "origin", "unit", "direction", "default weight"):
            table.add_column(heading, overflow="fold")
        for item in answer["items"]:
            # A service of before has no packages that measure.
            origin = f"own, {item['package']}" if item.get("package") else item["origin"]
            cells = (item["key"], item["label"], origin, item["unit"], item["direction"])
            table.add_row(*(escape(str(cell)) for cell in cells), f"{item['default_weight']:.3g}")
        print_table(table)
    for refused in answer["refused_files"]:
        note(f"dimensions/{refused['file']} was not taken: {refused['reason']} {refused['next_step']}")
    for refused in answer["refused_packages"]:
        note(f"{refused['entry_point']} was not taken: {refused['reason']} {refused['next_step']}")


@app.command()
def remove(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of the dimension, as `dimension list` shows it.")],
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Remove a dimension of your own; its values stay in the store and return when it is added again."""
    with asking(api, writes=True) as client:
        answer = client.remove_dimension(key)
    if json:
        print_json(answer)
    else:
        typer.echo(f"removed {answer['deleted']}; its values stay. Data version {answer['data_version']}")
