"""A bar of things that are counted, where somebody looks on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def count_bar(verb: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how many of how many are done, and nothing elsewhere; gives what is called with both numbers.

    Args:
        verb: what is done, such as "sorting".
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # Only a terminal can draw over what it drew: a log would fill with bars.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(verb, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
