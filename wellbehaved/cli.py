"""The command line: starts the parts, and asks what the browser and the REST interface ask, under the same names."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from wellbehaved.client import Client

# The parts are imported inside the commands: `rank` must not wait for Streamlit, nor `--help` for NumPy.

app = typer.Typer(
    name="wellbehaved",
    help="Choose an image classifier by how well it behaves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_ASKING = {"allow_extra_args": True, "ignore_unknown_options": True}
FAILED = 1
WRONG_USAGE = 2
_ASKING_EPILOG = (
    "Every parameter of GET /v1/rankings is an option of the same name: --preset robust --w.accuracy 2 "
    "--architecture cnn,transformer --parameters_millions.lte 30 --normalisation robust --quality screened --q resnet"
)

ApiOption = Annotated[
    str | None, typer.Option("--api", metavar="URL", help="Ask a running service instead of the local store.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the interface's JSON answer.")]


def main() -> None:
    """Entry point: exit code 0, 1 for a failure, 2 for wrong usage."""
    app()


def _fail(message: str, code: int = FAILED) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def _options(extra: list[str]) -> dict[str, str]:
    """Read `--name value` and `--name=value` into parameters; their names and values are the interface's to check."""
    found: dict[str, str] = {}
    words = iter(extra)
    for word in words:
        if not word.startswith("--"):
            _fail(f"{word!r} is neither an option nor the value of one. Options are --name value.", WRONG_USAGE)
        name, has_value, value = word.removeprefix("--").partition("=")
        if not has_value:
            value = next(words, "--")
            if value.startswith("--"):
                _fail(f"--{name} has no value. Write --{name} VALUE.", WRONG_USAGE)
        name = name.replace("-", "_")
        if name in found:
            _fail(f"--{name} is given twice. Several values of a filter are comma-separated.", WRONG_USAGE)
        found[name] = value
    return found


@contextmanager
def _client(api: str | None) -> Iterator["Client"]:
    """A client of the named service, or of the local store; problems end the command with a message."""
    from backend.errors import StoreUnavailable
    from backend.settings import Settings
    from wellbehaved.client import ApiError, ApiUnreachable, Client

    settings = Settings()
    try:
        if api or "api_url" in settings.model_fields_set:
            from backend.security import read_token

            with Client(api or settings.api_url, token=read_token(settings)) as client:
                yield client
        else:
            from backend.app import create_app
            from backend.security import ensure_token
            from wellbehaved.in_process import InProcessTransport

            transport = InProcessTransport(create_app(settings))
            with Client("http://local-store", token=ensure_token(settings), transport=transport) as client:
                yield client
    except ApiError as error:
        for fault in error.errors[:20] if error.code == "import_rejected" else ():
            typer.echo(f"line {fault['line']}, {fault['column']}: {fault['value']!r}: {fault['rule']}", err=True)
        _fail(f"{error.detail} {error.next_step}", WRONG_USAGE if error.status in (404, 422) else FAILED)
    except (ApiUnreachable, StoreUnavailable, OSError) as error:
        _fail(str(error))


def _print_json(document: Any) -> None:  # noqa: ANN401 - any JSON value
    import orjson

    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port of the service.")] = None,
    dashboard_port: Annotated[int | None, typer.Option(help="Port of the dashboard.")] = None,
) -> None:
    """Bring the database up to date, start service and dashboard, print both addresses; Ctrl-C ends all."""
    from backend.errors import StoreUnavailable
    from backend.settings import Settings
    from wellbehaved.processes import PortTaken, run_all

    settings = Settings()
    try:
        code = run_all(
            settings,
            port=settings.port if port is None else port,
            dashboard_port=settings.dashboard_port if dashboard_port is None else dashboard_port,
            say=typer.echo,
        )
    except (PortTaken, StoreUnavailable) as error:
        _fail(str(error))
    raise typer.Exit(code)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 unless set.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 8000 unless set.")] = None,
) -> None:
    """Start the REST service."""
    import uvicorn

    from backend.app import create_app
    from backend.security import ensure_token
    from backend.settings import Settings

    settings = Settings()
    ensure_token(settings)
    uvicorn.run(
        create_app(settings),
        host=host or settings.host,
        port=settings.port if port is None else port,
        log_level=settings.log_level,
        access_log=settings.log_level == "debug",
        server_header=False,
    )


