"""The commands around data sets: `wellbehaved datasets list|status|download|verify|prepare|make-toy|train-toy`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quba.wording import percent
from wellbehaved.count_bar import count_bar
from wellbehaved.evaluation_options import DataOption
from wellbehaved.terminal import (
    FAILED,
    WRONG_USAGE,
    JsonOption,
    fail,
    fail_with_os_error,
    print_json,
    print_table,
    usable_settings,
)

if TYPE_CHECKING:
    from evaluation.datasets.dataset import DataSet
    from evaluation.datasets.installation.installation import Watcher
    from evaluation.datasets.installation.status import Status

# Everything of the evaluation is imported inside the functions: most commands must start without waiting for it.

app = typer.Typer(help="List, download, check and make the data sets of the benchmarks.", no_args_is_help=True)

BenchmarkOption = Annotated[
    str | None, typer.Option("--benchmark", metavar="KEY", help="Only the data sets of this benchmark.")
]
KeysArgument = Annotated[
    list[str] | None, typer.Argument(metavar="KEY...", help="Keys of the data sets; all unless given.")
]


@app.command("list")
def list_data_sets(json: JsonOption = False) -> None:
    """List the data sets: what each is for, how large, under which licence."""
    from rich.table import Table

    from evaluation.datasets import DATA_SETS

    if json:
        print_json([_description(each) for each in DATA_SETS.values()])
        return
    table = Table("Key", "Benchmark", "Pass", "Images", "Licence", "Fetched by")
    for each in DATA_SETS.values():
        way = "download" if each.archives else _command_of(each)
        images = f"{each.image_count * len(each.variants):,}"
        table.add_row(each.key, each.benchmark, each.source.value, images, each.licence, way)
    table.columns[3].justify = "right"
    print_table(table)


@app.command("status")
def show_status(
    keys: KeysArgument = None, benchmark: BenchmarkOption = None, data: DataOption = None, json: JsonOption = False
) -> None:
    """Show whether each data set is complete, damaged or missing, what was found, and how to get it."""
    from dataclasses import asdict

    from evaluation.datasets.installation.status import status

    root = _root(data)
    found = []
    for each in _selection(keys, benchmark):
        found.append(status(each, root))
        if not json:
            _say(found[-1])
    if json:
        print_json({"data": str(root), "items": [asdict(each) for each in found]})


@app.command()
def download(
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="Keys of the data sets to download.")],
    data: DataOption = None,
) -> None:
    """Download and unpack data sets. If interrupted, the same command continues where it stopped."""
    from evaluation.datasets.installation.installation import install

    root = _root(data)
    for each in _selection(keys):
        with _installing(), _installation_bars() as watcher:
            found = install(each, root, watcher=watcher)
        typer.echo(f"{each.key}: {found.state.value}, {found.found:,} images in {found.place}")


@app.command()
def verify(
    keys: KeysArgument = None,
    benchmark: BenchmarkOption = None,
    data: DataOption = None,
    sample: Annotated[int, typer.Option(min=0, help="Number of images to open in each data set.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the sample of images.")] = 0,
    json: JsonOption = False,
) -> None:
    """Count the images of the data sets that are there, and open a sample. Exit code 1 if anything is wrong."""
    from dataclasses import asdict

    import numpy as np

    from evaluation.datasets.installation.status import State
    from evaluation.datasets.installation.verify import verify as verify_data_set

    root = _root(data)
    found = [
        # A generator of its own for each: what is opened of a set does not depend on which others were named.
        verify_data_set(each, root, sample=sample, rng=np.random.default_rng(seed))
        for each in _selection(keys, benchmark)
    ]
    # One that was never installed is no error, unless it was asked for by name.
    wrong = [
        each
        for each in found
        if each.unreadable or each.status.state is State.DAMAGED or (keys and each.status.state is State.MISSING)
    ]
    if json:
        print_json({"data": str(root), "items": [asdict(each) for each in found]})
    else:
        for each in found:
            _say(each.status, f", {each.opened} opened")
            if kinds := _kinds(each.kinds, each.exif):
                typer.echo(f"    among those opened: {kinds}")
            for fault in each.unreadable:
                typer.echo(f"    unreadable: {fault}")
    if wrong:
        raise typer.Exit(FAILED)


@app.command()
def prepare(
    what: Annotated[str, typer.Argument(metavar="imagenet", help="The data set to prepare; only imagenet needs it.")],
    data: DataOption = None,
    images: Annotated[
        Path | None, typer.Option(help="Path of ILSVRC2012_img_val.tar; searched in imagenet/ unless given.")
    ] = None,
    devkit: Annotated[
        Path | None, typer.Option(help="Path of ILSVRC2012_devkit_t12.tar.gz; searched in imagenet/ unless given.")
    ] = None,
) -> None:
    """Sort the official ImageNet validation archive into class folders."""
    from evaluation.datasets.installation.prepare import prepare_imagenet

    if what != "imagenet":
        fail(f"{what[:80]!r} need not be prepared. Run `wellbehaved datasets prepare imagenet`.", WRONG_USAGE)
    with _installing(), count_bar("sorting") as progress:
        found = prepare_imagenet(_root(data), images=images, devkit=devkit, progress=progress)
    _say(found)


@app.command("make-toy")
def make_toy(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Data folder in which to make toy-shapes/.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the images.")] = 0,
) -> None:
    """Make the toy benchmark of synthetic shapes; takes about a minute."""
    from evaluation.toy.generator import make_toy as make

    with _installing(), count_bar("drawing") as progress:
        place = make(_root(folder), seed=seed, progress=progress)
    typer.echo(f"Made {place}. Train a model on it: `wellbehaved datasets train-toy`.")


@app.command("train-toy")
def train_toy(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Data folder that contains toy-shapes/.")] = None,
    architecture: Annotated[str | None, typer.Option(help="timm architecture; a small one unless given.")] = None,
    out: Annotated[Path, typer.Option(help="Path of the checkpoint to write.")] = Path("toy.safetensors"),
    epochs: Annotated[int | None, typer.Option(min=1, help="Number of training epochs.")] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Random seed of the initial weights and of the order of images.")
    ] = 0,
) -> None:
    """Train a small model on the toy benchmark; takes about two minutes on two cores."""
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("torch", "timm", "safetensors")):
        from evaluation.extras import way_to_install

        fail(f"Training needs torch, timm and safetensors. {way_to_install('evaluation')}.")
    from evaluation.toy_training import ARCHITECTURE, Training, train

    wishes = {"architecture": architecture, "epochs": epochs, "seed": seed}
    wanted: dict[str, Any] = {name: value for name, value in wishes.items() if value is not None}
    name = architecture or ARCHITECTURE
    with _installing():
        share = train(_root(folder), out, Training(**wanted), _say_epoch)
    typer.echo(f"Wrote {out}; {percent(share, 1)} of the training images are classified correctly.")
    typer.echo(f"Measure it: wellbehaved evaluate {name} --weights {out} --benchmark toy-shapes --store")


def _say_epoch(epoch: int, share: float) -> None:
    typer.echo(f"epoch {epoch}: {percent(share, 1)} correct", err=True)


def _root(data: Path | None) -> Path:
    return (data or usable_settings(store=False).data_dir / "datasets").absolute()


def _selection(keys: Sequence[str] | None, benchmark: str | None = None) -> "list[DataSet]":
    from evaluation.datasets import DATA_SETS

    benchmarks = tuple(dict.fromkeys(each.benchmark for each in DATA_SETS.values()))
    if benchmark is not None and benchmark not in benchmarks:
        fail(f"--benchmark is {benchmark[:80]!r}. Use one of: {', '.join(benchmarks)}.", WRONG_USAGE)

    unknown = [key for key in keys or () if key not in DATA_SETS]
    if unknown:
        fail(f"{unknown[0][:80]!r} is not a data set. Use some of: {', '.join(DATA_SETS)}.", WRONG_USAGE)
    # Each once, in the order in which they were named.
    chosen = [DATA_SETS[key] for key in dict.fromkeys(keys or DATA_SETS)]
    outside = [each.key for each in chosen if keys and benchmark not in (None, each.benchmark)]
    if outside:
        fail(f"{outside[0]} is no data set of {benchmark}. Leave out one of the two.", WRONG_USAGE)
    return [each for each in chosen if benchmark in (None, each.benchmark)]


def _description(data_set: "DataSet") -> dict[str, Any]:
    return {
        "key": data_set.key,
        "benchmark": data_set.benchmark,
        "label": data_set.label,
        "pass": data_set.source.value,
        "folder": data_set.folder,
        "images": data_set.image_count * len(data_set.variants),
        "licence": data_set.licence,
        "how_to_get": data_set.how_to_get,
        "archives": [{"url": each.url, "size": each.size, "digest": each.digest} for each in data_set.archives],
    }


def _command_of(data_set: "DataSet") -> str:
    """The command in a sentence like "Run `wellbehaved datasets make-toy`."."""
    # The sentence that says how to get it names the command, which then stands in one place alone.
    return data_set.how_to_get.partition("wellbehaved datasets ")[2].partition("`")[0]


def _say(found: "Status", more: str = "") -> None:
    typer.echo(f"{found.state.value:9}{found.key:18} {found.found:,} of {found.expected:,} images{more}")
    for line in (*found.seen, found.detail, found.note):
        if line:
            typer.echo(f"    {line}")


def _kinds(kinds: Mapping[str, int], exif: str) -> str:
    """What a reader of the images should know, such as "2 EXIF-rotated (read as they lie), 1 not RGB"."""
    from evaluation.datasets.reading import Exif, Remark

    words = {
        "exif_rotated": Remark.EXIF_ROTATED.description(Exif(exif)),
        "not_rgb": "not RGB",
        "transparent": "transparent",
        "deep": Remark.DEEP.description(Exif(exif)),
        "animated": "animated",
    }
    return ", ".join(f"{kinds[key]} {word}" for key, word in words.items() if kinds[key])


@contextmanager
def _installing() -> Iterator[None]:
    """Everything that can go wrong while data is fetched or made ends the command with its message."""
    from evaluation.datasets.dataset import DataSetDamaged, DataSetMissing
    from evaluation.datasets.installation.archive import ArchiveDamaged, UnsafeArchive
    from evaluation.datasets.installation.download import DownloadFailed
    from evaluation.datasets.installation.lock import InstallationBusy
    from evaluation.datasets.installation.prepare import PreparationFailed

    try:
        yield
    except (
        ArchiveDamaged, DataSetDamaged, DataSetMissing, DownloadFailed, InstallationBusy, PreparationFailed,
        UnsafeArchive, ValueError,
    ) as error:  # fmt: skip
        fail(str(error))
    except OSError as error:
        fail_with_os_error(error)
    except KeyboardInterrupt:
        fail("Stopped. Run the same command again to continue.")


@contextmanager
def _installation_bars() -> "Iterator[Watcher]":
    """Bars for what is fetched and unpacked, where somebody looks on."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from evaluation.datasets.installation.installation import Watcher

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("looking", total=None)

        class Shown(Watcher):
            def fetching(self, name: str, present: int, total: int | None) -> None:
                bar.update(task, description=f"fetching {name}", completed=present, total=total)

            def unpacking(self, name: str, written: int) -> None:
                bar.update(task, description=f"unpacking {name}", completed=written, total=None)

        yield Shown()
