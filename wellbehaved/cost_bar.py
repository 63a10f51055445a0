"""How far the measurement of a cost is: a bar on a terminal, and nothing elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from evaluation.running_cost.measured_cost import Before, CostProgress


@contextmanager
def cost_bar(name: str, console: "Console | None" = None) -> Iterator["Before"]:
    """What draws how far the measurement of a model is, called before each pass; the bar is gone at the end.

    Args:
        name: of the model.
        console: where; this process's error stream unless given.
    """
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    console = console or Console(stderr=True)
    # Drawn between the passes alone: a thread that draws by itself would be timed with them.
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal, auto_refresh=False) as bar:
        task = bar.add_task(name, total=1.0)

        def draw(progress: "CostProgress") -> None:
            at = "memory" if progress.next_pass is None else f"pass {progress.next_pass} of {progress.passes}"
            description = f"{name}: batch size {progress.batch_size}, {at}"
            bar.update(task, completed=progress.share, description=description, refresh=True)

        yield draw
