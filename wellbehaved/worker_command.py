"""The command that starts a worker: `wellbehaved worker`."""

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellbehaved.evaluation_options import (
    BatchSizeOption,
    ChannelsLastOption,
    CompileOption,
    CorruptOnDeviceOption,
    DataOption,
    DecodeOnDeviceOption,
    DeviceOption,
    WorkersOption,
)
from wellbehaved.terminal import WRONG_USAGE, fail, fail_with_os_error, usable_settings

if TYPE_CHECKING:
    from backend.settings import Settings
    from evaluation.engine.means import Means

app = typer.Typer()
_POLL_SECONDS = 2.0


@app.command()
def worker(  # noqa: PLR0913 - a command's options are its parameters
    benchmark: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Run only evaluations on this benchmark; repeat the option for more."),
    ] = None,
    data: DataOption = None,
    device: DeviceOption = None,
    name: Annotated[str | None, typer.Option(help="Name of the worker: unique, and the same after a restart.")] = None,
    batch_size: BatchSizeOption = 64,
    workers: WorkersOption = None,
    channels_last: ChannelsLastOption = False,
    compiled: CompileOption = False,
    corrupt_on_device: CorruptOnDeviceOption = False,
    decode_on_device: DecodeOnDeviceOption = False,
) -> None:
    """Run submitted evaluations until stopped. If killed, it continues where it was once started again."""
    from wellbehaved.evaluate_command import require_evaluation

    settings = usable_settings()
    require_evaluation()
    from backend import tracing
    from backend.logs import start_worker_log
    from backend.store.errors import StoreUnavailable
    from evaluation.worker.worker import Worker, WorkerTaken, default_name
    from wellbehaved.traces import start_traces

    means = replace(
        _means(device, batch_size, workers),
        channels_last=channels_last, compiled=compiled,
        corrupt_on_device=corrupt_on_device, decode_on_device=decode_on_device,
    )  # fmt: skip
    start_worker_log(settings.log_level, settings.log_format)
    start_traces(partial(typer.echo, err=True), tracing.WORKER, name or default_name(means.device))
    _export_metrics(settings)
    folder = data or settings.data_dir / "datasets"
    try:
        Worker(
            settings,
            benchmarks=_await_benchmarks(settings, folder, benchmark),
            wanted=benchmark or None,
            data=folder,
            means=means,
            name=name or default_name(means.device),
        ).run()
    except (StoreUnavailable, WorkerTaken) as error:
        fail(str(error))
    except OSError as error:
        fail_with_os_error(error)


def _means(device: str | None, batch_size: int, workers: int | None) -> "Means":
    """What the options say, as `wellbehaved evaluate` has it, without loading torch into this process."""
    from evaluation.engine.means import Means
    from evaluation.worker.device_choice import chosen_device

    try:
        return Means(device=chosen_device(device), batch_size=batch_size, workers=workers)
    except ValueError as error:
        fail(f"--device {device or 'unset'}, --batch-size {batch_size}: {error}", WRONG_USAGE)


def _export_metrics(settings: "Settings") -> None:
    """Answer Prometheus, where a port is set for that; from the start on, also while the worker waits for data."""
    from evaluation.worker.metrics import export

    if settings.worker_metrics_port is None:
        return
    host, port = settings.worker_metrics_host, settings.worker_metrics_port
    try:
        export(host, port)
    except OSError as error:
        fail(
            f"Nothing can listen on {host[:80]}, port {port}, for Prometheus: {error.strerror}. Set "
            "WELLBEHAVED_WORKER_METRICS_PORT to a free port, another one for each worker of a machine, or to none."
        )


def _refuse_unknown(settings: "Settings", wanted: list[str] | None) -> None:
    """End the command for a benchmark that neither comes with the program nor was added."""
    from backend.store.benchmarks import benchmarks
    from backend.store.engine import create_store_engine, reading

    if not wanted:
        return
    engine = create_store_engine(settings.resolved_database_url)
    with reading(engine) as session:
        # Asked of the store: benchmarks of one's own are added while workers run.
        known = [each.key for each in benchmarks(session)]
    engine.dispose()
    unknown = [key for key in wanted if key not in known]
    if unknown:
        fail(
            f"--benchmark is {unknown[0][:80]!r}. Use one of: {', '.join(known)}; or add it with "
            "`wellbehaved benchmark add FOLDER`.",
            WRONG_USAGE,
        )


def _await_benchmarks(settings: "Settings", folder: Path, wanted: list[str] | None) -> tuple[str, ...]:
    """The built-in benchmarks that can be measured here; waits until there is one, or one of the user's own.

    Data may still be on their way.
    """
    from backend.store.engine import create_store_engine
    from evaluation.worker.worker import measurable, own_files_of

    _refuse_unknown(settings, wanted)
    engine = create_store_engine(settings.resolved_database_url)
    own = own_files_of(settings, engine)
    reported = False
    while True:
        found = tuple(key for key in measurable(folder) if not wanted or key in wanted)
        if found or any(not wanted or key in wanted for key in own.digests_here()):
            engine.dispose()
            return found
        # Said once: a worker may wait for days.
        if not reported:
            what = " or ".join(wanted) if wanted else "any benchmark"
            typer.echo(
                f"worker: {folder} holds no data sets of {what}. Waiting for them: `wellbehaved datasets make-toy` "
                "makes those of toy-shapes, `wellbehaved datasets status` lists the others, and `wellbehaved benchmark "
                "add FOLDER` adds your own.",
                err=True,
            )
            reported = True
        time.sleep(_POLL_SECONDS)