@app.command()
def dashboard(
    port: Annotated[int | None, typer.Option(help="Port to listen on; 8501 unless set.")] = None,
    api: Annotated[str | None, typer.Option("--api", metavar="URL", help="Where the service runs.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 unless set.")] = None,
) -> None:
    """Start the dashboard."""
    import os

    from dashboard.streamlit_options import command

    from backend.settings import Settings

    settings = Settings()
    url = api or settings.api_url
    argv = command(settings.dashboard_port if port is None else port, url, host or settings.host)
    # Replacing this process lets signals and exit codes reach Streamlit without a middleman.
    os.execve(argv[0], argv, {**os.environ, "WELLBEHAVED_API_URL": url})  # noqa: S606 - our own interpreter


@app.command()
def migrate() -> None:
    """Bring the database schema up to date and import the published study; safe to repeat."""
    from backend.errors import StoreUnavailable
    from backend.settings import Settings
    from wellbehaved.processes import migrate_store

    try:
        typer.echo(migrate_store(Settings()))
    except StoreUnavailable as error:
        _fail(str(error))


@app.command(context_settings=_ASKING, epilog=_ASKING_EPILOG)
def rank(context: typer.Context, api: ApiOption = None, json: JsonOption = False) -> None:
    """Rank the models under your weights."""
    from wellbehaved.client import query_parameters
    from wellbehaved.tables import ranking_table

    query = {"limit": "20", **_options(context.args)}
    with _client(api) as client:
        answer = client.get("/v1/rankings", query_parameters(settings=query))
        if json:
            _print_json(answer)
            return
        _print_table(ranking_table(answer, client.dimensions()))


@app.command()
def show(
    model_id: Annotated[str, typer.Argument(help="Identifier of the model, such as resnet50.")],
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Show everything known about one model."""
    from wellbehaved.tables import model_table

    with _client(api) as client:
        answer = client.model(model_id)
        if json:
            _print_json(answer)
            return
        _print_table(model_table(answer, client.dimensions()))


@app.command(context_settings=_ASKING, epilog=_ASKING_EPILOG)
def compare(
    context: typer.Context,
    model_ids: Annotated[list[str], typer.Argument(help="Two to six identifiers.")],
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Compare two to six models side by side."""
    from wellbehaved.tables import comparison_table

    # Words behind an unknown option land among the arguments: everything from the first option on is options.
    words = [*model_ids, *context.args]
    first = next((index for index, word in enumerate(words) if word.startswith("--")), len(words))
    with _client(api) as client:
        answer = client.comparisons(words[:first], None, **_options(words[first:]))
        if json:
            _print_json(answer)
            return
        _print_table(comparison_table(answer, client.dimensions()))


@app.command(context_settings=_ASKING, epilog=_ASKING_EPILOG)
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="File to write; its ending chooses csv, json, ndjson or parquet.")],
    api: ApiOption = None,
) -> None:
    """Write a ranking with all its figures to a file."""
    name = file.suffix.removeprefix(".").lower()
    if name not in ("csv", "json", "ndjson", "parquet"):
        _fail(
            f"{file.name} does not end in .csv, .json, .ndjson or .parquet. Choose one of these endings.", WRONG_USAGE
        )
    with _client(api) as client:
        content = client.export(name, **_options(context.args))  # type: ignore[arg-type]
        fresh = file.with_name(file.name + ".part")
        fresh.write_bytes(content)
        # Whoever reads the file meanwhile sees the old one or the new one, never half of it.
        fresh.replace(file)
    typer.echo(f"wrote {file} ({len(content):,} bytes)")


@app.command(name="import")
def import_command(
    file: Annotated[
        Path, typer.Argument(help="CSV with the columns of the published table.", exists=True, dir_okay=False)
    ],
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Import results from a CSV: all rows or none, every fault named."""
    with _client(api) as client:
        report = client.import_results(file.read_bytes())
    if json:
        _print_json(report)
    else:
        typer.echo(f"{report['added']} added, {report['unchanged']} unchanged; data version {report['data_version']}")


@app.command()
def doctor(json: JsonOption = False) -> None:
    """Check the installation: what is right, what is wrong, and what to do about it."""
    from backend.settings import Settings
    from wellbehaved.doctor import examine

    findings = examine(Settings())
    if json:
        _print_json([finding.__dict__ for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{finding.state:7} {finding.subject}: {finding.text}")
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(FAILED)


def _print_table(table: Any) -> None:  # noqa: ANN401 - rich's type would be an import for every command
    from rich.console import Console

    # A pipe has no width: leave room, so that no figure is cut off.
    Console(width=None if sys.stdout.isatty() else 200).print(table)


if __name__ == "__main__":
    main()
