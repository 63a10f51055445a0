"""The command line: starts the parts; what it asks and how it prints is in `questions` and `terminal`."""

import os
from functools import partial
from typing import Annotated

import typer

from wellbehaved import (
    benchmark_commands,
    card_command,
    cost_command,
    datasets_commands,
    dimension_commands,
    evaluate_command,
    evaluation_commands,
    gate_command,
    import_command,
    preset_commands,
    questions,
    simulate_command,
    study_commands,
    worker_command,
)
from wellbehaved.garbage import leave_to_system
from wellbehaved.missing_extras import require_dashboard
from wellbehaved.program_options import DataDirOption, ProgramCommands
from wellbehaved.terminal import FAILED, READER_LEFT, JsonOption, fail, fail_with_os_error, print_json, usable_settings

app = typer.Typer(
    name="wellbehaved",
    cls=ProgramCommands,
    help="Choose an image classifier by how well it behaves.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    # Typer's own traces print the values of variables, a token among them.
    pretty_exceptions_enable=False,
    # Else every line of the second paragraph of a help text ends where it ends in the source.
    rich_markup_mode="markdown",
)
# For answers that are on their way when the service is stopped.
_GRACE_SECONDS = 5


def main() -> None:
    """Entry point: exit code 0, 1 for a failure, 2 for wrong usage, 141 where nobody reads the output any more."""
    # For every process that this one starts, and theirs: modules never come from the working folder.
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        app()
    except SystemExit as ended:
        # Typer and rich end quietly then, but as if the command had failed. The signal itself stays ignored: a service
        # must outlive a client that hangs up.
        if isinstance(ended.__context__, BrokenPipeError):
            ended.code = READER_LEFT
        raise
    finally:
        leave_to_system()


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"wellbehaved {version('wellbehaved')}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Choose an image classifier by how well it behaves."""


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port of the service; 8000 unless set, 0 for a free one.")] = None,
    dashboard_port: Annotated[int | None, typer.Option(help="Port of the dashboard; 8501 unless set.")] = None,
    host: Annotated[str | None, typer.Option(help="Address that both listen on; 127.0.0.1 unless set.")] = None,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Start a worker, which measures what is submitted.")
    ] = True,
    open_page: Annotated[bool, typer.Option("--open", help="Open the dashboard in a browser once it answers.")] = False,
) -> None:
    """Bring the database up to date, start service and dashboard, print both addresses; Ctrl-C ends all."""
    import webbrowser

    from backend.store.errors import StoreUnavailable
    from wellbehaved.ports import PortTaken
    from wellbehaved.processes import StartFailed, run_all
    from wellbehaved.sole import AlreadyUp

    require_dashboard()
    settings = usable_settings()
    try:
        code = run_all(
            settings.model_copy(update={"host": host or settings.host}),
            port=settings.port if port is None else port,
            dashboard_port=settings.dashboard_port if dashboard_port is None else dashboard_port,
            say=typer.echo,
            worker=worker,
            show=webbrowser.open if open_page else None,
        )
    except (AlreadyUp, PortTaken, StartFailed, StoreUnavailable) as error:
        fail(str(error))
    except OSError as error:
        fail_with_os_error(error)
    raise typer.Exit(code)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 unless set.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 8000 unless set.")] = None,
) -> None:
    """Start the REST service."""
    # Products of some hundred rows are done before a second thread has begun, which then waits in a loop for more and
    # takes the processor from other answers. Read when NumPy is loaded, which the next lines do.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import uvicorn

    from backend.app import create_app
    from backend.connections import Limits, bounded_protocol
    from backend.logs import service_log
    from backend.security import ensure_token
    from backend.store.errors import StoreUnavailable
    from wellbehaved.checker import installed_checker, installed_inspection, installed_listing
    from wellbehaved.ports import PortTaken, refuse_taken
    from wellbehaved.processes import migrate_first
    from wellbehaved.traces import start_traces

    settings = usable_settings()
    host, port = host or settings.host, settings.port if port is None else port
    try:
        refuse_taken(port, host, "--port")
        migrate_first(settings, typer.echo)
        ensure_token(settings)
    except (PortTaken, StoreUnavailable) as error:
        fail(str(error))
    except OSError as error:
        fail_with_os_error(error)
    start_traces(partial(typer.echo, err=True))
    uvicorn.run(
        create_app(
            settings,
            installed_checker(unconfined=settings.unconfined_checks),
            installed_inspection(settings.contents_cache),
            installed_listing(settings.data_dir / "datasets", settings.contents_cache),
        ),
        host=host,
        port=port,
        http=bounded_protocol(Limits.of(settings)),
        ws="none",
        log_level=settings.log_level,
        log_config=service_log(settings.log_level, settings.log_format),
        access_log=settings.log_level == "debug",
        server_header=False,
        # Without the setting, as the web server has it: the variable FORWARDED_ALLOW_IPS, else this machine.
        forwarded_allow_ips=",".join(settings.trusted_proxies) or None,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


@app.command()
def dashboard(
    port: Annotated[int | None, typer.Option(help="Port to listen on; 8501 unless set.")] = None,
    api: Annotated[str | None, typer.Option("--api", metavar="URL", help="Address of the service.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 unless set.")] = None,
) -> None:
    """Start the dashboard."""
    from dashboard.streamlit_options import command
    from wellbehaved.ports import PortTaken, refuse_taken
    from wellbehaved.service_address import find_service
    from wellbehaved.traced_dashboard import with_traces

    require_dashboard()
    settings = usable_settings(store=False)
    url, host = api or find_service()[0], host or settings.host
    port = settings.dashboard_port if port is None else port
    try:
        refuse_taken(port, host, "--port")
    except PortTaken as error:
        fail(str(error))
    argv = with_traces(command(port, url, host, settings.public_dashboard_url))
    # Replacing this process lets signals and exit codes reach Streamlit without a middleman.
    environment = {
        **os.environ,
        "WELLBEHAVED_API_URL": url,
        "WELLBEHAVED_PUBLIC_API_URL": settings.public_api_url or url,
        "WELLBEHAVED_ROOT_PATH": settings.root_path,
    }
    os.execve(argv[0], argv, environment)  # noqa: S606 - our own interpreter


@app.command()
def migrate() -> None:
    """Bring the database schema up to date and import the published study; safe to repeat."""
    from backend.store.errors import StoreUnavailable
    from wellbehaved.processes import migrate_store

    try:
        typer.echo(migrate_store(usable_settings()))
    except StoreUnavailable as error:
        fail(str(error))
    except OSError as error:
        fail_with_os_error(error)


@app.command()
def doctor(json: JsonOption = False) -> None:
    """Check the installation: each part is ok, in error or missing, with what to do about it."""
    from dataclasses import asdict

    from wellbehaved.doctor import examine

    findings = examine(usable_settings())
    if json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{finding.state:7} {finding.subject}: {finding.text}")
    if any(finding.state == "error" for finding in findings):
        raise typer.Exit(FAILED)


app.add_typer(questions.app)
app.add_typer(import_command.app)
app.add_typer(evaluate_command.app)
app.add_typer(cost_command.app)
app.add_typer(evaluation_commands.app)
app.add_typer(gate_command.app)
app.add_typer(card_command.app)
app.add_typer(worker_command.app)
app.add_typer(simulate_command.app)
app.add_typer(datasets_commands.app, name="datasets")
app.add_typer(benchmark_commands.app, name="benchmark")
app.add_typer(dimension_commands.app, name="dimension")
app.add_typer(preset_commands.app, name="preset")
app.add_typer(study_commands.app, name="study")

if __name__ == "__main__":
    main()
