"""The commands around benchmarks of one's own: `wellbehaved benchmark add`, `list`, `show`, `check`, `remove`, ..."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from wellbehaved.evaluate_command import require_evaluation
from wellbehaved.terminal import (
    FAILED,
    WRONG_USAGE,
    ApiOption,
    JsonOption,
    asking,
    fail,
    fail_with_os_error,
    print_json,
    print_table,
    usable_settings,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from backend.settings import Settings
    from evaluation.own_data.registration import Registration
    from quba.errors import Refusal

app = typer.Typer(
    help="Measure and rank models on your own images: add a folder as a benchmark, check it and remove it.",
    no_args_is_help=True,
)
KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="Key of the benchmark, as `benchmark list` shows it.")]
ProtocolOfNorms = Annotated[
    str | None, typer.Option("--protocol", help="Protocol whose norms are meant; the benchmark's own unless given.")
]


@app.command()
def add(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Folder of the images, with or without benchmark.toml.")],
    key: Annotated[str | None, typer.Option(help="Key of the benchmark; the folder's name unless given.")] = None,
    label: Annotated[str | None, typer.Option(help="Name on screen; the folder's name unless given.")] = None,
    layout: Annotated[
        str, typer.Option(help="Layout of a folder without benchmark.toml: folders or imagenet-1k.")
    ] = "folders",
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Look at a folder of images, report what was found, and register it as a benchmark.

    Where the folder has no benchmark.toml, one is written that says what was found. An edited folder that is added
    again is a new version of the same benchmark. With --api, the service looks at a folder on its own machine.
    """
    if api:
        with asking(api, writes=True) as client:
            answer = client.benchmarks.add(path, key=key, label=label, layout=layout)
        _show_added(answer, note=None, json=json)
        return
    from quba.ranking.declared import coverage

    settings = usable_settings()
    require_evaluation()
    with _refusals():
        found, changed = _registration(settings, path, key=key, label=label, layout=layout)
        note = _write_definition(found)
    added = {**found.model_dump(mode="json"), "coverage": coverage(found.dimensions)}
    _show_added({**added, "registered": True, "changed": changed}, note=note, json=json)


@app.command(name="list")
def list_benchmarks(api: ApiOption = None, json: JsonOption = False) -> None:
    """List the benchmarks: those that come with the program and your own."""
    from wellbehaved.benchmark_text import benchmarks_table

    with asking(api) as client:
        items = client.benchmarks.list()
    if json:
        print_json({"items": items})
        return
    print_table(benchmarks_table(items))


@app.command()
def show(key: KeyArgument, api: ApiOption = None, json: JsonOption = False) -> None:
    """Show a benchmark: its classes, the dimensions that it can measure, its versions, and what earlier ones gave."""
    from wellbehaved.benchmark_text import benchmark_lines, dimensions_table, earlier_table, versions_table

    with asking(api) as client:
        answer = client.benchmarks.get(key)
        earlier = client.benchmarks.earlier_measurements(key)
        dimensions = client.dimensions()
    if json:
        print_json({**answer, "earlier_measurements": earlier})
        return
    for line in benchmark_lines(answer):
        typer.echo(line)
    if answer["report"]:
        print_table(dimensions_table(answer["report"]))
        print_table(versions_table(answer["versions"]))
    if earlier:
        print_table(earlier_table(earlier, dimensions))


@app.command()
def check(key: KeyArgument, api: ApiOption = None, json: JsonOption = False) -> None:
    """Check whether the folder still holds what was registered; exit with code 1 where it does not."""
    settings = usable_settings(store=api is None)
    require_evaluation()
    with asking(api, writes=True) as client:
        answer = client.benchmarks.get(key)
    if answer["origin"] != "own":
        # A built-in benchmark has no digest to be held against.
        fail(f"{key} comes with the program. `wellbehaved datasets verify` checks its data sets.", WRONG_USAGE)
    found = _comparison(settings, answer)
    if json:
        print_json(found)
    else:
        typer.echo(found["sentence"])
    if not found["unchanged"]:
        raise typer.Exit(FAILED)


