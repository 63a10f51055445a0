"""What the commands share: messages and exit codes, settings, parameters, the way to the interface, printing."""

import logging
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from wellbehaved.command_text import in_commands
from wellbehaved.garbage import without_collection

if TYPE_CHECKING:
    from rich.table import Table

    from backend.settings import Settings
    from wellbehaved.api_errors import ApiError
    from wellbehaved.client import Client

# Parts are imported inside the functions: `rank` must not wait for Streamlit, nor `--help` for NumPy.

FAILED = 1
WRONG_USAGE = 2
# 128 + SIGPIPE, as shells report it of tools that the reader of a pipe has left, such as `rank | head`.
READER_LEFT = 141
_ANY_WIDTH = 10_000
_LOCAL = "http://local-store"
# Whether this call names its data folder by an option, which `program_options` reads.
FOLDER_TYPED: ContextVar[bool] = ContextVar("FOLDER_TYPED", default=False)

ApiOption = Annotated[
    str | None,
    typer.Option("--api", metavar="URL", help="Address of a running service to use instead of the local store."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


def fail(message: str, code: int = FAILED) -> NoReturn:
    """End the command with a message on the error stream."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def note(message: str) -> None:
    """Say something beside the answer, which a pipe may read."""
    typer.echo(message, err=True)


def fail_with_os_error(error: OSError) -> NoReturn:
    """End the command with what a place that cannot be read or written means to the one who typed it.

    Raises:
        BrokenPipeError: no place, but whoever read the output has seen enough; `cli.main` ends the program then.
    """
    if isinstance(error, BrokenPipeError):
        raise error
    fault = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
    fail(f"{fault}. Name a place that can be used; WELLBEHAVED_DATA_DIR sets the data folder.")


def usable_settings(*, store: bool = True) -> "Settings":
    """The settings; one that cannot be used ends the command with its name and the rule."""
    from pydantic import ValidationError

    from backend.settings import Settings

    try:
        settings = Settings()
    except ValidationError as error:
        faults = [
            f"WELLBEHAVED_{part['loc'][0]}".upper() + f" is {part['input']!r}: {part['msg']}."
            for part in error.errors()
        ]
        fail(" ".join([*faults, "Correct it in the environment or in .env."]), WRONG_USAGE)
    if store:
        _check_address(settings)
    return settings


def _check_address(settings: "Settings") -> None:
    from sqlalchemy.exc import ArgumentError

    from backend.store.engine import create_store_engine

    rule = "Write WELLBEHAVED_DATABASE_URL as sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME."
    try:
        address = settings.resolved_database_url
    except (ArgumentError, ValueError):
        # What could not be parsed is not repeated: it may hold a password.
        fail(f"The database's address cannot be read. {rule}", WRONG_USAGE)
    try:
        create_store_engine(address).dispose()
    except (ValueError, ImportError) as error:
        fail(f"The database's address cannot be used: {error} {rule}", WRONG_USAGE)


def typed_words(given: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Part what was typed into plain words and parameters, `--name value` or `--name=value`.

    The parameters' names and values are the interface's to check.
    """
    plain: list[str] = []
    found: dict[str, str] = {}
    words = iter(given)
    for word in words:
        if not word.startswith("--"):
            plain.append(word)
            continue
        name, has_value, value = word.removeprefix("--").partition("=")
        if not has_value:
            value = next(words, "--")
            if value.startswith("--"):
                fail(f"--{name} has no value. Write --{name} VALUE.", WRONG_USAGE)
        name = name.replace("-", "_")
        if name in found:
            fail(f"--{name} is given twice. Several values of a filter are comma-separated.", WRONG_USAGE)
        if name == "format":
            fail("--format is not for this command. Use --json.", WRONG_USAGE)
        found[name] = value
    return plain, found


@contextmanager
def asking(api: str | None, *, writes: bool = False, resources: Collection[str] | None = None) -> Iterator["Client"]:
    """A client of the named service, or of the local store; problems end the command with a message.

    Args:
        api: address of the service; None for the one that is set, or the local store.
        writes: whether it will change anything.
        resources: files of `backend.api` that answer all that it will ask; all when absent. To load few is faster.
    """
    with without_collection():
        from wellbehaved.api_errors import ApiError, ApiUnreachable
        from wellbehaved.client import Client
        from wellbehaved.service_address import named_service

    local = False
    try:
        if service := named_service(api):
            if api is None and FOLDER_TYPED.get():
                note(f"{service[0]} is asked, as WELLBEHAVED_API_URL says, not the store of --data-dir. Unset it.")
            with Client(*service) as client:
                yield client
        else:
            local = True
            with _local_client(writes=writes, resources=resources) as client:
                yield client
    except ApiError as error:
        _fail_with(error, local=local)
    except ApiUnreachable as error:
        fail(str(error))
    except OSError as error:
        fail_with_os_error(error)


@contextmanager
def _local_client(*, writes: bool, resources: Collection[str] | None) -> Iterator["Client"]:
    """A client of the local store, which is asked through the same interface without a server."""
    with without_collection():
        from backend.app import create_app
        from backend.security import ensure_token, read_token
        from backend.store.errors import StoreUnavailable
        from wellbehaved.checker import installed_checker
        from wellbehaved.client import Client
        from wellbehaved.in_process import InProcessTransport

    settings = usable_settings()
    try:
        # Whoever holds the local store also sees what is private in it.
        token = ensure_token(settings) if writes else read_token(settings)
        checker = installed_checker(unconfined=settings.unconfined_checks) if writes else None
        # A command may ask as often as it needs to: nobody else asks this service.
        own = settings.model_copy(update={"requests_per_minute": None})
        with without_collection():
            transport = InProcessTransport(create_app(own, checker, resources=resources))
        with _without_warnings(), Client(_LOCAL, token, retries=0, transport=transport) as client:
            yield client
    except StoreUnavailable as error:
        fail(str(error))


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep the service's log of refusals off the terminal, where the command prints them itself."""
    logger = logging.getLogger("backend")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _fail_with(error: "ApiError", *, local: bool) -> NoReturn:
    """End the command with what the interface said; unknown names and unusable values are wrong usage."""
    from evaluation.checkpoints.refusal import Reason

    step = in_commands(error.next_step)
    if local and error.code == "store_unavailable":
        step = ""  # The interface's is for a caller far from the server; the detail names the one for here.
    # A file that is refused has failed, as under `evaluate`; the command that names it was used rightly.
    refused = set(Reason) - {Reason.UNKNOWN_ARCHITECTURE, Reason.UNKNOWN_WEIGHTS_KEY}
    misused = error.status in (404, 422) and error.code not in refused
    fail(f"{in_commands(error.detail)} {step}".strip(), WRONG_USAGE if misused else FAILED)


def print_json(document: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print a document as the interface gave it, indented."""
    import orjson

    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def print_table(table: "Table", narrow: "Table | None" = None) -> None:
    """Print a table, or its narrow form where the terminal has no room for all columns."""
    from rich.console import Console

    console = Console()
    wanted = console.measure(table, options=console.options.update(width=_ANY_WIDTH)).maximum
    if not sys.stdout.isatty():
        # A pipe has no width: nothing is cut off there.
        console = Console(width=wanted)
    console.print(narrow if narrow and wanted > console.width else table)
