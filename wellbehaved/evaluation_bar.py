"""How far `wellbehaved evaluate` is: a bar on a terminal, and each value as it is measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wellbehaved.plain_results import plain_result

if TYPE_CHECKING:
    from evaluation.engine.progress import Progress
    from evaluation.engine.run import Result
    from evaluation.errors import ModelFault

# torch and timm take seconds to import, so that everything of the evaluation is imported inside the functions.


@contextmanager
def evaluation_bar() -> Iterator[Any]:
    """A watcher that shows a bar on a terminal, and nothing elsewhere."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    from evaluation.engine.run import Absent, Watcher
    from quba.dimension import Missing
    from wellbehaved.duration_text import duration
    from wellbehaved.evaluated_table import cell

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]}"))
    console = Console(stderr=True)
    printed: set[str] = set()
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading the data sets", total=1.0, left="")

        class Shown(Watcher):
            def on_progress(self, progress: "Progress") -> None:
                remaining = progress.remaining_seconds
                left = "" if remaining is None else f"{duration(remaining)} left"
                bar.update(task, completed=progress.share, description=progress.stage, left=left)

            def wait(self, why: str) -> None:
                bar.update(task, description=why, left="")

            def on_fault(self, model: str, fault: "ModelFault") -> None:
                console.print(f"{model}: {fault}", highlight=False, soft_wrap=True, markup=False)

            def on_result(self, model: str, dimension: str, result: "Result") -> None:
                if isinstance(result, Absent) and result.reason is Missing.FAILED:
                    return  # why is said once, of the model or of the data set
                # The cell is marked up by us; a name may hold brackets, which would be taken for marks.
                line = f"{escape(model)}: {dimension} {cell(dimension, plain_result(result))}"
                # After a wait for room what is finished is read again.
                if line not in printed:
                    console.print(line, highlight=False, soft_wrap=True)
                printed.add(line)

        yield Shown()
