"""The commands around presets of one's own: `wellbehaved preset add`, `list` and `remove`."""

from pathlib import Path
from typing import Annotated

import typer

from wellbehaved.terminal import ApiOption, JsonOption, asking, fail, note, print_json, print_table

app = typer.Typer(help="Name a weighting of your own: add a preset, rank by it, remove it.", no_args_is_help=True)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What the preset is; docs/dimensions.md.")],
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Add a preset that a TOML file describes; `rank --preset KEY` starts from it."""
    from backend.store.preset_definition import read_preset
    from quba.errors import Refusal

    try:
        told = read_preset(file)
    except Refusal as refusal:
        fail(f"{refusal.message} {refusal.hint}")
    with asking(api, writes=True) as client:
        answer = client.add_preset(told.model_dump(mode="json"))
    if json:
        print_json(answer)
        return
    typer.echo(f"added {told.key}" if answer["changed"] else f"{told.key} is there already, as the file says it")
    typer.echo(f"`wellbehaved rank --preset {told.key}` ranks by it. Data version {answer['data_version']}")


@app.command(name="list")
def list_presets(api: ApiOption = None, json: JsonOption = False) -> None:
    """List the presets: those that come with the program and your own."""
    from rich.markup import escape
    from rich.table import Table

    with asking(api) as client:
        answer = client.get("/v1/presets")
    if json:
        print_json(answer)
    else:
        table = Table()
        for heading in ("key", "label", "origin", "weights"):
            table.add_column(heading, overflow="fold")
        for item in answer["items"]:
            weights = ", ".join(f"{key} {weight:.3g}" for key, weight in item["weights"].items() if weight)
            table.add_row(*(escape(cell) for cell in (item["key"], item["label"], item["origin"], weights)))
        print_table(table)
        for item in (item for item in answer["items"] if item["removed_dimensions"]):
            named = " and ".join(item["removed_dimensions"])
            note(f"{item['key']} weighs {named}, removed from this service: that weight counts for nothing.")
    for refused in answer["refused_files"]:
        note(f"presets/{refused['file']} was not taken: {refused['reason']} {refused['next_step']}")


@app.command()
def remove(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of the preset, as `preset list` shows it.")],
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Remove a preset of your own; those that come with the program stay."""
    with asking(api, writes=True) as client:
        answer = client.remove_preset(key)
    if json:
        print_json(answer)
    else:
        typer.echo(f"removed {answer['deleted']}. Data version {answer['data_version']}")