@app.command()
def remove(
    key: KeyArgument,
    with_measurements: Annotated[
        bool, typer.Option("--with-measurements", help="Delete what was measured on the benchmark as well.")
    ] = False,
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Remove a benchmark of your own from the store; the folder with its images stays as it is."""
    with asking(api, writes=True) as client:
        answer = client.benchmarks.remove(key, with_measurements=with_measurements)
    if json:
        print_json(answer)
    else:
        typer.echo(f"removed {answer['deleted']}; its folder stays. Data version {answer['data_version']}")


@app.command(name="freeze-norms")
def freeze_norms(
    key: KeyArgument,
    protocol: ProtocolOfNorms = None,
    undo: Annotated[bool, typer.Option("--undo", help="Let the norms follow the current models again.")] = False,
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Keep today's norms of a benchmark, so that no score moves when a model is added."""
    with asking(api, writes=True) as client:
        answer = (
            client.benchmarks.unfreeze_norms(key, protocol) if undo else client.benchmarks.freeze_norms(key, protocol)
        )
    if json:
        print_json(answer)
        return
    if not answer["frozen_norms"]:
        typer.echo(f"The norms of {key} follow its current models.")
    for kept in answer["frozen_norms"]:
        typer.echo(f"The norms of {key} under {kept['protocol']} are those of {kept['models']} models, kept since "
                   f"{kept['frozen_at'][:10]}.")  # fmt: skip


@app.command()
def masks(
    key: KeyArgument,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder for the masks; one in the data folder unless given.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make approximate masks of the objects on the clean images of a benchmark, with a contact sheet to look at.

    GrabCut guesses each object from a box around the middle of its image. Masks that are there are left as they are.
    """
    settings = usable_settings()
    require_evaluation()
    with _refusals():
        found = _made_masks(settings, key, to)
    if json:
        print_json(found)
        return
    typer.echo(f"{found['made']} masks made, {found['there']} were there, in {found['folder']}")
    for fault in found["unreadable"]:
        typer.echo(fault, err=True)
    typer.echo(f"Look at {found['contact_sheet']}: the masks are approximate, and what is wrong is yours to correct.")
    typer.echo(f'Then copy the folder beside the images, name it in benchmark.toml as [masks] folder = "...", and add '
               f"{key} again.")  # fmt: skip


def _registration(
    settings: "Settings", path: Path, *, key: str | None, label: str | None, layout: str
) -> "tuple[Registration, bool]":
    """Look at a folder of this machine and register it in the local store."""
    from backend.store import own_benchmarks
    from backend.store.engine import writing
    from evaluation.own_data.registration import inspect
    from wellbehaved.processes import migrate_store

    # Before the long look, so that nobody waits for a store that does not answer.
    migrate_store(settings)
    if layout not in ("folders", "imagenet-1k"):
        fail(f"--layout is {layout[:80]!r}. Use folders or imagenet-1k.", WRONG_USAGE)
    found = inspect(path, key=key, label=label, layout=layout, cache=settings.contents_cache)  # type: ignore[arg-type]
    with _own_engine(settings) as engine, writing(engine) as session:
        told = own_benchmarks.Registration.model_validate(found.model_dump(mode="json"))
        return found, own_benchmarks.register(session, told)


def _made_masks(settings: "Settings", key: str, to: Path | None) -> dict[str, Any]:
    """Make the masks of a registered benchmark whose files lie here."""
    from dataclasses import asdict

    from evaluation.own_data.definition import definition_of
    from evaluation.own_data.generated import generated_folder
    from evaluation.own_data.image_sets import image_sets
    from evaluation.worker.own_benchmarks import own_benchmarks_of
    from quba.dimension import Pass
    from wellbehaved.benchmark_masks import make_masks

    # Of the local store alone: masks are made of images that lie here.
    with asking(None, writes=True) as client:
        told: Mapping[str, Any] = client.benchmarks.get(key)
    with _own_engine(settings) as engine:
        benchmark = own_benchmarks_of(settings, engine).open_current(key)
    if benchmark is None or benchmark.folder is None:
        fail(f"{key} comes with the program. Masks are for benchmarks that you have added.", WRONG_USAGE)
    root = image_sets(benchmark.folder, definition_of(told["definition"]), tuple(told["classes"])).clean.root
    place = generated_folder(settings.data_dir / "datasets", key, told["digest"])
    try:
        made = make_masks(benchmark.data_sets[Pass.CLEAN], root, place, to=to)
    except OSError as error:
        fail_with_os_error(error)
    return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(made).items()}


@contextmanager
def _own_engine(settings: "Settings") -> "Iterator[Engine]":
    from backend.store.engine import create_store_engine

    engine = create_store_engine(settings.resolved_database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def _write_definition(found: "Registration") -> str | None:
    """Write benchmark.toml where there is none; what to tell about it, if anything."""
    from evaluation.own_data.definition import FILE_NAME, definition_of, toml_text

    file = Path(found.folder) / FILE_NAME
    if file.exists():
        return None
    try:
        # Opened so that a file that appeared meanwhile is not overwritten.
        with file.open("x", encoding="utf-8") as opened:
            opened.write(toml_text(definition_of(found.definition)))
    except OSError as error:
        return f"{file} could not be written ({error.strerror}): the definition is kept in the store alone."
    return f"wrote {file}: edit it to change what is measured, and add the folder again"


def _show_added(answer: Mapping[str, Any], *, note: str | None, json: bool) -> None:
    from wellbehaved.benchmark_text import added_lines, classes_table, dimensions_table, findings_lines

    if json:
        print_json(answer)
        if note:
            typer.echo(note, err=True)
        return
    print_table(classes_table(answer))
    for line in findings_lines(answer["report"]):
        typer.echo(line)
    print_table(dimensions_table(answer["report"]))
    for line in added_lines(answer, note):
        typer.echo(line)


def _comparison(settings: "Settings", answer: Mapping[str, Any]) -> dict[str, Any]:
    """Hold the folder of this machine against what was registered."""
    from dataclasses import asdict

    from evaluation.own_data.contents import changes_since
    from evaluation.own_data.registration import edited_definition
    from quba.errors import Refusal

    key, digest = answer["key"], answer["digest"]
    about = {"key": key, "digest": digest, "folder": None, "unchanged": False}
    places = [*([Path(answer["folder"])] if answer["folder"] else []), *(root / key for root in settings.data_roots)]
    # Where it was registered first; then this machine's own roots, where a copy may lie.
    folder = next((place for place in places if place.is_dir()), None)
    if folder is None:
        named = " nor ".join(map(str, places)) or "no folder is known here"
        return {**about, "sentence": f"The files of {key} are not on this machine: {named}. Add the folder again."}
    try:
        changes = changes_since(folder, answer["definition"], digest, settings.contents_cache)
        edited = edited_definition(folder, answer["definition"])
    except Refusal as refusal:
        return {**about, "folder": str(folder), "sentence": f"{refusal.message} {refusal.hint}"}
    if changes:
        told = f"{folder} is not what was registered. {changes.sentence} `wellbehaved benchmark add {folder}` registers"
        sentence = f"{told} it as a new version; measurements stay with the old one."
    elif edited:
        sentence = f"{edited} `wellbehaved benchmark add {folder}` registers what it says now."
    else:
        sentence = f"{folder} is what was registered: {answer['image_count']} images, {digest[:19]}."
    found = {**about, **asdict(changes), "other": changes.other or edited, "sentence": sentence}
    return {**found, "folder": str(folder), "unchanged": not changes and not edited}


@contextmanager
def _refusals() -> Iterator[None]:
    """End the command with what was found and the next step, where a folder is no benchmark."""
    from backend.store.errors import StoreUnavailable
    from quba.errors import Refusal

    try:
        yield
    except Refusal as refusal:
        _fail_with(refusal)
    except StoreUnavailable as error:
        fail(str(error))


def _fail_with(refusal: "Refusal") -> NoReturn:
    fail(f"{refusal.message} {refusal.hint}")
