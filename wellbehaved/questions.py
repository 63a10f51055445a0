"""The commands that read results: rank, show, compare and export."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from wellbehaved.garbage import without_collection
from wellbehaved.terminal import (
    WRONG_USAGE,
    ApiOption,
    JsonOption,
    asking,
    fail,
    note,
    print_json,
    print_table,
    typed_words,
)
from wellbehaved.view_command import SHOWN_ROWS, CompareCommand, ExportCommand, RankCommand
from wellbehaved.whole_file import write_whole

app = typer.Typer()
# The interface checks names and values: whatever looks like an option is handed on to it.
_ASKING = {"allow_extra_args": True, "ignore_unknown_options": True}
# What arranges the list says nothing about who leads.
_OF_THE_LIST = ("limit", "cursor", "sort")
# What `rank` asks of the local store; the other resources would double the time that it takes.
_OF_A_RANKING = ("rankings", "headline", "dimensions")
_ASKING_EPILOG = (
    "Example: --preset robust --w.accuracy 2 --architecture cnn,transformer --parameters_millions.lte 30 --q resnet"
)
_ENDINGS = ("csv", "json", "ndjson", "parquet")
_STANDARD_OUTPUT = "-"


@app.command(cls=RankCommand, context_settings=_ASKING, epilog=_ASKING_EPILOG)
@without_collection()
def rank(
    context: typer.Context,
    api: ApiOption = None,
    json: JsonOption = False,
    format: Annotated[
        Literal["table", "json", "csv", "ndjson"],
        typer.Option("--format", help="Form of the answer; csv and ndjson hold all models that match, unless --limit."),
    ] = "table",
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Columns to print, comma-separated, such as rank,name,score,accuracy; csv has them all.",
        ),
    ] = None,
) -> None:
    """Rank the models under your weights, and say who leads, why, and what of it is doubtful.

    With filters, the leader is the first of the models that pass them; --among all names the first of all models.
    """
    from wellbehaved.chosen_columns import chosen_names
    from wellbehaved.query import query_parameters
    from wellbehaved.tables import ranking_table, unranked_lines

    plain, parameters = typed_words(context.args)
    if plain:
        fail(f"{plain[0]!r} is neither an option nor the value of one. Options are --name value.", WRONG_USAGE)
    format = "json" if json else format
    if columns is not None and format in ("json", "ndjson"):
        fail("--columns chooses columns of a table or of csv. Use --format csv, or leave it out.", WRONG_USAGE)
    if columns is not None or format in ("csv", "ndjson"):
        _print_rows(parameters, format, chosen_names(columns), api)
        return
    with asking(api, resources=_OF_A_RANKING) as client:
        if format == "json":
            print_json(client.get("/v1/rankings", query_parameters(settings={"limit": SHOWN_ROWS, **parameters})))
            return
        asked = {name: value for name, value in parameters.items() if name not in _OF_THE_LIST}
        first_lines = client.get("/v1/headline", query_parameters(settings=asked))
        # A ranking lists what the filters leave, whoever is compared in the lines above it.
        parameters.pop("among", None)
        answer = client.get("/v1/rankings", query_parameters(settings={"limit": SHOWN_ROWS, **parameters}))
        dimensions = client.dimensions()
    if answer["total_models"] == 1 and answer["items"]:
        _show_only(answer, dimensions, api)
        return
    typer.echo("\n".join(filter(None, (first_lines["sentence"], first_lines["doubt"]))))
    named = _named_quantities(parameters)
    print_table(
        ranking_table(answer, dimensions, named=named), ranking_table(answer, dimensions, values=False, named=named)
    )
    for line in (*answer["notices"], *unranked_lines(answer)):
        typer.echo(line)


def _named_quantities(parameters: Mapping[str, str]) -> set[str]:
    """What the options sort by or limit: scores, dimensions, and what else has a range."""
    sorted_by = {key.strip().removeprefix("-") for key in parameters.get("sort", "").split(",")}
    return sorted_by | {name.rpartition(".")[0] for name in parameters if name.endswith((".gte", ".lte"))}


def _print_rows(parameters: dict[str, str], format: str, names: tuple[str, ...], api: str | None) -> None:
    """Print a ranking row by row, each with these columns, or with all."""
    from wellbehaved.chosen_columns import ColumnUnknown, only_columns, table_of

    # Who leads is said by neither; `among` concerns that alone.
    asked = {name: value for name, value in parameters.items() if name != "among"}
    table = format == "table"
    # Absent where it is None, so that other programs get all models.
    limit = asked.pop("limit", SHOWN_ROWS if table else None)
    with asking(api) as client:
        content = client.rankings.export("ndjson" if format == "ndjson" else "csv", filters=asked, limit=limit)
    try:
        content = only_columns(content, names) if names else content
    except ColumnUnknown as error:
        fail(str(error), WRONG_USAGE)
    if table:
        print_table(table_of(content))
    else:
        typer.echo(content, nl=False)


def _show_only(answer: dict[str, Any], dimensions: Sequence[Mapping[str, Any]], api: str | None) -> None:
    """Of the only model of a pool, its values: a rank of 1 among 1 says nothing, and its score is 0 by definition."""
    from wellbehaved.tables import model_table

    [item] = answer["items"]
    pool = {"benchmark": answer["benchmark"], "protocol": answer["protocol"]}
    typer.echo(f"{item['name']} is the only model on {answer['benchmark']}; a rank needs others. Its values:")
    with asking(api, resources=("models",)) as client:
        print_table(model_table(client.get(f"/v1/models/{item['model_id']}", pool), dimensions))


@app.command()
def show(
    model_id: Annotated[str, typer.Argument(help="Identifier of the model, such as resnet50.")],
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Show the details of one model, on the benchmark that it was measured on."""
    from wellbehaved.benchmark_text import earlier_table
    from wellbehaved.facts_text import facts_lines
    from wellbehaved.tables import model_table

    with asking(api) as client:
        answer = client.models.get(model_id)
        if json:
            print_json(answer)
            return
        dimensions = client.dimensions()
        print_table(model_table(answer, dimensions))
        typer.echo("\n".join(facts_lines(answer)))
        if earlier := client.benchmarks.earlier_measurements(answer["benchmark"], model_id):
            print_table(earlier_table(earlier, dimensions))


