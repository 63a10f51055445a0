"""The command that starts a worker: `wellbehaved worker`."""

import logging
import time
from pathlib import Path
from typing import Annotated

import typer

from wellbehaved.evaluation_options import BatchSizeOption, DataOption, DeviceOption, WorkersOption
from wellbehaved.terminal import WRONG_USAGE, fail, fail_with_os_error, usable_settings

app = typer.Typer()
_POLL_SECONDS = 2.0


@app.command()
def worker(
    benchmark: Annotated[
        list[str] | None, typer.Option(help="Run only evaluations on this benchmark; repeat the option for more.")
    ] = None,
    data: DataOption = None,
    device: DeviceOption = None,
    name: Annotated[str | None, typer.Option(help="Name of the worker: unique, and the same after a restart.")] = None,
    batch_size: BatchSizeOption = 64,
    workers: WorkersOption = None,
) -> None:
    """Run submitted evaluations until stopped. If killed, it continues where it was once started again."""
    from wellbehaved.evaluate_command import means_of, require_evaluation

    settings = usable_settings()
    require_evaluation()
    from backend.store.errors import StoreUnavailable
    from evaluation.benchmark import BENCHMARKS
    from evaluation.worker.worker import Worker, WorkerTaken, default_name

    unknown = [key for key in benchmark or () if key not in BENCHMARKS]
    if unknown:
        fail(f"--benchmark is {unknown[0][:80]!r}. Use one of: {', '.join(BENCHMARKS)}.", WRONG_USAGE)
    means = means_of(device, batch_size, workers)
    logging.basicConfig(level=settings.log_level.upper(), format="worker: %(message)s")
    folder = data or settings.data_dir / "datasets"
    try:
        Worker(
            settings,
            benchmarks=_await_benchmarks(folder, benchmark),
            data=folder,
            means=means,
            name=name or default_name(means.device),
        ).run()
    except (StoreUnavailable, WorkerTaken) as error:
        fail(str(error))
    except OSError as error:
        fail_with_os_error(error)


def _await_benchmarks(folder: Path, wanted: list[str] | None) -> tuple[str, ...]:
    """The benchmarks that can be measured here; waits until there is one, because data may still be on their way."""
    from evaluation.worker.worker import measurable

    reported = False
    while True:
        found = tuple(key for key in measurable(folder) if not wanted or key in wanted)
        if found:
            return found
        if not reported:
            what = " or ".join(wanted) if wanted else "any benchmark"
            typer.echo(
                f"worker: {folder} holds no data sets of {what}. Waiting for them: `wellbehaved datasets make-toy` "
                "makes those of toy-shapes, `wellbehaved datasets status` lists the others.",
                err=True,
            )
            reported = True
        time.sleep(_POLL_SECONDS)
