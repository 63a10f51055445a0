"""How far a run in Python is: a bar in a terminal, one in a notebook, and nothing elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

from wellbehaved.duration_text import duration

if TYPE_CHECKING:
    from rich.console import Console

    from evaluation.engine.progress import Progress
    from evaluation.engine.run import Watcher

_SECONDS_BETWEEN = 0.25
_COMPLETE = 100

Show = Callable[["Progress"], None]


@contextmanager
def watching(*, wanted: bool, console: "Console | None" = None) -> Iterator["Watcher"]:
    """A watcher that shows progress while it is in use and leaves nothing behind.

    Args:
        wanted: whether anything is to be shown.
        console: where; this process's error stream, or the notebook that it runs in, unless given.
    """
    from rich.console import Console

    from evaluation.engine.run import Watcher

    console = console or Console(stderr=True)
    if wanted and console.is_jupyter:
        with _in_notebook() as show:
            yield _watcher(show)
    elif wanted and console.is_terminal:
        with _in_terminal(console) as show:
            yield _watcher(show)
    else:
        yield Watcher()


def _watcher(show: Show) -> "Watcher":
    from evaluation.engine.run import Watcher

    class Shown(Watcher):
        def on_progress(self, progress: "Progress") -> None:
            show(progress)

    return Shown()


@contextmanager
def _in_terminal(console: "Console") -> Iterator[Show]:
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]}"))
    # Gone at the end, which belongs to the result.
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading the data sets", total=1.0, left="")
        yield lambda progress: bar.update(
            task, completed=progress.share, description=progress.stage, left=_time_left(progress)
        )


@contextmanager
def _in_notebook() -> Iterator[Show]:
    """Rich's own bar needs ipywidgets in a notebook, which many have not; a display that is replaced needs nothing."""
    from importlib import import_module

    display: Any = import_module("IPython.display")
    handle = display.display(display.HTML(_bar("reading the data sets", 0.0, "")), display_id=True)
    shown = time.monotonic()

    def show(progress: "Progress") -> None:
        nonlocal shown
        # Each time is a message to the browser; a small model runs hundreds of batches a second.
        if time.monotonic() - shown >= _SECONDS_BETWEEN:
            handle.update(display.HTML(_bar(progress.stage, progress.share, _time_left(progress))))
            shown = time.monotonic()

    try:
        yield show
    finally:
        handle.update(display.HTML(""))


def _bar(stage: str, share: float, left: str) -> str:
    value = round(_COMPLETE * share)
    return f'{escape(stage)} <progress max="{_COMPLETE}" value="{value}"></progress> {value} % {escape(left)}'


def _time_left(progress: "Progress") -> str:
    return "" if progress.remaining_seconds is None else f"{duration(progress.remaining_seconds)} left"