@app.command(cls=CompareCommand, context_settings=_ASKING, epilog=_ASKING_EPILOG)
def compare(
    # Words that follow an option unknown to the parser land among the arguments; `typed_words` parts them again.
    model_ids: Annotated[
        list[str], typer.Argument(metavar="MODEL_ID...", help="Identifiers of the models to compare, such as resnet50.")
    ],
    api: ApiOption = None,
    json: JsonOption = False,
    paired: Annotated[
        bool,
        typer.Option(
            "--paired",
            help="Compare two models image by image, where both were measured here: differences with intervals, and "
            "which images flipped. Takes --benchmark, --protocol and --confidence.",
        ),
    ] = False,
) -> None:
    """Compare models side by side, or with --paired two of them image by image."""
    from wellbehaved.query import query_parameters
    from wellbehaved.tables import comparison_table

    models, parameters = typed_words(model_ids)
    if paired:
        _compare_paired(models, parameters, api, as_json=json)
        return
    with asking(api) as client:
        answer = client.get("/v1/comparisons", query_parameters(settings={"models": models, **parameters}))
        if json:
            print_json(answer)
            return
        dimensions = client.dimensions()
        print_table(comparison_table(answer, dimensions), comparison_table(answer, dimensions, brief=True))


def _compare_paired(models: list[str], parameters: dict[str, str], api: str | None, *, as_json: bool) -> None:
    from wellbehaved.difference_text import difference_table, flip_lines
    from wellbehaved.query import query_parameters

    if len(models) != 2:
        fail(f"--paired compares two models and was given {len(models)}. Name the earlier one first.", WRONG_USAGE)
    with asking(api) as client:
        asked = {**parameters, "a": models[0], "b": models[1]}
        answer = client.get("/v1/differences", query_parameters(settings=asked))
        if as_json:
            print_json(answer)
            return
        dimensions = client.dimensions()
        print_table(difference_table(answer, dimensions), difference_table(answer, dimensions, brief=True))
    for line in flip_lines(answer):
        typer.echo(line)


@app.command(cls=ExportCommand, context_settings=_ASKING, epilog=_ASKING_EPILOG)
def export(
    words: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="File to write, whose ending chooses the format; - is standard output."),
    ],
    api: ApiOption = None,
    format: Annotated[
        Literal["csv", "json", "ndjson", "parquet"] | None,
        typer.Option("--format", help="Format, instead of the one of the ending; csv on standard output unless given."),
    ] = None,
    results: Annotated[
        bool, typer.Option("--results", help="Write every measurement of every model; `import` reads CSV back.")
    ] = False,
) -> None:
    """Write a ranking with all its figures to a file, or all results with --results."""
    from wellbehaved.client import PAGE_SIZE
    from wellbehaved.query import query_parameters

    plain, parameters = typed_words(words)
    if len(plain) != 1:
        fail(f"export takes one file and was given {plain}. Options are --name value.", WRONG_USAGE)
    file = Path(plain[0])
    name = format or _ending(file)
    if not file.parent.is_dir():
        fail(f"{file.parent} is not a folder. Create it first.", WRONG_USAGE)
    if results:
        _export_results(file, name, parameters, api)
        return
    with asking(api) as client:
        # Absent where it is None, so that a file has all models.
        limit = parameters.pop("limit", str(PAGE_SIZE) if name == "json" else None)
        content = client.rankings.export(name, filters=parameters, limit=limit)
        # How many match is said by no file.
        total = client.get("/v1/rankings", query_parameters(settings={**parameters, "limit": "1"}))["total"]
        _put(file, content)
    if name == "json" and total > PAGE_SIZE:
        note(f"{total:,} models match and one JSON file holds {PAGE_SIZE}: the other formats hold all of them.")


def _ending(file: Path) -> str:
    """The format that a file's name chooses; standard output has none and gets CSV."""
    if str(file) == _STANDARD_OUTPUT:
        return "csv"
    name = file.suffix.removeprefix(".").lower()
    if name not in _ENDINGS:
        fail(
            f"{file.name} does not end in .csv, .json, .ndjson or .parquet. Choose one of these endings, or --format.",
            WRONG_USAGE,
        )
    return name


def _export_results(file: Path, name: str, parameters: dict[str, str], api: str | None) -> None:
    from wellbehaved.client.results import is_format

    if parameters or not is_format(name):
        fail(
            "--results writes everything: give a file that ends in .csv, .ndjson or .parquet and no filters.",
            WRONG_USAGE,
        )
    with asking(api) as client:
        if str(file) == _STANDARD_OUTPUT:
            typer.echo(client.results.export(name), nl=False)
            return
        client.results.save(file, name)
    reads_back = f"; `wellbehaved import {file.name}` reads it back" if name == "csv" else ""
    typer.echo(f"wrote {file} ({file.stat().st_size:,} bytes){reads_back}")


def _put(file: Path, content: bytes) -> None:
    """Write a file and say so, or print what would be in it."""
    if str(file) == _STANDARD_OUTPUT:
        typer.echo(content, nl=False)
        return
    write_whole(file, content)
    typer.echo(f"wrote {file} ({len(content):,} bytes)")
